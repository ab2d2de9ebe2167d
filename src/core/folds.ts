/** Many pods in one box: by node and by state, those that get no traffic apart. */
import { type Box, boxId, boxOf } from './boxes.ts';
import type { DiagramEdge } from './diagram.ts';
import type { Hop, HopStatus, Link } from './path.ts';

/** A pod, or an endpoint that is no pod, with what follows it and the link that leads to it. */
export interface Member {
  readonly hop: Hop;
  readonly containers: Hop[];
  readonly link: Link | undefined;
}

/** Several pods of one state, on one node or (many nodes) on all. */
export interface Fold {
  readonly members: readonly Hop[];
  readonly open: boolean;
  readonly shown: number;
}

/** An unfolded fold shows at most this many pods, so that a picture stays a picture. */
const mostUnfolded = 30;
/** Pods that all unfolded folds show together, shared among them; each shows at least a row or two. */
const mostTogether = 60;
/** With more nodes than this pods are folded over all nodes, not node by node. */
const mostNodes = 6;
/** Pods that get no traffic are drawn one by one up to this number. */
const mostApart = 4;
/** Pods in a row of an unfolded fold. */
const columns = 4;

const severity: readonly HopStatus[] = ['skipped', 'ok', 'unknown', 'warning', 'error'];
const rank = (s: HopStatus): number => severity.indexOf(s);

/** The worst state of a pod and its containers. */
export function worst(m: Member): HopStatus {
  return m.containers.reduce((a, { status: b }) => (rank(b) > rank(a) ? b : a), m.hop.status);
}

/** Pods by node and state; the few that get no traffic one by one. */
export function grouped(members: readonly Member[]): Member[][] {
  const nodes = new Set(members.map((m) => m.hop.node ?? ''));
  const apart = members.filter((m) => m.link?.leftOut !== undefined).length <= mostApart;
  const groups: Member[][] = [];
  const [taking, off] = [new Map<string, Member[]>(), new Map<string, Member[]>()];
  for (const m of members) {
    const out = m.link?.leftOut !== undefined;
    const place = nodes.size > mostNodes ? '*' : (m.hop.node ?? '');
    const before = out && apart ? undefined : (out ? off : taking).get(place);
    const group = before ?? [];
    group.push(m);
    if (before) continue;
    groups.push(group);
    (out ? off : taking).set(place, group);
  }
  return groups;
}

/** `66 in 197` when each of 66 gets `1 in 197`; nothing when they get all. */
export function shareOf(group: readonly Member[]): string | undefined {
  const share = group[0]?.link?.share;
  const all = /^1 in (\d+)$/.exec(share ?? '')?.[1];
  if (all === undefined || Number(all) === group.length || group.some((m) => m.link?.share !== share)) return undefined;
  return `${number(group.length)} in ${number(Number(all))}`;
}

/** The box of a group. */
export function foldBox(group: readonly Member[], all: readonly Member[], unfolded: readonly string[]): Box {
  const nodes = new Set(group.map((m) => m.hop.node));
  const node = nodes.size === 1 ? group[0]?.hop.node : undefined;
  const state = group[0]?.link?.leftOut === undefined ? 'ready' : 'not ready';
  const hop = `fold/${nodes.size === 1 ? (node ?? '') : '*'}/${state}`;
  const among = nodes.size > 1 ? all.length : all.filter((m) => m.hop.node === node).length;
  const open = unfolded.includes(boxId(hop));
  const shown = Math.min(group.length, mostUnfolded, Math.max(2 * columns, Math.floor(mostTogether / unfolded.length)));
  const first = group[0]?.hop.address ?? '';
  const where = nodes.size > 1 ? `on ${number(nodes.size)} nodes` : node ? `on ${node}` : 'on no node yet';
  const seen = shown < group.length ? `${shown} of ${number(group.length)} shown` : 'all shown';
  return {
    id: boxId(hop),
    hop,
    kind: group[0]?.hop.kind ?? 'pod',
    title: `${number(group.length)} of ${number(among)} ${state}`,
    address: first && `${first} +${number(group.length - 1)}`,
    note: open ? `${seen} · click to fold` : `${where} · click to unfold`,
    status: group.map(worst).reduce((a, b) => (rank(b) > rank(a) ? b : a)),
    ...(node === undefined ? {} : { node }),
    fold: { members: group.map((m) => m.hop), open, shown },
  };
}

/** The worst first, in a grid below the fold's own box; a pod here stands for its containers too. */
export function unfold(group: readonly Member[], fold: Box, out: Box[], edges: DiagramEdge[]): void {
  const shown = group
    .map((m) => ({ m, status: worst(m) }))
    .toSorted((a, b) => rank(b.status) - rank(a.status))
    .slice(0, fold.fold?.shown)
    .map(({ m, status }) =>
      boxOf(m.hop, { status, within: fold.id, ...(fold.node === undefined ? {} : { node: fold.node }) }),
    );
  out.push(...shown);
  shown.forEach((box, i) => {
    edges.push({ from: shown[i - columns]?.id ?? fold.id, to: box.id, style: 'order' });
  });
}

/** `10,000`. */
const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
