/** What every step of a trace needs to know, worked out once: where the client stands, which node it meets, the endpoints of each port. */
import { familyOf } from '../addresses.ts';
import type { Evidence, From, Link, Provider, Verdict } from '../path.ts';
import type { PodFacts } from '../podFacts.ts';
import type { NodeFacts, ServiceFacts, ServicePortFacts, Snapshot } from '../snapshot.ts';
import {
  type AtNode,
  type Backend,
  backendsOf,
  type Chosen,
  chooseCluster,
  chooseLocal,
  chooseReady,
} from './endpoints.ts';
import { clientHop } from './words.ts';

/** The end of a chain, from `endpoints` on: shared by all entrances that choose by the same rule. */
export interface Tail {
  readonly hops: readonly string[];
  readonly links: readonly Link[];
  readonly chosen: Chosen;
  readonly status: Verdict;
}

/** How the endpoint is chosen: by DNS alone, or by kube-proxy on a node (undefined: on whichever node) under a policy. */
export type Rule =
  | { readonly by: 'dns' }
  | {
      readonly by: 'Cluster' | 'Local';
      readonly policy: string;
      readonly at: AtNode | undefined;
      /** A node is chosen first, and then one of its own endpoints: those of a node with few get more each. */
      readonly nodeFirst?: boolean;
    };

/** An address family, as spec.ipFamilies names it. */
export type Family = 'IPv4' | 'IPv6';

/** What every step of a trace knows. */
export interface World {
  readonly snapshot: Snapshot;
  readonly from: From;
  readonly service: ServiceFacts;
  readonly provider: Provider;
  readonly nodes: readonly NodeFacts[];
  readonly pods: ReadonlyMap<string, PodFacts>;
  /** Names of the pods on each node. */
  readonly podsOn: ReadonlyMap<string, readonly string[]>;
  /** The Service's ports; one `undefined` for a headless Service without any. */
  readonly ports: readonly (ServicePortFacts | undefined)[];
  readonly headless: boolean;
  /** Hop of the client that stands inside the cluster, and the node it is on, where that is known. */
  readonly inside: string;
  readonly insideNode: AtNode | undefined;
  backends(port: ServicePortFacts | undefined, family: Family): readonly Backend[];
  tail(port: ServicePortFacts | undefined, family: Family, rule: Rule): Tail;
  see(source: string, value: string, vantage?: Evidence['vantage']): Evidence;
}

/** The hop of kube-proxy on a node; without a node, that of whichever node the client is on. */
export const proxyHop = (at: AtNode | undefined): string => (at ? `kube-proxy/${at.name}` : 'kube-proxy');

const nodeFirst = (rule: Rule) => rule.by !== 'dns' && rule.nodeFirst === true;

/** Works out the world of one Service. */
export function worldOf(snapshot: Snapshot, from: From, service: ServiceFacts, provider: Provider): World {
  const nodes = snapshot.nodes.known ? snapshot.nodes.items : [];
  const pods = new Map<string, PodFacts>();
  for (const p of snapshot.pods.known ? snapshot.pods.items : []) pods.set(p.name, p);
  const slices = snapshot.slices.known ? snapshot.slices.items : [];
  const backends = memo(
    (port: ServicePortFacts | undefined, family: Family) =>
      `${service.ports.indexOf(port as ServicePortFacts)}/${family}`,
    (port, family) => backendsOf(slices, port, family, pods),
  );
  const hinted = slices.some((s) => s.endpoints.some((e) => e.hintZones.length > 0 || e.hintNodes.length > 0));
  // Without hints policy Cluster chooses alike on every node: one tail serves all of them.
  const nodeThatCounts = (rule: Rule) =>
    rule.by === 'Local' || (rule.by === 'Cluster' && hinted) ? (rule.at?.name ?? '') : '';
  const nodeNamed = (name: string | undefined): AtNode | undefined => {
    if (name === undefined) return undefined;
    const zone = nodes.find((n) => n.name === name)?.zone;
    return { name, ...(zone === undefined ? {} : { zone }) };
  };
  const only = nodes.length === 1 ? nodes[0]?.name : undefined;
  const stands = from.kind === 'node' ? from.name : from.kind === 'pod' ? pods.get(from.name)?.nodeName : undefined;
  const world: World = {
    snapshot,
    from,
    service,
    provider,
    nodes,
    pods,
    podsOn: byNode(pods.values()),
    ports: service.ports.length > 0 ? service.ports : [undefined],
    headless: service.clusterIPs[0] === 'None',
    inside: clientHop(from),
    insideNode: nodeNamed(stands ?? only),
    backends,
    tail: memo(
      (port, family, rule) =>
        `${service.ports.indexOf(port as ServicePortFacts)}/${family}/${rule.by}/${nodeThatCounts(rule)}/${nodeFirst(rule)}`,
      (port, family, rule) => tailOf(world, backends(port, family), port, rule),
    ),
    see: (source, value, vantage = 'objects') => ({ vantage, source, value }),
  };
  return world;
}

function byNode(pods: Iterable<PodFacts>): Map<string, string[]> {
  const on = new Map<string, string[]>();
  for (const p of pods) {
    if (p.nodeName === undefined) continue;
    const names = on.get(p.nodeName);
    if (names) names.push(p.name);
    else on.set(p.nodeName, [p.name]);
  }
  return on;
}

function memo<A extends unknown[], R>(key: (...args: A) => string, make: (...args: A) => R): (...args: A) => R {
  const made = new Map<string, R>();
  return (...args) => {
    const k = key(...args);
    const old = made.get(k);
    if (old !== undefined) return old;
    const value = make(...args);
    made.set(k, value);
    return value;
  };
}

/** Families that the Service's endpoints may be in. */
export function familiesOf(world: World): Family[] {
  const { service } = world;
  if (service.ipFamilies.length > 0) return [...service.ipFamilies];
  const family = familyOf(service.clusterIPs[0] ?? '');
  if (family) return [family];
  const slices = world.snapshot.slices.known ? world.snapshot.slices.items : [];
  const used = new Set(slices.map((s) => s.addressType));
  return used.has('IPv6') ? (used.has('IPv4') ? ['IPv4', 'IPv6'] : ['IPv6']) : ['IPv4'];
}

function tailOf(world: World, backends: readonly Backend[], port: ServicePortFacts | undefined, rule: Rule): Tail {
  const chosen =
    rule.by === 'dns'
      ? chooseReady(backends, port !== undefined)
      : rule.by === 'Cluster'
        ? chooseCluster(backends, rule.at)
        : chooseLocal(backends, rule.at, rule.policy);
  const hops: string[] = ['endpoints'];
  const links: Link[] = [];
  // With sessionAffinity a client's connections all go one way; how the clients share is not known.
  const even = chosen.even && !nodeFirst(rule) && (rule.by === 'dns' || world.service.sessionAffinity === 'None');
  const share = even && chosen.chosen.length > 1 ? `1 in ${chosen.chosen.length}` : undefined;
  const known = world.snapshot.slices.known;
  const mixed = chosen.chosen.some((b) => b.port !== chosen.chosen[0]?.port);
  const met = new Set<string>();
  for (const b of chosen.chosen) {
    // A pod may be two endpoints of one port: a named targetPort that changed its number during a rollout.
    if (mixed && met.has(b.hop)) continue;
    if (mixed) met.add(b.hop);
    hops.push(b.hop);
    links.push(share === undefined ? { from: 'endpoints', to: b.hop } : { from: 'endpoints', to: b.hop, share });
    if (b.inside) {
      hops.push(b.inside.to);
      links.push(b.inside);
    }
  }
  for (const [hop, leftOut] of chosen.leftOut) links.push({ from: 'endpoints', to: hop, leftOut });
  for (const p of podsWithoutEndpoint(world))
    links.push({
      from: 'endpoints',
      to: `pod/${p.name}`,
      leftOut: known ? whyNoEndpoint(p) : 'its endpoints could not be read',
    });
  const local = rule.by === 'Local' && !rule.at ? new Set(chosen.chosen.map((b) => b.endpoint.nodeName)) : undefined;
  const everywhere = !local || world.nodes.every((n) => local.has(n.name));
  const status: Verdict = !known
    ? 'unknown'
    : chosen.chosen.length === 0
      ? 'broken'
      : everywhere
        ? 'works'
        : 'degraded';
  return { hops, links, chosen, status };
}

/** Pods that the selector selects and no slice names: those without an address, finished ones, or a slice that lags. */
export function podsWithoutEndpoint(world: World): readonly PodFacts[] {
  const known = without.get(world);
  if (known) return known;
  const named = new Set<string>();
  const families: readonly string[] = familiesOf(world);
  for (const s of world.snapshot.slices.known ? world.snapshot.slices.items : [])
    for (const e of s.endpoints)
      if (e.target?.kind === 'Pod' && e.addresses[0] !== undefined && families.includes(s.addressType))
        named.add(e.target.name);
  const wanted = Object.entries(world.service.selector);
  const rest = [...world.pods.values()].filter(
    (p) => !named.has(p.name) && wanted.length > 0 && wanted.every(([k, v]) => p.labels[k] === v),
  );
  without.set(world, rest);
  return rest;
}
const without = new WeakMap<World, readonly PodFacts[]>();

function whyNoEndpoint(p: PodFacts): string {
  if (p.phase === 'Succeeded' || p.phase === 'Failed') return `finished (${p.reason ?? p.phase})`;
  if (p.podIPs.length === 0) return p.nodeName ? 'no address yet' : 'on no node yet';
  return 'in no EndpointSlice';
}
