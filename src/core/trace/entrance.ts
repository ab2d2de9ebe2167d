/** How an entrance is put together: a front of its own, then the endpoints. */
import type { Entrance, Link, Verdict } from '../path.ts';
import type { ServicePortFacts } from '../snapshot.ts';
import { portId, portLabel } from './words.ts';
import { proxyHop, type Tail, type World } from './world.ts';

/** An entrance before its id is known: `number` and `address` become the id (see `Entrance.id`). */
export interface Draft extends Omit<Entrance, 'id'> {
  /** The hops before the endpoints. */
  readonly front: readonly string[];
  readonly number: string;
  readonly address: string;
}

/** What the builders of single entrances say; the rest follows. */
export interface Says {
  readonly kind: Entrance['kind'];
  readonly port: ServicePortFacts | undefined;
  /** The number in the id when it is not the Service's port: a nodePort. */
  readonly number?: number;
  readonly address: string;
  readonly url: string;
  readonly client: Entrance['client'];
  readonly open?: boolean;
  readonly status: Verdict;
  /** The hop of the front that requests do not get into. */
  readonly stopsAt?: string;
  readonly front: readonly string[];
  readonly tail: Pick<Tail, 'hops' | 'links'>;
  /** Why a link of the front is not taken: from → why. */
  readonly blocked?: { readonly to: string; readonly why: string };
  readonly whySkips: string;
  readonly wayBack: string;
}

/** Joins front and tail, and finds what the chain leaves out of the Service's full way. */
export function draft(world: World, says: Says): Draft {
  const { front, tail, port } = says;
  const links: Link[] = [];
  const chain = [...front, ...tail.hops.slice(0, 1)];
  for (let i = 1; i < chain.length; i++) {
    const [from, to] = [chain[i - 1], chain[i]];
    if (from === undefined || to === undefined) continue;
    links.push({ from, to, ...(says.blocked?.to === to ? { leftOut: says.blocked.why } : {}) });
  }
  const hops = front.concat(tail.hops);
  const skips = fullWay(world, port)
    .filter((id) => !front.includes(id) && !tail.hops.slice(0, 1).includes(id))
    .filter((id) => !id.startsWith('kube-proxy') || !front.some((f) => f.startsWith('kube-proxy')))
    .filter((id) => !id.startsWith('load-balancer') || !front.some((f) => f.startsWith('load-balancer')));
  return {
    kind: says.kind,
    number: port ? portId(says.number ?? port.port, port) : '',
    address: says.address,
    port: portLabel(port),
    url: says.url,
    client: says.client,
    open: says.open ?? true,
    status: says.status,
    ...(says.stopsAt === undefined ? {} : { stopsAt: says.stopsAt }),
    front,
    hops,
    links: links.concat(tail.links),
    skips,
    whySkips: skips.length > 0 ? says.whySkips : '',
    wayBack: says.wayBack,
  };
}

/** The longest way that the Service offers, without client and node: what an entrance may skip. */
function fullWay(world: World, port: ServicePortFacts | undefined): string[] {
  const { service, headless } = world;
  if (service.type === 'ExternalName') return [];
  const lb = service.type === 'LoadBalancer' ? (service.loadBalancerIngress[0] ?? {}) : undefined;
  return [
    ...(lb ? [`load-balancer/${lb.ip ?? lb.hostname ?? 'pending'}`] : []),
    ...(port?.nodePort ? [`node-port/${port.nodePort}`] : []),
    ...(headless ? [] : [proxyHop(world.insideNode)]),
    'service',
    'endpoints',
  ];
}

/** What a chain comes to when its first step may fail: the worse of both; a chain that is broken stays broken. */
export function reached(reach: 'yes' | 'no' | 'unknown', rest: Verdict): Verdict {
  if (reach === 'no' || rest === 'broken') return 'broken';
  return reach === 'unknown' ? 'unknown' : rest;
}
