/**
 * Every object of the demo cluster, and the recent changes, so that a watch can begin where a list ended. Objects are
 * never changed in place: each write stores a new one, so readers may keep what they were given.
 */

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Kind } from './kinds.ts';
import type { Obj } from './objects.ts';

/** One write, as a watch tells it. `before` is absent for a creation, `after` for a removal. */
export interface Change {
  readonly revision: number;
  readonly kind: Kind;
  readonly before?: Obj;
  readonly after?: Obj;
}

type Draft<T extends Obj> = Omit<T, 'metadata'> & { metadata: Partial<T['metadata']> & { name: string } };

const KEPT_CHANGES = 2_000;

const key = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;
/** The moment, in the API's form: whole seconds. */
export const timestamp = (at = Date.now()): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** All objects of the cluster, with the history that watches need. */
export class Store {
  #revision = 1;
  /** While the demo starts: the moment at which all of it is said to have happened. */
  asOf: number | undefined;
  readonly #objects = new Map<Kind, Map<string, Obj>>();
  readonly #sorted = new Map<Kind, string[]>();
  #changes: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();

  get revision(): number {
    return this.#revision;
  }

  get<T extends Obj>(kind: Kind<T>, namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(kind)?.get(key(kind.namespaced ? namespace : undefined, name)) as T | undefined;
  }

  now(): number {
    return this.asOf ?? Date.now();
  }

  /** Ordered by namespace and name, as etcd has them. */
  list<T extends Obj>(kind: Kind<T>, namespace?: string): T[] {
    const objects = this.#objects.get(kind);
    if (!objects) return [];
    let keys = this.#sorted.get(kind);
    if (!keys) {
      keys = [...objects.keys()].sort();
      this.#sorted.set(kind, keys);
    }
    const wanted = namespace === undefined ? keys : keys.filter((k) => k.startsWith(`${namespace}/`));
    return wanted.map((k) => objects.get(k) as T);
  }

  /** Creates it: uid, creationTimestamp and resourceVersion are given here. */
  create<T extends Obj>(kind: Kind<T>, draft: Draft<T>): T {
    const metadata = { uid: randomUUID(), creationTimestamp: timestamp(this.now()), ...draft.metadata };
    return this.#write(kind, undefined, { ...draft, metadata } as unknown as T);
  }

  /** Replaces it, when it is still there and when anything differs. */
  update<T extends Obj>(kind: Kind<T>, next: T): T {
    const before = this.get(kind, next.metadata.namespace, next.metadata.name);
    if (!before) return next;
    const { resourceVersion } = before.metadata;
    const same = isDeepStrictEqual(before, { ...next, metadata: { ...next.metadata, resourceVersion } });
    return same ? before : this.#write(kind, before, next);
  }

  remove(kind: Kind, object: Obj): void {
    const { namespace, name } = object.metadata;
    const before = this.get(kind, namespace, name);
    if (!before) return;
    this.#objects.get(kind)?.delete(key(namespace, name));
    this.#sorted.delete(kind);
    this.#tell({ revision: ++this.#revision, kind, before });
  }

  /** Changes after a revision; undefined when some of them are forgotten (the API's 410). */
  since(revision: number): readonly Change[] | undefined {
    const oldest = this.#changes[0]?.revision ?? this.#revision + 1;
    if (revision + 1 < oldest && revision < this.#revision) return undefined;
    return this.#changes.filter((c) => c.revision > revision);
  }

  /** Forgets all changes, and goes on elsewhere, as a restored etcd does: a watch from an earlier revision meets 410. */
  compact(): void {
    this.#changes = [];
    this.#revision += 1_000_000;
  }

  /** Calls back after each write. Returns the unsubscriber. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #write<T extends Obj>(kind: Kind<T>, before: T | undefined, next: T): T {
    const revision = ++this.#revision;
    const after = { ...next, metadata: { ...next.metadata, resourceVersion: String(revision) } };
    let objects = this.#objects.get(kind);
    if (!objects) {
      objects = new Map();
      this.#objects.set(kind, objects);
    }
    objects.set(key(after.metadata.namespace, after.metadata.name), after);
    if (!before) this.#sorted.delete(kind);
    this.#tell({ revision, kind, ...(before && { before }), after });
    return after;
  }

  #tell(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length > KEPT_CHANGES * 2) this.#changes = this.#changes.slice(-KEPT_CHANGES);
    for (const listener of this.#listeners) listener(change);
  }
}
