/** Which boxes are drawn, and which lines: the chosen entrance's hops, one by one or folded, and what it passes by. */
import { besides } from './besides.ts';
import type { Chosen } from './choose.ts';
import type { DiagramEdge } from './diagram.ts';
import { type Fold, foldBox, grouped, type Member, shareOf, unfold, worst } from './folds.ts';
import type { Diagnosis, Entrance, Hop, HopKind, HopStatus, Link, TrafficPath } from './path.ts';

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

/** What is drawn. */
export interface Drawn {
  readonly boxes: Box[];
  readonly edges: DiagramEdge[];
  /** Hop's id → id of the box that stands for it. */
  readonly standsFor: ReadonlyMap<string, string>;
}

/** More boxes than this are folded. */
const most = 20;

/** Name of a box: FNV-1a of the hop's id, so safe in Mermaid and in the DOM, and the same in every picture. */
export function boxId(hop: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < hop.length; i++) hash = Math.imul(hash ^ hop.charCodeAt(i), 0x01000193);
  return `n${(hash >>> 0).toString(36)}`;
}

/** A box for one hop. */
export const boxOf = (hop: Hop, over: Partial<Box> = {}): Box => ({
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

/** Pods, what is in them, and endpoints that are no pods: the end of a way. `endpoints` is the list of them. */
export const isBack = (b: { readonly kind: HopKind; readonly hop?: string; readonly id: string }): boolean =>
  b.kind === 'pod' || b.kind === 'container' || (b.kind === 'endpoint' && (b.hop ?? b.id) !== 'endpoints');

/** The boxes and lines of the chosen entrance. */
export function boxes(diagnosis: Diagnosis, chosen: Chosen, unfolded: readonly string[]): Drawn {
  const { path } = diagnosis;
  const { entrance } = chosen;
  if (!entrance) {
    const all = path.hops.slice(0, most).map((h) => boxOf(h));
    const edges = all.slice(1).map((b, i): DiagramEdge => ({ from: all[i]?.id ?? b.id, to: b.id, style: 'order' }));
    return { boxes: all, edges, standsFor: new Map(all.map((b) => [b.hop, b.id])) };
  }
  /** Only what is before the pods: of these there are few, however many pods there are. */
  const hops = new Map(path.hops.filter((h) => !isBack(h)).map((h) => [h.id, h]));
  const front = entrance.hops.map((id) => hops.get(id)).filter((h) => h !== undefined);
  const members = membersOf(path, entrance);

  const out: Box[] = front.map((h) => boxOf(h));
  const standsFor = new Map(out.map((b) => [b.hop, b.id]));
  const folds = new Map<string, readonly Member[]>();
  const edges: DiagramEdge[] = [];
  const folding = front.length + members.reduce((n, m) => n + 1 + m.containers.length, 0) > most;
  const groups = folding ? grouped(members) : members.map((m) => [m]);
  for (const group of groups) {
    const [first] = group;
    if (!first) continue;
    const own = { ...(first.hop.node === undefined ? {} : { node: first.hop.node }) };
    if (group.length > 1) {
      const fold = foldBox(group, members, unfolded);
      out.push(fold);
      folds.set(fold.id, group);
      for (const m of group) for (const hop of [m.hop, ...m.containers]) standsFor.set(hop.id, fold.id);
      if (fold.fold?.open) unfold(group, fold, out, edges);
    } else if (folding) {
      // Among folds a pod stands for its containers too.
      out.push(boxOf(first.hop, { ...own, status: worst(first) }));
      for (const hop of [first.hop, ...first.containers]) standsFor.set(hop.id, boxId(first.hop.id));
    } else {
      for (const hop of [first.hop, ...first.containers]) {
        out.push(boxOf(hop, own));
        standsFor.set(hop.id, boxId(hop.id));
      }
    }
  }
  edges.push(...way(entrance, front, members, standsFor, folds));
  besides(diagnosis, chosen, hops, out, edges);
  return { boxes: out, edges, standsFor };
}

/** Pods of the way, each with its containers; then those that the way leaves out, and those that are no endpoints. */
function membersOf(path: TrafficPath, entrance: Entrance): Member[] {
  const linkTo = new Map(entrance.links.map((l) => [l.to, l]));
  const list = entrance.hops.find((id) => id === 'endpoints') ?? entrance.hops.find((id) => id === 'service');
  const on = new Set(entrance.hops);
  const containers = new Map<string, Hop[]>();
  for (const hop of path.hops) {
    if (hop.kind !== 'container') continue;
    const pod = `pod/${hop.id.split('/')[1]}`;
    const there = containers.get(pod);
    if (there) there.push(hop);
    else containers.set(pod, [hop]);
  }
  const taken: Member[] = [];
  const left: Member[] = [];
  for (const hop of path.hops) {
    if (hop.kind === 'container' || !isBack(hop)) continue;
    const inside = containers.get(hop.id) ?? [];
    const link = linkTo.get(hop.id);
    if (on.has(hop.id)) taken.push({ hop, containers: inside.filter((c) => on.has(c.id)), link });
    else if (link) left.push({ hop, containers: inside, link });
    else if (hop.kind === 'pod' && list) {
      left.push({ hop, containers: inside, link: { from: list, to: hop.id, leftOut: 'no endpoint' } });
    }
  }
  return [...taken, ...left];
}

/** The entrance's links between drawn boxes, each pair once. */
function way(
  entrance: Entrance,
  front: readonly Hop[],
  members: readonly Member[],
  standsFor: ReadonlyMap<string, string>,
  folds: ReadonlyMap<string, readonly Member[]>,
): DiagramEdge[] {
  const { stopsAt } = entrance;
  const edges = new Map<string, DiagramEdge>();
  /** What comes after a hop that gets no traffic gets none either. */
  const dry = new Set(members.filter((m) => m.link?.leftOut !== undefined).map((m) => m.hop.id));
  const beyond = new Set(stopsAt === undefined ? [] : entrance.hops.slice(entrance.hops.indexOf(stopsAt)));
  const off = members.filter((m) => dry.has(m.hop.id));
  const links: readonly Link[] = [
    ...entrance.links,
    ...off.flatMap((m) => (m.link ? [m.link, ...m.containers.map((c) => ({ from: m.hop.id, to: c.id }))] : [])),
  ];
  for (const link of links) {
    const from = standsFor.get(link.from);
    const to = standsFor.get(link.to);
    if (!from || !to || from === to || edges.has(`${from} ${to}`)) continue;
    const fold = folds.get(to);
    const here = link.to === stopsAt;
    const label =
      link.leftOut ?? (fold ? shareOf(fold) : here && front[1]?.id === stopsAt ? 'no way through' : link.share);
    edges.set(`${from} ${to}`, {
      from,
      to,
      style: link.leftOut === undefined && !dry.has(link.from) ? 'way' : 'left-out',
      ...(label ? { label } : {}),
      ...(here ? { stops: 'here' } : beyond.has(link.from) || !entrance.open ? { stops: 'before' } : {}),
    });
  }
  return [...edges.values()];
}
