/** Which boxes are drawn, and which lines: the chosen entrance's hops, one by one or folded, and what it passes by. */
import { besides } from './besides.ts';
import type { Chosen } from './choose.ts';
import type { DiagramEdge } from './diagram.ts';
import { type Fold, foldBox, grouped, type Member, shareOf, unfold, worst } from './folds.ts';
import type { Diagnosis, Entrance, Hop, HopKind, HopStatus } from './path.ts';

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

/** Pods, what is in them, and endpoints that are no pods: the end of a way. */
export const isBack = (kind: HopKind): boolean => kind === 'pod' || kind === 'endpoint' || kind === 'container';

/** The boxes and lines of the chosen entrance. */
export function boxes(diagnosis: Diagnosis, chosen: Chosen, unfolded: readonly string[]): Drawn {
  const { path } = diagnosis;
  const { entrance } = chosen;
  if (!entrance) {
    const all = path.hops.slice(0, most).map((h) => boxOf(h));
    return { boxes: all, edges: [], standsFor: new Map(all.map((b) => [b.hop, b.id])) };
  }
  const hops = new Map(path.hops.map((h) => [h.id, h]));
  const on = entrance.hops.map((id) => hops.get(id)).filter((h) => h !== undefined);
  const front = on.filter((h) => !isBack(h.kind));
  const members = membersOf(on, entrance);

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
      for (const hop of group.flatMap((m) => [m.hop, ...m.containers])) standsFor.set(hop.id, fold.id);
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
  edges.push(...way(entrance, standsFor, folds, stop(entrance, front)));
  besides(diagnosis, chosen, hops, out, edges);
  return { boxes: out, edges, standsFor };
}

/** Pods, each with the containers that follow it. */
function membersOf(on: readonly Hop[], entrance: Entrance): Member[] {
  const linkTo = new Map(entrance.links.map((l) => [l.to, l]));
  const members: Member[] = [];
  for (const hop of on) {
    if (hop.kind === 'container') members.at(-1)?.containers.push(hop);
    else if (isBack(hop.kind)) members.push({ hop, containers: [], link: linkTo.get(hop.id) });
  }
  return members;
}

/** The hop of a broken way where requests end, when it is before the pods. */
function stop(entrance: Entrance, front: readonly Hop[]): string | undefined {
  return entrance.status === 'broken' ? front.find((h) => h.status === 'error')?.id : undefined;
}

/** The entrance's links between drawn boxes, each pair once. */
function way(
  entrance: Entrance,
  standsFor: ReadonlyMap<string, string>,
  folds: ReadonlyMap<string, readonly Member[]>,
  stopsAt: string | undefined,
): DiagramEdge[] {
  const edges = new Map<string, DiagramEdge>();
  /** What comes after a hop that gets no traffic gets none either. */
  const dry = new Set(entrance.links.filter((l) => l.leftOut !== undefined).map((l) => l.to));
  const beyond = new Set(stopsAt === undefined ? [] : entrance.hops.slice(entrance.hops.indexOf(stopsAt)));
  for (const link of entrance.links) {
    const from = standsFor.get(link.from);
    const to = standsFor.get(link.to);
    if (!from || !to || from === to || edges.has(`${from} ${to}`)) continue;
    const fold = folds.get(to);
    const label = link.leftOut ?? (fold ? shareOf(fold) : link.share);
    edges.set(`${from} ${to}`, {
      from,
      to,
      style: link.leftOut === undefined && !dry.has(link.from) ? 'way' : 'left-out',
      ...(label ? { label } : {}),
      ...(link.to === stopsAt ? { stops: 'here' } : beyond.has(link.from) ? { stops: 'before' } : {}),
    });
  }
  return [...edges.values()];
}
