/**
 * Snapshot → TrafficPath. Entrances are made first, port by port, as chains of hop ids; then every hop that one of them
 * names is made once, with its status and evidence. Statuses come from objects alone: what was not tried is not claimed.
 */
import { serviceFromApi } from './fromApi.ts';
import type { Entrance, From, Hop, HopKind, TrafficPath } from './path.ts';
import { providerOf } from './provider.ts';
import type { Known, Snapshot } from './snapshot.ts';
import { backendHops } from './trace/backendHops.ts';
import type { Draft } from './trace/entrance.ts';
import { clientHopOf, dnsHop, externalIpHop, loadBalancerHop, nodeHop, serviceHop } from './trace/frontHops.ts';
import { insideEntrances } from './trace/inside.ts';
import { kubeProxyHop } from './trace/kubeProxy.ts';
import { nodePortHop } from './trace/nodePort.ts';
import { outsideEntrances } from './trace/outside.ts';
import { tunnelEntrances, tunnelHop } from './trace/tunnels.ts';
import { type World, worldOf } from './trace/world.ts';

/** The path that a request takes to the Service of the snapshot, for a client that stands at `from`. Never throws. */
export function trace(snapshot: Snapshot, from: From): TrafficPath {
  const provider = providerOf(snapshot);
  const service = snapshot.service.known ? snapshot.service.items[0] : undefined;
  const base = { snapshot, from, provider, unknown: unknownOf(snapshot) };
  if (!service) return { ...base, entrances: [], hops: missing(snapshot, from, provider) };
  const world = worldOf(snapshot, from, service, provider);
  const drafts = world.ports.flatMap((port) =>
    [...tunnelEntrances(world, port), ...outsideEntrances(world, port), ...insideEntrances(world, port)].sort(
      (a, b) => rank(a) - rank(b),
    ),
  );
  const entrances = named(drafts);
  return { ...base, service, entrances, hops: hopsOf(world, drafts) };
}

/** The way that most people ask about comes first: what is open from outside, then the ClusterIP, then what could be opened. */
const order: readonly Entrance['kind'][] = [
  'load-balancer',
  'node-port',
  'external-ip',
  'minikube-service',
  'minikube-tunnel',
  'cluster-ip',
  'dns',
  'external-name',
  'port-forward',
  'pod-ip',
];
function rank(d: Draft): number {
  const tunnel = d.kind === 'minikube-service' || d.kind === 'minikube-tunnel' || d.kind === 'port-forward';
  if (tunnel && d.open) return -1;
  return d.url === '' ? order.indexOf('external-ip') + 0.5 : order.indexOf(d.kind);
}

/** Ids: `KIND/PORT` where that is unique, else with the address. */
function named(drafts: readonly Draft[]): Entrance[] {
  const uses = new Map<string, number>();
  const short = (d: Draft) => (d.number === '' ? d.kind : `${d.kind}/${d.number}`);
  for (const d of drafts) uses.set(short(d), (uses.get(short(d)) ?? 0) + 1);
  return drafts.map(({ number: _, front: __, address, ...rest }, i) => {
    const id = short(drafts[i] as Draft);
    return { id: uses.get(id) === 1 ? id : `${id}/${address}`, ...rest };
  });
}

const kinds: readonly HopKind[] = [
  'client',
  'tunnel',
  'dns',
  'load-balancer',
  'external-ip',
  'node',
  'node-port',
  'kube-proxy',
  'service',
];

/** Every hop once: the front in the order of the kinds, then endpoints with their pods and containers. */
function hopsOf(world: World, entrances: readonly Draft[]): Hop[] {
  const behind = backendHops(world);
  const ids = new Set<string>();
  for (const e of entrances) {
    for (const id of e.front) ids.add(id);
    for (const id of e.skips) if (id !== 'endpoints') ids.add(id);
  }
  ids.add('service');
  const holding = new Set(behind.filter((h) => h.kind !== 'container' && h.node !== undefined).map((h) => h.node));
  for (const node of holding) ids.add(`node/${node}`);
  const front = [...ids].map((id) => frontHop(world, id, entrances)).filter((h) => h !== undefined);
  front.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  return world.service.type === 'ExternalName' ? front : front.concat(behind);
}

function frontHop(world: World, id: string, entrances: readonly Draft[]): Hop | undefined {
  const kind = id.split('/', 1)[0];
  switch (kind) {
    case 'client':
      return clientHopOf(world, id);
    case 'tunnel':
      return tunnelHop(world, id);
    case 'dns':
      return dnsHop(world);
    case 'load-balancer':
      return loadBalancerHop(world, id);
    case 'external-ip':
      return externalIpHop(world, id);
    case 'node':
      return nodeHop(world, id.slice('node/'.length));
    case 'node-port':
      return nodePortHop(world, id, urlsAt(entrances, id));
    case 'kube-proxy':
      return kubeProxyHop(world, id);
    case 'service':
      return serviceHop(world);
    case 'endpoint':
      return externalNameHop(world, id);
    default:
      return undefined;
  }
}

/** The addresses at which entrances use a NodePort, without the port. */
function urlsAt(entrances: readonly Draft[], id: string): string[] {
  const hosts = entrances.filter((e) => e.kind === 'node-port' && e.front.includes(id)).map((e) => e.url);
  return [
    ...new Set(
      hosts.map((u) =>
        u
          .replace(/^https?:\/\//, '')
          .replace(/\/[A-Z]+$/, '')
          .replace(/:\d+$/, ''),
      ),
    ),
  ];
}

/** The host that an ExternalName Service is an alias for: outside the cluster, so that nothing here knows whether it is there. */
function externalNameHop(world: World, id: string): Hop {
  const { service: s } = world;
  const host = id.slice('endpoint/'.length);
  return {
    id,
    kind: 'endpoint',
    name: host || 'no name',
    address: host,
    status: host === '' ? 'error' : 'unknown',
    note: 'outside the cluster: whether it answers, objects cannot tell',
    facts: { externalName: host },
    evidence: [world.see(`Service ${s.namespace}/${s.name} spec.externalName`, host || 'none')],
  };
}

/** Client and Service, when there is no Service to trace: it does not exist, or may not be read. */
function missing(snapshot: Snapshot, from: From, provider: TrafficPath['provider']): Hop[] {
  const { namespace, name, service } = snapshot;
  const world = worldOf(snapshot, from, serviceFromApi({ metadata: { namespace, name } }), provider);
  const note = service.known ? `there is no Service ${name} in namespace ${namespace}` : service.why;
  return [
    clientHopOf(world, from.kind === 'laptop' ? 'client' : world.inside),
    {
      id: 'service',
      kind: 'service',
      name,
      address: '',
      status: service.known ? 'error' : 'unknown',
      note,
      facts: {},
      evidence: [
        {
          vantage: 'objects',
          source: `Service ${namespace}/${name}`,
          value: service.known ? 'not found' : service.why,
        },
      ],
    },
  ];
}

/** Everything that could not be read, each once. */
function unknownOf(snapshot: Snapshot): TrafficPath['unknown'] {
  const { namespace, name } = snapshot;
  const parts: readonly (readonly [string, Known<unknown>])[] = [
    [`Service ${namespace}/${name}`, snapshot.service],
    [`EndpointSlices in ${namespace}`, snapshot.slices],
    [`pods in ${namespace}`, snapshot.pods],
    [`workloads in ${namespace}`, snapshot.workloads],
    [`events in ${namespace}`, snapshot.events],
    ['nodes', snapshot.nodes],
    ['kube-proxy ConfigMap', snapshot.kubeProxy.config],
    ['kube-proxy pods', snapshot.kubeProxy.pods],
    ['cluster DNS Service', snapshot.dns.service],
    ['cluster DNS endpoints', snapshot.dns.slices],
  ];
  return parts.flatMap(([what, k]) => (k.known ? [] : [{ what, why: k.why, ...(k.needs ? { needs: k.needs } : {}) }]));
}
