/**
 * One Service's facts, kept current. Starts from the Service, its EndpointSlices and the pods of its selector; what
 * those name is followed too, and dropped when they name it no more. Never all pods of a namespace.
 */
import { isDeepStrictEqual } from 'node:util';
import { eventFromApi, serviceFromApi, sliceFromApi } from '../core/fromApi.ts';
import type { PodFacts } from '../core/podFacts.ts';
import { podFromApi } from '../core/podFromApi.ts';
import type {
  ConnectionFacts,
  EventFacts,
  Known,
  ServiceFacts,
  ServiceName,
  SliceFacts,
  Snapshot,
  WorkloadFacts,
} from '../core/snapshot.ts';
import type { LiveTrace } from './cluster.ts';
import { ClusterError } from './errors.ts';
import { followKind, keep, nothing } from './feeds.ts';
import { laptopFacts } from './laptop.ts';
import { Candidates, Owners } from './owners.ts';
import type { Polled } from './poll.ts';
import { concerning, NamedPods, nearPods, otherServices } from './related.ts';
import type { Shared } from './shared.ts';
import type { Feed, Server } from './watch.ts';

/** Changes come in flocks; a picture shows the flock. */
const SETTLE = 20;
const BETWEEN = 50;
/** So long a snapshot waits for its last lists before it goes out with them unknown. */
const PATIENCE = 2500;
const MOST_EVENTS = 500;
const notYet = { known: false, why: 'This was not read yet.' } as const;
const noService = { known: false, why: 'The Service could not be read, so its pods are not known.' } as const;

/** Follows one Service until disposed. */
export class Live implements LiveTrace {
  snapshot: Snapshot | undefined;
  #server: Server;
  #shared: Shared;
  #facts: ConnectionFacts;
  #of: ServiceName;
  #end = new AbortController();
  #listeners = new Set<(snapshot: Snapshot) => void>();
  #firsts = new Set<() => void>();
  #leave: (() => void)[];
  #scheduled = false;
  #lastEmit = Number.NEGATIVE_INFINITY;
  #impatient: boolean | 'soon' = false;

  #service: Feed<ServiceFacts>;
  #slices: Feed<SliceFacts>;
  #events: Feed<EventFacts>;
  #pods: { readonly selector: string; readonly feed: Feed<PodFacts> } | undefined;
  #named: NamedPods;
  #owners: Owners;
  #candidates: Candidates | undefined;
  #near: Polled<PodFacts> | undefined;
  #nearFor: unknown;
  #others: Polled<ServiceName> | undefined;

  constructor(server: Server, shared: Shared, facts: ConnectionFacts, of: ServiceName) {
    this.#server = server;
    this.#shared = shared;
    this.#facts = facts;
    this.#of = of;
    const { namespace, name } = of;
    const changed = this.#changed;
    this.#leave = [shared.join(changed), server.gate.attach(changed)];
    this.#service = followKind(server, 'Service', { namespace, name }, serviceFromApi, changed);
    const labels = { 'kubernetes.io/service-name': name };
    this.#slices = followKind(server, 'EndpointSlice', { namespace, labels }, sliceFromApi, changed);
    this.#events = followKind(
      server,
      'Event',
      { namespace, fields: 'type=Warning', max: MOST_EVENTS, newest: true },
      eventFromApi,
      changed,
    );
    this.#named = new NamedPods(server, namespace, changed);
    this.#owners = new Owners(server, namespace, changed);
  }

  onChange(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async first(signal?: AbortSignal): Promise<Snapshot> {
    const ended = AbortSignal.any([this.#end.signal, ...(signal ? [signal] : [])]);
    for (;;) {
      if (ended.aborted) throw new ClusterError('cancelled', 'The trace was cancelled.');
      if (this.snapshot) return this.snapshot;
      if (this.#server.gate.down) throw this.#server.gate.down.error;
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#firsts.delete(done);
          ended.removeEventListener('abort', done);
          resolve();
        };
        this.#firsts.add(done);
        ended.addEventListener('abort', done, { once: true });
      });
    }
  }

  dispose(): void {
    this.#end.abort();
    for (const leave of this.#leave) leave();
    for (const feed of [this.#service, this.#slices, this.#events, this.#pods?.feed, this.#near, this.#others])
      feed?.dispose();
    for (const part of [this.#named, this.#owners, this.#candidates]) part?.dispose();
    this.#listeners.clear();
  }

  #changed = (): void => {
    if (this.#scheduled || this.#end.signal.aborted) return;
    this.#scheduled = true;
    const now = this.#server.timing.now();
    void this.#after(Math.max(SETTLE, this.#lastEmit + BETWEEN - now), () => {
      this.#scheduled = false;
      this.#settle();
    });
  };

  async #after(ms: number, act: () => void): Promise<void> {
    try {
      await this.#server.timing.sleep(ms, this.#end.signal);
    } catch {
      return;
    }
    act();
  }

  #settle(): void {
    const { gate } = this.#server;
    const parts = this._read();
    const missing = Object.values(parts).includes(undefined);
    if (missing && !(gate.down && this.snapshot) && this.#impatient !== true) {
      if (this.#impatient === false) {
        this.#impatient = 'soon';
        void this.#after(PATIENCE, () => {
          // Only a server that answers is out of patience's way: one that is away is told by `first()` and `stale`.
          this.#impatient = !gate.down || this.snapshot !== undefined;
          this.#changed();
        });
      }
      if (gate.down) for (const done of [...this.#firsts]) done();
      return;
    }
    if (!missing) this.#impatient = false;
    this.#emit(parts);
  }

  /** Every list as it is now, undefined where it is still being read; starts and stops what follows from the others. */
  private _read() {
    const { namespace } = this.#of;
    const service = this.#service.value;
    const slices = this.#slices.value;
    const own = service?.known ? service.items[0] : undefined;
    const pods = this.#readPods(service, own, slices);
    const unmatched =
      own !== undefined && Object.keys(own.selector).length > 0 && pods?.known === true && pods.items.length === 0;
    const owners = pods && this.#owners.of(pods.known ? pods.items : []);
    // Pods that may not be read have owners that may not be known; templates can still be compared with the selector.
    const guessed = unmatched || (pods?.known === false && own !== undefined);
    const workloads = this.#readWorkloads(guessed, own, pods?.known === false && !guessed ? pods : owners);
    this.#near = this.#toggle(this.#near, unmatched, () => nearPods(this.#server, namespace, this.#changed));
    if (this.#near && this.#nearFor !== own) this.#near.refresh();
    this.#nearFor = own;
    const absent = service?.known === true && !own;
    this.#others = this.#toggle(this.#others, absent, () => otherServices(this.#server, namespace, this.#changed));
    const events = this.#events.value && concerning(this.#events.value, this.#of, pods, workloads);
    return {
      service,
      slices,
      pods,
      workloads,
      nearPods: unmatched ? this.#near?.value : nothing,
      otherServices: absent ? this.#others?.value : nothing,
      events: service && pods && workloads && events,
      ...this.#shared.facts,
    };
  }

  #readPods(
    service: Known<ServiceFacts> | undefined,
    own: ServiceFacts | undefined,
    slices: Known<SliceFacts> | undefined,
  ): Known<PodFacts> | undefined {
    if (!service) return undefined;
    const { namespace } = this.#of;
    const selector =
      own && own.type !== 'ExternalName' && Object.keys(own.selector).length > 0 ? own.selector : undefined;
    const key = JSON.stringify(selector);
    if (this.#pods && this.#pods.selector !== key) {
      this.#pods.feed.dispose();
      this.#pods = undefined;
    }
    if (selector && !this.#pods) {
      const feed = followKind(this.#server, 'Pod', { namespace, labels: selector }, podFromApi, this.#changed);
      this.#pods = { selector: key, feed };
    }
    const selected = selector ? this.#pods?.feed.value : service.known ? nothing : slices?.known ? nothing : noService;
    if (!selected?.known) {
      this.#named.none();
      return selected;
    }
    if (!slices) return undefined;
    const here = new Set(selected.items.map((pod) => pod.name));
    const named = slices.known
      ? slices.items
          .flatMap(({ endpoints }) => endpoints)
          .flatMap(({ target }) => (target?.kind === 'Pod' && target.namespace === namespace ? [target.name] : []))
      : [];
    const more = this.#named.of(named.filter((pod) => !here.has(pod)));
    return more && (more.length === 0 ? selected : { known: true, items: [...selected.items, ...more] });
  }

  #readWorkloads(
    guessed: boolean,
    own: ServiceFacts | undefined,
    otherwise: Known<WorkloadFacts> | undefined,
  ): Known<WorkloadFacts> | undefined {
    if (!guessed || !own) {
      this.#candidates?.dispose();
      this.#candidates = undefined;
      return otherwise;
    }
    this.#candidates ??= new Candidates(this.#server, this.#of.namespace, this.#changed);
    return this.#candidates.near(own.selector, own.name);
  }

  #toggle<T>(feed: Polled<T> | undefined, wanted: boolean, start: () => Polled<T>): Polled<T> | undefined {
    if (wanted) return feed ?? start();
    feed?.dispose();
    return undefined;
  }

  #emit(parts: Parts): void {
    const { gate, timing } = this.#server;
    const before = this.snapshot;
    const part = <T>(now: Known<T> | undefined, last: Known<T> | undefined) => keep(last, now ?? last ?? notYet);
    const trouble = gate.down ?? this.#feeds().find(({ trouble }) => trouble)?.trouble;
    const stale = trouble && { since: new Date(trouble.since).toISOString(), why: trouble.why };
    const snapshot: Snapshot = {
      at: new Date(timing.now()).toISOString(),
      ...(stale ? { stale: isDeepStrictEqual(stale, before?.stale) && before?.stale ? before.stale : stale } : {}),
      connection: this.#connection(before?.connection),
      laptop: laptopFacts(before?.laptop),
      ...this.#of,
      service: part(parts.service, before?.service),
      otherServices: part(parts.otherServices, before?.otherServices),
      slices: part(parts.slices, before?.slices),
      pods: part(parts.pods, before?.pods),
      nearPods: part(parts.nearPods, before?.nearPods),
      workloads: part(parts.workloads, before?.workloads),
      nodes: part(parts.nodes, before?.nodes),
      events: part(parts.events, before?.events),
      kubeProxy: parts.kubeProxy ?? before?.kubeProxy ?? { config: notYet, pods: notYet },
      apiServers: part(parts.apiServers, before?.apiServers),
      dns: parts.dns ?? before?.dns ?? { service: notYet, slices: notYet, domain: 'cluster.local' },
      tunnels: before?.tunnels ?? [],
    };
    if (before && sameFacts(before, snapshot)) return;
    this.#lastEmit = timing.now();
    this.snapshot = snapshot;
    for (const done of [...this.#firsts]) done();
    for (const listener of [...this.#listeners]) listener(snapshot);
  }

  #feeds(): readonly Feed<unknown>[] {
    const own = [this.#service, this.#slices, this.#events, ...(this.#pods ? [this.#pods.feed] : [])];
    return [...own, ...this.#owners.feeds, ...(this.#candidates?.feeds ?? []), ...this.#shared.feeds];
  }

  #connection(before: ConnectionFacts | undefined): ConnectionFacts {
    const { serverVersion } = this.#server.gate;
    if (before && before.serverVersion === serverVersion) return before;
    return serverVersion === undefined ? this.#facts : { ...this.#facts, serverVersion };
  }
}

type Parts = ReturnType<Live['_read']>;

/** All but the time of reading. */
function sameFacts(a: Snapshot, b: Snapshot): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Snapshot>;
  keys.delete('at');
  return [...keys].every((key) => a[key] === b[key]);
}
