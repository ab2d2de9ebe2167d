/**
 * Which endpoints a Service port has, and which of them get traffic. The rules are kube-proxy's own:
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/topology.go
 */
import type { Link } from '../path.ts';
import type { PodFacts } from '../podFacts.ts';
import type { EndpointFacts, ServicePortFacts, SliceFacts } from '../snapshot.ts';
import { containerHop } from './container.ts';

/** One endpoint of one port: an address that kube-proxy may put in place of the ClusterIP. */
export interface Backend {
  /** `pod/NAME`, or `endpoint/ADDRESS` when it is no pod. */
  readonly hop: string;
  readonly address: string;
  /** Absent: its slice has no number for this port, so that nothing can be sent there. */
  readonly port?: number | undefined;
  readonly endpoint: EndpointFacts;
  /** Absent: no pod, or one that may not be read or is gone. */
  readonly pod?: PodFacts | undefined;
  /** From the pod to the container that the connection ends in; absent where the pod could not be read. */
  readonly inside?: Link | undefined;
  readonly slice: string;
  /** Equal for what kube-proxy takes for one endpoint. */
  readonly key: string;
}

/** What a rule did with the endpoints. `even`: the chosen ones share evenly, so that shares can be named. */
export interface Chosen {
  readonly chosen: readonly Backend[];
  /** Hop → why it gets nothing now. */
  readonly leftOut: ReadonlyMap<string, string>;
  readonly even: boolean;
}

/** Where the request meets kube-proxy; undefined while it may be any node. */
export interface AtNode {
  readonly name: string;
  readonly zone?: string;
}

/** The hop of an endpoint. */
export function hopOf(e: EndpointFacts): string {
  return e.target?.kind === 'Pod' ? `pod/${e.target.name}` : `endpoint/${e.addresses[0] ?? '?'}`;
}

/**
 * The endpoints of one Service port in one family, all slices merged. A slice's port belongs to a Service's port by name
 * and protocol. While an endpoint moves between slices it may be in both: the ready one counts (endpointslicecache.go).
 */
export function backendsOf(
  slices: readonly SliceFacts[],
  port: ServicePortFacts | undefined,
  family: 'IPv4' | 'IPv6',
  pods: ReadonlyMap<string, PodFacts>,
): Backend[] {
  const found = new Map<string, Backend>();
  const portless = new Map<string, Backend>();
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    for (const b of inSlice(slice, port, pods)) {
      if (b.port === undefined) {
        portless.set(b.hop, b);
        continue;
      }
      const before = found.get(b.key);
      if (!before || (!before.endpoint.ready && b.endpoint.ready)) found.set(b.key, b);
    }
  }
  const all = [...found.values()];
  if (portless.size === 0) return all;
  const withPort = new Set(all.map((b) => b.hop));
  for (const b of portless.values()) if (!withPort.has(b.hop)) all.push(b);
  return all;
}

/** What was made of a slice, by the port: most slices and pods are the same objects in the next snapshot. */
const made = new WeakMap<SliceFacts, Map<string, readonly Backend[]>>();

/** The backends of one slice; the same objects again for the same facts. */
function inSlice(
  slice: SliceFacts,
  port: ServicePortFacts | undefined,
  pods: ReadonlyMap<string, PodFacts>,
): readonly Backend[] {
  const of = made.get(slice) ?? new Map<string, readonly Backend[]>();
  made.set(slice, of);
  const name = port ? `${port.name}/${port.protocol}` : '';
  const before = of.get(name) ?? bare(slice, port);
  const same = before.every((b) => b.pod === podOf(b.endpoint, pods));
  const now = same ? before : before.map((b) => withPod(b, podOf(b.endpoint, pods), port));
  of.set(name, now);
  return now;
}

const podOf = ({ target }: EndpointFacts, pods: ReadonlyMap<string, PodFacts>) =>
  target?.kind === 'Pod' ? pods.get(target.name) : undefined;

function withPod(b: Backend, pod: PodFacts | undefined, port: ServicePortFacts | undefined): Backend {
  if (b.pod === pod) return b;
  const { hop, address, port: number, endpoint, slice, key } = b;
  const container = containerHop(pod, number, port);
  const inside = container === undefined ? undefined : { from: hop, to: container };
  return { hop, address, port: number, endpoint, slice, key, pod, inside };
}

/** Before the pods are known. */
function bare(slice: SliceFacts, port: ServicePortFacts | undefined): Backend[] {
  const fitting = port && slice.ports.filter((p) => p.name === port.name && p.protocol === port.protocol);
  const numbers = fitting && fitting.length > 0 ? fitting.map((p) => p.port) : [undefined];
  const all: Backend[] = [];
  for (const endpoint of slice.endpoints) {
    const address = endpoint.addresses[0];
    if (address === undefined) continue;
    const hop = hopOf(endpoint);
    for (const number of numbers)
      all.push({ hop, address, port: number, endpoint, slice: slice.name, key: `${address}:${number}` });
  }
  return all;
}

/** Whether an endpoint can be sent to: without a port only where the Service itself has none (headless). */
const usable = (b: Backend, needsPort: boolean) => b.port !== undefined || !needsPort;
const draining = (b: Backend) => b.endpoint.serving && b.endpoint.terminating;

function reason(b: Backend, needsPort: boolean): string {
  if (!usable(b, needsPort)) return 'no port number';
  if (b.endpoint.terminating) return 'terminating';
  return 'not ready';
}

function result(all: readonly Backend[], chosen: readonly Backend[], why: (b: Backend) => string, even = true): Chosen {
  const leftOut = new Map<string, string>();
  if (chosen.length === all.length) return { chosen, leftOut, even };
  // `chosen` is in the order of `all`.
  let next = 0;
  for (const b of all)
    if (b === chosen[next]) next++;
    else leftOut.set(b.hop, why(b));
  // A pod may be several endpoints, of which one is chosen.
  for (const b of chosen) leftOut.delete(b.hop);
  return { chosen, leftOut, even };
}

/** What cluster DNS answers for a headless Service: the ready ones; nobody falls back to terminating ones. */
export function chooseReady(all: readonly Backend[], needsPort: boolean): Chosen {
  const ready = all.filter((b) => usable(b, needsPort) && b.endpoint.ready);
  return result(all, ready, (b) => reason(b, needsPort));
}

/** Policy `Cluster`: the ready endpoints that the hints allow; without a ready one, those that terminate and still serve. */
export function chooseCluster(all: readonly Backend[], at: AtNode | undefined): Chosen {
  const ready = all.filter((b) => usable(b, true) && b.endpoint.ready);
  if (ready.length === 0) {
    const last = all.filter((b) => usable(b, true) && draining(b));
    return result(all, last, (b) => reason(b, true));
  }
  const byNode = ready.every((b) => b.endpoint.hintNodes.length > 0);
  const byZone = ready.every((b) => b.endpoint.hintZones.length > 0);
  // Hints keep the request on the node, or in the zone, of its client, wherever that is.
  if (!at) return result(all, ready, (b) => reason(b, true), !byNode && !byZone);
  const hinted = (names: (e: EndpointFacts) => readonly string[], mine: string, what: string): Chosen | undefined => {
    const near = ready.filter((b) => names(b.endpoint).includes(mine));
    if (near.length === 0) return undefined;
    const why = (b: Backend) =>
      b.endpoint.ready && usable(b, true) ? `hinted for ${what} ${names(b.endpoint).join(', ')}` : reason(b, true);
    return result(all, near, why);
  };
  return (
    (byNode ? hinted((e) => e.hintNodes, at.name, 'node') : undefined) ??
    (byZone && at.zone !== undefined ? hinted((e) => e.hintZones, at.zone, 'zone') : undefined) ??
    result(all, ready, (b) => reason(b, true))
  );
}

/** Policy `Local`: only endpoints on the node itself, ready ones before those that terminate and still serve. */
export function chooseLocal(all: readonly Backend[], at: AtNode | undefined, policy: string): Chosen {
  if (!at) {
    const ready = all.filter((b) => usable(b, true) && b.endpoint.ready);
    return result(all, ready, (b) => reason(b, true), false);
  }
  const local = all.filter((b) => usable(b, true) && b.endpoint.nodeName === at.name);
  const ready = local.filter((b) => b.endpoint.ready);
  const chosen = ready.length > 0 ? ready : local.filter(draining);
  const why = (b: Backend) =>
    b.endpoint.nodeName === at.name || !b.endpoint.ready
      ? reason(b, true)
      : `on node ${b.endpoint.nodeName ?? 'unknown'} (${policy})`;
  return result(all, chosen, why);
}
