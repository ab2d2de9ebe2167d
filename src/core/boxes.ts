/** Which boxes are drawn: the chosen entrance's hops, what it skips, and pods folded where there are too many. */
import type { Chosen } from './choose.ts';
import type { DiagramEdge } from './diagram.ts';
import type { Diagnosis, Hop, HopKind, HopStatus, Link } from './path.ts';

/** A drawn box before it has a lane: one hop, or several pods in one. */
export interface Box {
  /** `n…`, computed from `hop`, so that it names the same hop in every picture. */
  readonly id: string;
  /** The hop's id, or `fold/…`. */
  readonly hop: string;
  readonly kind: HopKind;
  readonly title: string;
  readonly address: string;
  readonly note: string;
  readonly status: HopStatus;
  readonly node?: string;
  /** The hop it stands for; for a fold none. */
  readonly of?: Hop;
  readonly fold?: Fold;
  /** Id of the fold that it was unfolded from. */
  readonly within?: string;
}

/** Several pods of one state, on one node or (many nodes) on all. */
export interface Fold {
  readonly members: readonly Hop[];
  readonly open: boolean;
  readonly shown: number;
}

/** More boxes than this are folded. */
export const most = 20;
/** An unfolded fold shows at most this many pods, so that a picture stays a picture. */
export const mostUnfolded = 30;
/** With more nodes than this pods are folded over all nodes, not node by node. */
const mostNodes = 6;
/** Not-ready pods up to this number are drawn one by one. */
const mostApart = 4;
/** Pods in a row of an unfolded fold. */
const columns = 4;

/** Name of a box: FNV-1a of the hop's id, so safe in Mermaid and in the DOM, and the same in every picture. */
export function boxId(hop: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < hop.length; i++) hash = Math.imul(hash ^ hop.charCodeAt(i), 0x01000193);
  return `n${(hash >>> 0).toString(36)}`;
}

const severity: readonly HopStatus[] = ['skipped', 'ok', 'unknown', 'warning', 'error'];
const worst = (of: readonly HopStatus[]): HopStatus =>
  severity[Math.max(0, ...of.map((s) => severity.indexOf(s)))] ?? 'unknown';
const isBack = (h: Hop) => h.kind === 'pod' || h.kind === 'endpoint' || h.kind === 'container';

const boxOf = (hop: Hop, over: Partial<Box> = {}): Box => ({
  id: boxId(hop.id),
  hop: hop.id,
  kind: hop.kind,
  title: hop.name,
  address: hop.address,
  note: hop.note,
  status: hop.status,
  ...(hop.node === undefined ? {} : { node: hop.node }),
  of: hop,
  ...over,
});

/** A pod, or an endpoint that is no pod, with what follows it. */
interface Member {
  readonly hop: Hop;
  readonly containers: Hop[];
  readonly link: Link | undefined;
}

/** The boxes and lines of the chosen entrance. */
export function boxes(
  diagnosis: Diagnosis,
  chosen: Chosen,
  unfolded: readonly string[],
): { boxes: Box[]; edges: DiagramEdge[] } {
  const { path } = diagnosis;
  const hops = new Map(path.hops.map((h) => [h.id, h]));
  const entrance = chosen.entrance;
  if (!entrance) return { boxes: path.hops.slice(0, most).map((h) => boxOf(h)), edges: [] };

  const on = entrance.hops.map((id) => hops.get(id)).filter((h) => h !== undefined);
  const front = on.filter((h) => !isBack(h));
  const linkTo = new Map(entrance.links.map((l) => [l.to, l]));
  const members: Member[] = [];
  for (const hop of on) {
    if (hop.kind === 'container') members.at(-1)?.containers.push(hop);
    else if (isBack(hop)) members.push({ hop, containers: [], link: linkTo.get(hop.id) });
  }

  const out: Box[] = front.map((h) => boxOf(h));
  const edges: DiagramEdge[] = [];
  /** Hop id → id of the box that stands for it. */
  const standsFor = new Map(front.map((h) => [h.id, boxId(h.id)]));
  const single = (m: Member) => {
    for (const hop of [m.hop, ...m.containers]) {
      out.push(boxOf(hop, m.hop.node === undefined ? {} : { node: m.hop.node }));
      standsFor.set(hop.id, boxId(hop.id));
    }
  };

  const size = front.length + members.reduce((n, m) => n + 1 + m.containers.length, 0);
  const groups = size <= most ? members.map((m) => [m]) : grouped(members);
  const folded = new Map<string, { count: number; of: string | undefined; reason: string | undefined }>();
  for (const group of groups) {
    const [first] = group;
    if (!first) continue;
    if (group.length === 1) {
      single(first);
      continue;
    }
    const fold = foldBox(group, groups, unfolded);
    out.push(fold);
    folded.set(fold.id, { count: group.length, of: shareOf(group), reason: first.link?.leftOut });
    for (const m of group) standsFor.set(m.hop.id, fold.id);
    if (fold.fold?.open) unfold(group, fold, out, edges);
  }

  const drawn = new Set<string>();
  /** What comes after a hop that gets no traffic gets none either. */
  const dry = new Set(entrance.links.filter((l) => l.leftOut !== undefined).map((l) => l.to));
  for (const link of entrance.links) {
    const from = standsFor.get(link.from);
    const to = standsFor.get(link.to);
    if (!from || !to || from === to || drawn.has(`${from} ${to}`)) continue;
    drawn.add(`${from} ${to}`);
    const many = folded.get(to);
    const share = many ? many.of && `${many.count} in ${many.of}` : link.share;
    const label = link.leftOut ?? share;
    edges.push({
      from,
      to,
      style: link.leftOut === undefined && !dry.has(link.from) ? 'way' : 'left-out',
      ...(label ? { label } : {}),
    });
  }
  besides(diagnosis, chosen, hops, out, edges);
  return { boxes: out, edges };
}

/** `20` when each of them gets `1 in 20`. */
function shareOf(group: readonly Member[]): string | undefined {
  const of = new Set(group.map((m) => /^1 in (\d+)$/.exec(m.link?.share ?? '')?.[1]));
  return of.size === 1 ? [...of][0] : undefined;
}

/** Pods by node and state; the few that are not ready apart. */
function grouped(members: readonly Member[]): Member[][] {
  const nodes = new Set(members.map((m) => m.hop.node ?? ''));
  const apart = members.filter((m) => m.link?.leftOut !== undefined).length <= mostApart;
  const groups = new Map<string, Member[]>();
  for (const m of members) {
    const out = m.link?.leftOut !== undefined;
    const key = out && apart ? m.hop.id : `${nodes.size > mostNodes ? '*' : (m.hop.node ?? '')} ${out}`;
    const group = groups.get(key);
    if (group) group.push(m);
    else groups.set(key, [m]);
  }
  return [...groups.values()];
}

function foldBox(group: readonly Member[], all: readonly Member[][], unfolded: readonly string[]): Box {
  const nodes = new Set(group.map((m) => m.hop.node));
  const node = nodes.size === 1 ? group[0]?.hop.node : undefined;
  const out = group[0]?.link?.leftOut;
  const hop = `fold/${node ?? '*'}/${out === undefined ? 'ready' : 'not-ready'}`;
  const onNode = all.flat().filter((m) => nodes.size > 1 || m.hop.node === node).length;
  const open = unfolded.includes(boxId(hop));
  const shown = Math.min(group.length, mostUnfolded);
  const first = group[0]?.hop.address ?? '';
  return {
    id: boxId(hop),
    hop,
    kind: group[0]?.hop.kind ?? 'pod',
    title: `${number(group.length)} of ${number(onNode)} ${out === undefined ? 'ready' : 'not ready'}`,
    address: first && `${first} +${number(group.length - 1)} more`,
    note: open
      ? `${shown < group.length ? `${shown} of ${number(group.length)} shown` : 'all shown'} · click to fold`
      : `${nodes.size > 1 ? `on ${nodes.size} nodes` : node ? `on ${node}` : 'on no node yet'} · click to unfold`,
    status: worst(group.flatMap((m) => [m.hop.status, ...m.containers.map((c) => c.status)])),
    ...(node === undefined ? {} : { node }),
    fold: { members: group.map((m) => m.hop), open, shown },
  };
}

/** The worst first, in a grid below the fold's own box; a pod here stands for its containers too. */
function unfold(group: readonly Member[], fold: Box, out: Box[], edges: DiagramEdge[]): void {
  const states = group.map((m) => ({ m, status: worst([m.hop.status, ...m.containers.map((c) => c.status)]) }));
  const shown = states
    .toSorted((a, b) => severity.indexOf(b.status) - severity.indexOf(a.status))
    .slice(0, mostUnfolded)
    .map(({ m, status }) =>
      boxOf(m.hop, { status, within: fold.id, ...(fold.node === undefined ? {} : { node: fold.node }) }),
    );
  out.push(...shown);
  shown.forEach((box, i) => {
    edges.push({ from: shown[i - columns]?.id ?? fold.id, to: box.id, style: 'order' });
  });
}

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
  pod: 8,
  container: 9,
};

/** What the way passes by: hops that it skips, and hops off it that a finding is about (a tunnel that does not run). */
function besides(
  diagnosis: Diagnosis,
  chosen: Chosen,
  hops: ReadonlyMap<string, Hop>,
  out: Box[],
  edges: DiagramEdge[],
): void {
  const entrance = chosen.entrance;
  if (!entrance) return;
  const way = out.filter((b) => b.within === undefined);
  const has = new Set(out.map((b) => b.hop));
  const kinds = new Set<HopKind>();
  const add = (hop: Hop | undefined, status: HopStatus | undefined) => {
    if (!hop || isBack(hop) || has.has(hop.id) || kinds.has(hop.kind)) return [];
    kinds.add(hop.kind);
    return [boxOf(hop, status ? { status } : {})];
  };
  const skipped = entrance.skips
    .flatMap((id) => add(hops.get(id), 'skipped'))
    .toSorted((a, b) => place[a.kind] - place[b.kind]);
  const offered = diagnosis.findings
    .filter((f) => (f.port === null || f.port === chosen.port) && (f.from === 'everywhere' || chosen.from === 'laptop'))
    .flatMap((f) => add(hops.get(f.hop), undefined));

  for (const run of [...runs(skipped, way), ...offered.map((b) => [b])]) {
    const [first] = run;
    const last = run.at(-1);
    if (!first || !last) continue;
    const nearest = way.findLast((b) => place[b.kind] < place[first.kind]);
    // A tunnel takes the request around: the way that is not taken parts from it at the client.
    const before = nearest?.kind === 'tunnel' ? (way.find((b) => b.kind === 'client') ?? nearest) : nearest;
    const after = way.find((b) => place[b.kind] > place[last.kind]);
    const label = first.status === 'skipped' ? entrance.whySkips : first.note;
    if (before) edges.push({ from: before.id, to: first.id, style: 'skipped', ...(label ? { label } : {}) });
    run.slice(1).forEach((b, i) => {
      edges.push({ from: run[i]?.id ?? first.id, to: b.id, style: 'skipped' });
    });
    if (after) edges.push({ from: last.id, to: after.id, style: 'skipped' });
    const at = after ? out.indexOf(after) : out.length;
    out.splice(at, 0, ...run);
  }
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

const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
