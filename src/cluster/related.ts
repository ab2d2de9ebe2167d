/**
 * What lies around a Service and explains it: pods that only slices name, pods that its selector nearly matches, other
 * Services, events. All bounded.
 */

import type { PodFacts } from '../core/podFacts.ts';
import { podFromApi } from '../core/podFromApi.ts';
import type { EventFacts, Known, ServiceName, WorkloadFacts } from '../core/snapshot.ts';
import { ClusterError } from './errors.ts';
import type { Json } from './list.ts';
import { type Polled, poll } from './poll.ts';
import { pathOf, type Resource, ruleOf } from './resources.ts';
import { listServices, servicesTable } from './services.ts';
import type { Server } from './watch.ts';

const PODS: Resource = { kind: 'Pod', group: '', version: 'v1', resource: 'pods', namespaced: true };
const MOST_NAMED = 50;
const MOST_NEAR = 50;

/** Pods that EndpointSlices name though the selector does not find them: hand-made slices, or a pod that is just gone. */
export class NamedPods {
  #server: Server;
  #namespace: string;
  #changed: () => void;
  #names: readonly string[] = [];
  #read = new Map<string, PodFacts | undefined>();
  #polled: Polled<string> | undefined;

  constructor(server: Server, namespace: string, changed: () => void) {
    this.#server = server;
    this.#namespace = namespace;
    this.#changed = changed;
  }

  /** Those of that name that exist; undefined while one is not read yet. */
  of(names: readonly string[]): readonly PodFacts[] | undefined {
    const wanted = [...new Set(names)].sort().slice(0, MOST_NAMED);
    if (wanted.length === 0) {
      this.none();
      return [];
    }
    if (wanted.join() !== this.#names.join()) {
      this.#names = wanted;
      for (const name of this.#read.keys()) if (!wanted.includes(name)) this.#read.delete(name);
      if (this.#polled) this.#polled.refresh();
      else
        this.#polled = poll(
          this.#server,
          { ask: (signal) => this.#ask(signal), every: 5000, rule: ruleOf(PODS, this.#namespace) },
          this.#changed,
        );
    }
    if (this.#polled?.value?.known === false) return [];
    return wanted.every((name) => this.#read.has(name))
      ? wanted.flatMap((name) => this.#read.get(name) ?? [])
      : undefined;
  }

  /** Forgets them all. */
  none(): void {
    this.#polled?.dispose();
    this.#polled = undefined;
    this.#names = [];
    this.#read.clear();
  }

  dispose(): void {
    this.none();
  }

  /** Gives a text of all that was read, so that a change is noticed. */
  async #ask(signal: AbortSignal): Promise<readonly string[]> {
    const texts: string[] = [];
    for (const name of this.#names) {
      const object = await this.#server.client
        .json<Json>(pathOf(PODS, this.#namespace, name), { signal })
        .catch((error) => {
          if (error instanceof ClusterError && error.kind === 'not-found') return undefined;
          throw error;
        });
      const pod = object && podFromApi(object);
      const text = JSON.stringify(pod) ?? name;
      texts.push(text);
      if (!this.#read.has(name) || JSON.stringify(this.#read.get(name)) !== JSON.stringify(pod))
        this.#read.set(name, pod);
    }
    return texts;
  }
}

/** Some pods of the namespace, to show how near the selector comes to them. */
export function nearPods(server: Server, namespace: string, changed: () => void): Polled<PodFacts> {
  const ask = async (signal: AbortSignal) => {
    const { items } = await server.client.json<{ items?: Json[] }>(pathOf(PODS, namespace), {
      query: { limit: MOST_NEAR },
      signal,
    });
    return (items ?? []).map(podFromApi);
  };
  return poll(server, { ask, every: 5000, rule: ruleOf(PODS, namespace) }, changed);
}

/** Names of all Services that may be listed: of all namespaces, else of this one. */
export function otherServices(server: Server, namespace: string, changed: () => void): Polled<ServiceName> {
  const names = async (where: string | undefined, signal: AbortSignal) =>
    (await listServices(server.client, where, signal)).map(({ namespace, name }) => ({ namespace, name }));
  const ask = async (signal: AbortSignal) => {
    try {
      return await names(undefined, signal);
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'forbidden') return await names(namespace, signal);
      throw error;
    }
  };
  return poll(server, { ask, every: 30_000, rule: servicesTable(namespace).rule }, changed);
}

/** The events about the Service, these pods and these workloads; those about an earlier object of the same name left out. */
export function concerning(
  events: Known<EventFacts>,
  service: ServiceName,
  pods: Known<PodFacts> | undefined,
  workloads: Known<WorkloadFacts> | undefined,
): Known<EventFacts> {
  if (!events.known) return events;
  const uids = new Map([[`Service/${service.name}`, '']]);
  if (pods?.known) for (const { name, uid } of pods.items) uids.set(`Pod/${name}`, uid);
  if (workloads?.known) for (const { kind, name, uid } of workloads.items) uids.set(`${kind}/${name}`, uid);
  return {
    known: true,
    items: events.items.filter(({ kind, name, uid }) => {
      const ours = uids.get(`${kind}/${name}`);
      return ours !== undefined && (ours === '' || uid === '' || ours === uid);
    }),
  };
}
