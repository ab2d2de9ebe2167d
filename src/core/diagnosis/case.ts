/** What all rules look at: the path, and the answers that several rules need, worked out once. */
import type { Evidence, Finding, FindingLevel, TrafficPath } from '../path.ts';
import type { PodFacts } from '../podFacts.ts';
import type { EventFacts, Known, Labels, ServiceFacts, ServicePortFacts, SliceFacts, Snapshot } from '../snapshot.ts';

/** One Service under examination. */
export interface Case {
  readonly path: TrafficPath;
  readonly snapshot: Snapshot;
  readonly service: ServiceFacts;
  /** Events about pods, by the pod's name; empty when they may not be read. */
  readonly podEvents: ReadonlyMap<string, readonly EventFacts[]>;
  /** `shop/web`, as sentences name the Service. */
  readonly name: string;
  /** Pods that carry the selector's labels, whatever their state. */
  readonly selected: Known<PodFacts>;
  /** Of these the ones that ought to serve: neither being deleted nor finished (Succeeded, Failed, Evicted). */
  readonly serving: Known<PodFacts>;
  /** Is any endpoint left that gets traffic, on any port? Undefined when neither slices nor pods may be read. */
  readonly anyReady: boolean | undefined;
}

/** A rule: all the findings of its code in a case. It answers also for what may not be read. */
export type Rule = (c: Case) => readonly Finding[];

/** Prepares a case for a Service that exists. */
export function openCase(path: TrafficPath, service: ServiceFacts): Case {
  const { snapshot } = path;
  const selected = only(snapshot.pods, matcher(service.selector));
  const serving = only(selected, (p) => !p.deletedAt && p.phase !== 'Succeeded' && p.phase !== 'Failed');
  return {
    path,
    snapshot,
    service,
    podEvents: byPod(snapshot.events),
    name: `${service.namespace}/${service.name}`,
    selected,
    serving,
    anyReady: snapshot.slices.known
      ? slicesFor(service, snapshot.slices.items).some((s) =>
          s.endpoints.some((e) => e.ready || (e.serving && e.terminating)),
        )
      : serving.known
        ? serving.items.some(isReady)
        : undefined,
  };
}

/** Has the kubelet found the pod Ready? (All its containers, and its readiness gates.) */
export function isReady(pod: PodFacts): boolean {
  return pod.conditions.some((c) => c.type === 'Ready' && c.status === 'True');
}

/** Does a selector match labels? An empty selector selects nothing: the Service's endpoints are then made by hand. */
export function selects(selector: Labels, labels: Labels): boolean {
  return matcher(selector)({ labels });
}

/** The same for many: the selector is taken apart once. */
function matcher(selector: Labels): (of: { readonly labels: Labels }) => boolean {
  const wanted = Object.entries(selector);
  return ({ labels }) => wanted.length > 0 && wanted.every(([k, v]) => Object.hasOwn(labels, k) && labels[k] === v);
}

/** The slices in the Service's own address families; nobody sends to others, nor to FQDN ones. */
export function slicesFor(service: ServiceFacts, slices: readonly SliceFacts[]): readonly SliceFacts[] {
  const { ipFamilies } = service;
  return slices.filter(
    (s) => s.addressType !== 'FQDN' && (ipFamilies.length === 0 || ipFamilies.includes(s.addressType)),
  );
}

/**
 * Endpoints of one Service port that get new connections: the ready ones; when none is ready, those that are
 * terminating but still serve (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions).
 * A slice port without a number is passed over, as kube-proxy does.
 */
export function endpointsFor(slices: readonly SliceFacts[], port: ServicePortFacts | undefined): number {
  const fit = fitting(slices, port);
  // A dual-stack pod is one endpoint in two slices: it counts once, by its pod.
  const count = (takes: (e: SliceFacts['endpoints'][number]) => boolean) =>
    new Set(
      fit.flatMap((s) =>
        s.endpoints
          .filter((e) => e.addresses.length > 0 && takes(e))
          .map((e) => e.target?.uid || e.target?.name || e.addresses[0]),
      ),
    ).size;
  return count((e) => e.ready) || count((e) => e.serving && e.terminating);
}

/** Whether a Service port has any of these. */
export function hasEndpointFor(slices: readonly SliceFacts[], port: ServicePortFacts | undefined): boolean {
  return fitting(slices, port).some((s) =>
    s.endpoints.some((e) => e.addresses.length > 0 && (e.ready || (e.serving && e.terminating))),
  );
}

function fitting(slices: readonly SliceFacts[], port: ServicePortFacts | undefined): readonly SliceFacts[] {
  return slices.filter(
    (s) =>
      port === undefined ||
      s.ports.some((p) => p.name === port.name && p.protocol === port.protocol && p.port !== undefined),
  );
}

/** `8080/TCP`, as entrances and findings name a port. */
export function portName(port: ServicePortFacts): string {
  return `${port.port}/${port.protocol}`;
}

/** error while no endpoint is left ready; warning while others still answer (FAULTS.md, "Pods and containers"). */
export function levelOfPods(c: Case): FindingLevel {
  return c.anyReady ? 'warning' : 'error';
}

/** Evidence read from an object of the cluster. */
export function evidence(source: string, value: string): Evidence {
  return { vantage: 'objects', source, value };
}

/** Events about a pod. One of the same name that is gone is another pod. */
export function eventsOf(c: Case, pod: PodFacts): readonly EventFacts[] {
  return (c.podEvents.get(pod.name) ?? []).filter((e) => !e.uid || !pod.uid || e.uid === pod.uid);
}

function byPod(events: Known<EventFacts>): ReadonlyMap<string, readonly EventFacts[]> {
  const found = new Map<string, EventFacts[]>();
  for (const e of events.known ? events.items : []) {
    if (e.kind !== 'Pod') continue;
    const of = found.get(e.name);
    if (of) of.push(e);
    else found.set(e.name, [e]);
  }
  return found;
}

const ids = new WeakMap<TrafficPath, ReadonlySet<string>>();

/** Whether the path has a hop of this id; for asking about many of them. */
export function hasHop(path: TrafficPath, id: string): boolean {
  const known = ids.get(path) ?? new Set(path.hops.map((h) => h.id));
  ids.set(path, known);
  return known.has(id);
}

/** The first of the hops that the path has: a fault is drawn at its own place, or else at the nearest one that is drawn. */
export function place(path: TrafficPath, ...wanted: readonly string[]): string {
  return wanted.find((id) => path.hops.some((h) => h.id === id)) ?? path.hops[0]?.id ?? wanted[0] ?? 'service';
}

/** `app=api, tier=web`: labels as kubectl writes them. */
export function inWords(labels: Labels, between = ', '): string {
  return Object.entries(labels)
    .map(([k, v]) => `${k}=${v}`)
    .join(between);
}

/** `a, b and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  if (names.length <= most)
    return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

function only<T>(all: Known<T>, keep: (item: T) => boolean): Known<T> {
  return all.known ? { known: true, items: all.items.filter(keep) } : all;
}
