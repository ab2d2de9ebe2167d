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
  standsFor(hop: string): string | undefined;
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
    return { boxes: all, edges, standsFor: (hop) => all.find((b) => b.hop === hop)?.id };
  }
  /** Only what is before the pods: of these there are few, however many pods there are. */
  const hops = new Map(path.hops.filter((h) => !isBack(h)).map((h) => [h.id, h]));
  const front = [...hops.values()]
    .map((hop) => ({ hop, place: entrance.hops.indexOf(hop.id) }))
    .filter(({ place }) => place >= 0)
    .toSorted((a, b) => a.place - b.place)
    .map(({ hop }) => hop);
  const members = membersOf(path, entrance);

  const out: Box[] = front.map((h) => boxOf(h));
  const known = new Map(out.map((b) => [b.hop, b.id]));
  const folds = new Map<string, readonly Member[]>();
  const folded = once(() => {
    const all = [...folds].flatMap(([id, group]) =>
      group.flatMap((m) => [m.hop, ...m.containers].map((h) => [h.id, id] as const)),
    );
    return new Map(all);
  });
  const standsFor = (hop: string) => known.get(hop) ?? folded().get(hop);
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
      known.set(first.hop.id, fold.id);
      if (fold.fold?.open) unfold(group, fold, out, edges);
    } else if (folding) {
      // Among folds a pod stands for its containers too.
      out.push(boxOf(first.hop, { ...own, status: worst(first) }));
      for (const hop of [first.hop, ...first.containers]) known.set(hop.id, boxId(first.hop.id));
    } else {
      for (const hop of [first.hop, ...first.containers]) {
        out.push(boxOf(hop, own));
        known.set(hop.id, boxId(hop.id));
      }
    }
  }
  edges.push(...way(entrance, front, groups, standsFor, folds));
  besides(diagnosis, chosen, hops, out, edges);
  return { boxes: out, edges, standsFor };
}

/** Thousands of hops stand in folds, and most pictures ask for none of them: what is made only when it is asked for. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Pods of the way, each with its containers; then those that the way leaves out, and those that are no endpoints. */
function membersOf(path: TrafficPath, entrance: Entrance): Member[] {
  const linkTo = new Map<string, Link>();
  for (const link of entrance.links) if (!link.to.startsWith('container/')) linkTo.set(link.to, link);
  const list = entrance.hops.find((id) => id === 'endpoints') ?? entrance.hops.find((id) => id === 'service');
  const on = once(() => new Set(entrance.hops));
  const taken: Member[] = [];
  const left: Member[] = [];
  path.hops.forEach((hop, i) => {
    if (hop.kind === 'container' || !isBack(hop)) return;
    const inside = containersAfter(path.hops, i);
    const link = linkTo.get(hop.id);
    if (link && link.leftOut === undefined) {
      // The only container of a pod is the one that the way ends in.
      const containers = inside.length > 1 ? inside.filter((c) => on().has(c.id)) : inside;
      taken.push({ hop, containers, link });
    } else if (link) left.push({ hop, containers: inside, link });
    else if (hop.kind === 'pod' && list) {
      left.push({ hop, containers: inside, link: { from: list, to: hop.id, leftOut: 'no endpoint' } });
    }
  });
  return [...taken, ...left];
}

/** Each pod is followed by its containers. */
function containersAfter(hops: readonly Hop[], pod: number): Hop[] {
  let end = pod + 1;
  while (hops[end]?.kind === 'container') end++;
  return hops.slice(pod + 1, end);
}

/** The entrance's links between drawn boxes, each pair once. */
function way(
  entrance: Entrance,
  front: readonly Hop[],
  groups: readonly (readonly Member[])[],
  standsFor: (hop: string) => string | undefined,
  folds: ReadonlyMap<string, readonly Member[]>,
): DiagramEdge[] {
  const { stopsAt } = entrance;
  const edges = new Map<string, DiagramEdge>();
  const stop = stopsAt === undefined ? Number.POSITIVE_INFINITY : entrance.hops.indexOf(stopsAt);
  for (const { link, dry } of linksOf(entrance, front, groups)) {
    const from = standsFor(link.from);
    const to = standsFor(link.to);
    if (!from || !to || from === to || edges.has(`${from} ${to}`)) continue;
    const fold = folds.get(to);
    const here = link.to === stopsAt;
    const label =
      link.leftOut ?? (fold ? shareOf(fold) : here && front[1]?.id === stopsAt ? 'no way through' : link.share);
    const beyond = entrance.hops.indexOf(link.from) >= stop;
    edges.set(`${from} ${to}`, {
      from,
      to,
      style: link.leftOut === undefined && !dry ? 'way' : 'left-out',
      ...(label ? { label } : {}),
      ...(here ? { stops: 'here' } : beyond || !entrance.open ? { stops: 'before' } : {}),
    });
  }
  return [...edges.values()];
}

/** The links that are drawn; of a fold's many the first says it for all. `dry`: what comes after a hop that gets no traffic. */
function linksOf(entrance: Entrance, front: readonly Hop[], groups: readonly (readonly Member[])[]) {
  const links: { link: Link; dry: boolean }[] = entrance.links
    .slice(0, front.length)
    .map((link) => ({ link, dry: false }));
  const add = ([first, ...more]: readonly Member[], dry: boolean) => {
    if (!first?.link) return;
    links.push({ link: first.link, dry: false });
    if (more.length > 0) return;
    for (const c of first.containers) links.push({ link: { from: first.hop.id, to: c.id }, dry });
  };
  const isOff = ([first]: readonly Member[]) => first?.link?.leftOut !== undefined;
  const own = new Set(entrance.links.filter((l) => l.leftOut !== undefined));
  for (const g of groups) if (!isOff(g)) add(g, false);
  for (const [first] of groups) if (first?.link && own.has(first.link)) links.push({ link: first.link, dry: false });
  for (const g of groups) if (isOff(g)) add(g, true);
  return links;
}
