/** The pure stream from snapshot to picture: one chunk, loaded when the first trace is asked for. */

import { diagnose } from '../core/diagnosis/diagnose.ts';
import type { View } from '../core/diagram.ts';
import type { Picture } from '../core/messages.ts';
import type { Diagnosis } from '../core/path.ts';
import { draw } from '../core/picture.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { trace } from '../core/trace.ts';

/** The path with its faults, for a client that stands where the view says. */
export function diagnosisOf(snapshot: Snapshot, view: View): Diagnosis {
  return diagnose(trace(snapshot, { kind: view.from ?? 'laptop' }));
}

/** What the page shows. */
export function pictureOf(diagnosis: Diagnosis, view: View): Picture {
  return draw(diagnosis, view);
}
