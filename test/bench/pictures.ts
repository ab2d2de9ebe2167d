// From the facts to the picture: what the extension host does on each change in the cluster, at several sizes.
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { draw } from '../../src/core/picture.ts';
import type { PodFacts } from '../../src/core/podFacts.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { trace } from '../../src/core/trace.ts';
import type { Bench } from './cluster.ts';
import type { Row } from './row.ts';

/** The whole way from a snapshot to what the page is sent. */
export const picture = (snapshot: Snapshot, unfolded: readonly string[] = []) =>
  draw(diagnose(trace(snapshot, { kind: 'laptop' })), { unfolded });

/** Services of the bench's cluster, smallest first. */
export const sizes = { two: 2, ten: 10, hundred: 100, thousand: 1000, rest: 8888 };

const runs = 40;
const warmUp = 10;

/** Status change → picture, and the first picture of facts that were never seen. */
export async function pictures(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, pods] of Object.entries(sizes)) {
    let snapshot = await bench.snapshot(name);
    const changes: Times[] = [];
    for (let run = -warmUp; run < runs; run++) {
      snapshot = changed(snapshot, run + warmUp);
      const times = timed(snapshot);
      if (run >= 0) changes.push(times);
    }
    const mean = (part: keyof Times) => meanOf(changes.map((times) => times[part]));
    rows.push({ what: `status change → picture, ${pods} pods`, value: mean('all'), unit: 'ms', limit: 5 });
    if (name !== 'rest') continue;
    for (const part of ['trace', 'diagnose', 'draw'] as const)
      rows.push({ what: `of it ${part}()`, value: mean(part), unit: 'ms' });
    const firsts = Array.from({ length: 5 }, () => timed(structuredClone(snapshot)).all);
    rows.push({ what: `first picture of ${pods} pods`, value: meanOf(firsts), unit: 'ms' });
  }
  return rows;
}

/** Not the median: garbage collections fall on few runs and belong to all. */
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

interface Times {
  readonly trace: number;
  readonly diagnose: number;
  readonly draw: number;
  readonly all: number;
}

/** The thread's own time: that of others who use the same processor says nothing about us. */
const now = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

function timed(snapshot: Snapshot): Times {
  const start = now();
  const path = trace(snapshot, { kind: 'laptop' });
  const traced = now();
  const diagnosis = diagnose(path);
  const diagnosed = now();
  draw(diagnosis, { unfolded: [] });
  const end = now();
  return { trace: traced - start, diagnose: diagnosed - traced, draw: end - diagnosed, all: end - start };
}

/**
 * As the watches tell it: in even runs one pod becomes not ready, in odd runs it is ready again. Its own object is new,
 * and its EndpointSlice with all that is in it; everything else is what it was.
 */
function changed(snapshot: Snapshot, run: number): Snapshot {
  if (!snapshot.pods.known || !snapshot.slices.known) throw new Error('the pods were not read');
  const { items: pods } = snapshot.pods;
  const at = ((run >> 1) * 37) % pods.length;
  const ready = run % 2 === 1;
  const status = ready ? 'True' : 'False';
  const pod = pods[at];
  if (!pod) throw new Error('there are no pods');
  const next: PodFacts = {
    ...pod,
    conditions: pod.conditions.map((c) => (/Ready$/.test(c.type) ? { ...c, status } : c)),
    containers: pod.containers.map((c) => ({ ...c, ready })),
  };
  const slices = snapshot.slices.items.map((slice) =>
    slice.endpoints.some((e) => e.target?.name === pod.name)
      ? {
          ...slice,
          endpoints: slice.endpoints.map((e) =>
            e.target?.name === pod.name ? { ...e, ready, serving: ready } : { ...e },
          ),
        }
      : slice,
  );
  return {
    ...snapshot,
    at: new Date(Date.parse(snapshot.at) + 1000).toISOString(),
    pods: { known: true, items: pods.with(at, next) },
    slices: { known: true, items: slices },
  };
}
