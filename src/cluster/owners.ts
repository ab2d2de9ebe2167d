/**
 * The workloads behind a Service: those that own its pods, followed one by one by name, and, when the selector matches
 * nothing, those that were probably meant.
 */
import { workloadFromApi } from '../core/fromApi.ts';
import type { OwnerFacts, PodFacts } from '../core/podFacts.ts';
import type { Known, Labels, WorkloadFacts } from '../core/snapshot.ts';
import { followKind } from './feeds.ts';
import { groupVersion, resourceOf } from './resources.ts';
import type { Feed, Server } from './watch.ts';

/** Each followed owner is one open request; beyond these, owners are known by name only. */
const MOST_FOLLOWED = 12;
const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
const MOST_READ = 250;
const MOST_NEAR = 20;

/** The chain of owners of some pods. */
export class Owners {
  #server: Server;
  #namespace: string;
  #changed: () => void;
  #feeds = new Map<string, { readonly owner: OwnerFacts; readonly feed: Feed<WorkloadFacts> | undefined }>();
  #named = new Map<string, WorkloadFacts>();

  constructor(server: Server, namespace: string, changed: () => void) {
    this.#server = server;
    this.#namespace = namespace;
    this.#changed = changed;
  }

  /** Follows the owners of these pods and their owners; undefined while one of them is not read yet. */
  of(pods: readonly PodFacts[]): Known<WorkloadFacts> | undefined {
    const wanted = new Map<string, OwnerFacts>();
    const queue = pods.flatMap(({ owner }) => owner ?? []);
    for (let owner = queue.shift(); owner; owner = queue.shift()) {
      const key = `${owner.kind}/${owner.name}`;
      // A static pod's owner is its Node, which is no workload.
      if (wanted.has(key) || owner.kind === 'Node') continue;
      wanted.set(key, owner);
      if (!this.#feeds.has(key)) this.#feeds.set(key, { owner, feed: this.#follow(owner) });
      const value = this.#feeds.get(key)?.feed?.value;
      const above = value?.known ? value.items[0]?.owner : undefined;
      if (above) queue.push(above);
    }
    for (const [key, { feed }] of this.#feeds) {
      if (wanted.has(key)) continue;
      feed?.dispose();
      this.#feeds.delete(key);
    }
    return this.#collect();
  }

  get feeds(): readonly Feed<unknown>[] {
    return [...this.#feeds.values()].flatMap(({ feed }) => feed ?? []);
  }

  dispose(): void {
    for (const { feed } of this.#feeds.values()) feed?.dispose();
    this.#feeds.clear();
  }

  #follow({ kind, name, apiVersion }: OwnerFacts): Feed<WorkloadFacts> | undefined {
    const known = resourceOf(kind, groupVersion(apiVersion).group);
    if (!known || this.feeds.length >= MOST_FOLLOWED) return undefined;
    return followKind(this.#server, kind, { namespace: this.#namespace, name }, workloadFromApi, this.#changed);
  }

  #collect(): Known<WorkloadFacts> | undefined {
    const items: WorkloadFacts[] = [];
    let refused: Known<WorkloadFacts> | undefined;
    let read = this.#feeds.size === 0;
    for (const [key, { owner, feed }] of this.#feeds) {
      if (!feed) items.push(this.#byName(key, owner));
      else if (!feed.value) return undefined;
      else if (feed.value.known) {
        read = true;
        items.push(...feed.value.items);
      } else {
        refused ??= feed.value;
        items.push(this.#byName(key, owner));
      }
    }
    return refused && !read ? refused : { known: true, items };
  }

  #byName(key: string, owner: OwnerFacts): WorkloadFacts {
    const before = this.#named.get(key);
    if (before?.uid === owner.uid) return before;
    const now: WorkloadFacts = { ...owner, namespace: this.#namespace, conditions: [] };
    this.#named.set(key, now);
    return now;
  }
}

/** Workloads of the namespace whose pod template matches a selector, or comes near it. */
export class Candidates {
  #feeds: readonly Feed<WorkloadFacts>[];

  constructor(server: Server, namespace: string, changed: () => void) {
    this.#feeds = KINDS.map((kind) =>
      followKind(server, kind, { namespace, max: MOST_READ }, workloadFromApi, changed),
    );
  }

  get feeds(): readonly Feed<unknown>[] {
    return this.#feeds;
  }

  /** Nearest first; undefined while not read. */
  near(selector: Labels, serviceName: string): Known<WorkloadFacts> | undefined {
    const values = this.#feeds.map(({ value }) => value);
    if (values.includes(undefined)) return undefined;
    const read = values.flatMap((value) => (value?.known ? [value] : []));
    if (read.length === 0) return values[0];
    const ranked = read
      .flatMap(({ items }) => items)
      .map((workload) => ({ workload, rank: nearness(workload, selector, serviceName) }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => b.rank - a.rank || (a.workload.name < b.workload.name ? -1 : 1));
    return { known: true, items: ranked.slice(0, MOST_NEAR).map(({ workload }) => workload) };
  }

  dispose(): void {
    for (const feed of this.#feeds) feed.dispose();
  }
}

/** 0: has nothing to do with the selector. A wrong value of a right key and a right value of a wrong key are both near. */
function nearness({ template, name }: WorkloadFacts, selector: Labels, serviceName: string): number {
  const labels = template?.labels ?? {};
  const values = new Set(Object.values(labels));
  let rank = name === serviceName ? 1 : 0;
  for (const [key, value] of Object.entries(selector)) {
    if (labels[key] === value) rank += 4;
    else if (key in labels) rank += 1;
    else if (values.has(value)) rank += 1;
  }
  return rank;
}
