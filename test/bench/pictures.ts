// From the facts to the picture: what happens on each change in the cluster, at several sizes.
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { draw } from '../../src/core/picture.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { trace } from '../../src/core/trace.ts';
import type { Bench } from './cluster.ts';
import { milliseconds, type Row } from './row.ts';

/** The whole way from a snapshot to what the page is sent. */
export const picture = (snapshot: Snapshot) => draw(diagnose(trace(snapshot, { kind: 'laptop' })), { unfolded: [] });

/** Services of the bench's cluster, smallest first. */
export const sizes = { two: 2, ten: 10, hundred: 100, thousand: 1000, rest: 8888 };

/** Status change → picture. */
export async function pictures(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, pods] of Object.entries(sizes)) {
    const snapshot = await bench.snapshot(name);
    const value = await milliseconds(() => picture(snapshot));
    rows.push({ what: `status change → picture, ${pods} pods`, value, unit: 'ms', limit: 5 });
  }
  return rows;
}
