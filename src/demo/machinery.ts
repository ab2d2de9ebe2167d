/** Keeps the cluster in step with its objects: runs the controllers of each namespace in which something was written. */

import { reconcileEndpoints } from './endpoints.ts';
import { tell } from './events.ts';
import {
  DAEMONSETS,
  DEPLOYMENTS,
  KINDS,
  type Kind,
  NODES,
  PODS,
  REPLICASETS,
  SERVICES,
  STATEFULSETS,
} from './kinds.ts';
import { Kubelet } from './kubelet.ts';
import type { Obj, Pod } from './objects.ts';
import { type Change, type Store, timestamp } from './store.ts';
import { controllerOf, Workloads } from './workloads.ts';

const WATCHED = new Set<Kind>([DEPLOYMENTS, REPLICASETS, STATEFULSETS, DAEMONSETS, PODS, SERVICES, NODES]);
/** How long a pod is seen terminating: its program ends at once, the kubelet needs a moment. */
const TERMINATION_MS = 1_000;

/** The control loops and the kubelet. */
export class Machinery {
  readonly kubelet: Kubelet;
  readonly #store: Store;
  readonly #workloads: Workloads;
  readonly #dirty = new Set<string>();
  readonly #leaving = new Map<string, NodeJS.Timeout>();
  readonly #unsubscribe: () => void;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.kubelet = new Kubelet(store);
    this.#workloads = new Workloads(store, (kind, object) => this.remove(kind, object));
    this.#unsubscribe = store.onChange((change) => this.#note(change));
  }

  /** Runs the controllers until nothing is left to do. */
  settle(): void {
    for (let rounds = 0; this.#dirty.size > 0 && rounds < 1_000; rounds++) {
      const namespaces = [...this.#dirty];
      this.#dirty.clear();
      for (const namespace of namespaces) {
        this.#workloads.reconcile(namespace);
        for (const pod of this.#store.list(PODS, namespace)) this.kubelet.look(pod);
        reconcileEndpoints(this.#store, namespace);
      }
    }
  }

  /** Asks an object to go. Pods stay for a moment, terminating; what it owns goes with it. */
  remove(kind: Kind, object: Obj, graceSeconds?: number, orphan = false): void {
    if (kind === (PODS as Kind)) {
      this.#terminate(object as Pod, graceSeconds);
      return;
    }
    this.#store.remove(kind, object);
    for (const k of KINDS) {
      for (const owned of this.#store.list(k, object.metadata.namespace)) {
        if (controllerOf(owned)?.uid !== object.metadata.uid) continue;
        if (!orphan) this.remove(k, owned);
        else {
          const { ownerReferences: _, ...metadata } = owned.metadata;
          this.#store.update(k, { ...owned, metadata });
        }
      }
    }
    if (kind.kind === 'Namespace')
      for (const k of KINDS)
        if (k.namespaced) for (const inside of this.#store.list(k, object.metadata.name)) this.remove(k, inside, 0);
  }

  stop(): void {
    this.#unsubscribe();
    clearImmediate(this.#scheduled);
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    this.kubelet.stop();
  }

  #terminate(pod: Pod, graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const end = () => {
      clearTimeout(this.#leaving.get(uid));
      this.#leaving.delete(uid);
      this.kubelet.forget(pod);
      this.#store.remove(PODS, pod);
    };
    if (graceSeconds === 0 || !pod.spec.nodeName) {
      end();
      return;
    }
    if (deletionTimestamp) return;
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: timestamp(Date.now() + graceSeconds * 1_000),
      deletionGracePeriodSeconds: graceSeconds,
    };
    this.#store.update(PODS, { ...pod, metadata });
    const [container] = pod.spec.containers;
    tell(this.#store, 'kubelet', pod, 'Normal', 'Killing', `Stopping container ${container?.name}`, container?.name);
    this.#leaving.set(uid, setTimeout(end, TERMINATION_MS));
  }

  #note({ kind, before, after }: Change): void {
    if (!WATCHED.has(kind)) return;
    const namespace = (after ?? before)?.metadata.namespace;
    if (namespace !== undefined) this.#dirty.add(namespace);
    // A node concerns every pod that waits for one.
    else
      for (const pod of this.#store.list(PODS)) if (!pod.spec.nodeName) this.#dirty.add(pod.metadata.namespace ?? '');
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.settle();
    });
  }
}
