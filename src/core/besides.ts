/** What the chosen way passes by: hops that it skips, and hops off it that a finding is about (a tunnel that does not run). */
import { type Box, boxOf, isBack } from './boxes.ts';
import type { Chosen } from './choose.ts';
import type { DiagramEdge } from './diagram.ts';
import type { Diagnosis, Hop, HopKind } from './path.ts';

/** Where a kind of hop stands on a Service's full way. */
const place: Readonly<Record<HopKind, number>> = {
  client: 0,
  tunnel: 1,
  dns: 2,
  'load-balancer': 3,
  'external-ip': 3,
  node: 4,
  'node-port': 5,
  'kube-proxy': 6,
  service: 7,
  endpoint: 8,
  pod: 9,
  container: 10,
};

/** Adds them to `out` where they belong on the way, and their lines to `edges`. One of a kind is enough to say it. */
export function besides(
  diagnosis: Diagnosis,
  chosen: Chosen,
  hops: ReadonlyMap<string, Hop>,
  out: Box[],
  edges: DiagramEdge[],
): void {
  const { entrance } = chosen;
  if (!entrance) return;
  const way = out.filter((b) => b.within === undefined);
  const has = new Set(out.map((b) => b.hop));
  const kinds = new Set<HopKind>();
  const free = (id: string) => {
    const hop = hops.get(id);
    if (!hop || isBack(hop) || has.has(id) || kinds.has(hop.kind)) return [];
    kinds.add(hop.kind);
    return [hop];
  };
  const skipped = entrance.skips
    .flatMap(free)
    .map((h) => boxOf(h, { status: 'skipped', note: entrance.whySkips || h.note }))
    .toSorted((a, b) => place[a.kind] - place[b.kind]);
  for (const run of runs(skipped, way)) join(run, way, out, edges, entrance.whySkips);

  const offered = diagnosis.findings
    .filter((f) => (f.port === null || f.port === chosen.port) && (f.from === 'everywhere' || chosen.from === 'laptop'))
    .flatMap((f) => free(f.hop));
  for (const hop of offered) {
    const own = diagnosis.path.entrances.find((e) => e.port === chosen.port && e.hops.includes(hop.id));
    const next = own?.hops.slice(own.hops.indexOf(hop.id) + 1) ?? [];
    const after = way.find((b) => next.includes(b.hop));
    join([boxOf(hop)], way, out, edges, hop.note, after);
  }
}

/** Ties boxes that follow each other to the way before and after them. */
function join(
  run: readonly Box[],
  way: readonly Box[],
  out: Box[],
  edges: DiagramEdge[],
  label: string,
  meets?: Box | undefined,
): void {
  const [first] = run;
  const last = run.at(-1);
  if (!first || !last) return;
  const nearest = way.findLast((b) => place[b.kind] < place[first.kind]);
  // A tunnel takes the request around: the way that is not taken parts from it at the client.
  const before = nearest?.kind === 'tunnel' ? (way.find((b) => b.kind === 'client') ?? nearest) : nearest;
  const after = meets ?? way.find((b) => place[b.kind] > place[last.kind]);
  if (before) edges.push({ from: before.id, to: first.id, style: 'skipped', ...(label ? { label } : {}) });
  run.slice(1).forEach((b, i) => {
    edges.push({ from: run[i]?.id ?? first.id, to: b.id, style: 'skipped' });
  });
  if (after) edges.push({ from: last.id, to: after.id, style: 'skipped' });
  const next = out.findIndex((b) => place[b.kind] > place[last.kind]);
  out.splice(next < 0 ? out.length : next, 0, ...run);
}

/** Skipped boxes that follow each other with nothing of the way between them. */
function runs(skipped: readonly Box[], way: readonly Box[]): Box[][] {
  const between = (a: Box, b: Box) => way.some((w) => place[w.kind] > place[a.kind] && place[w.kind] < place[b.kind]);
  const all: Box[][] = [];
  for (const box of skipped) {
    const last = all.at(-1)?.at(-1);
    if (last && !between(last, box)) all.at(-1)?.push(box);
    else all.push([box]);
  }
  return all;
}
