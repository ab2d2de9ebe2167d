/** Deployments, ReplicaSets, StatefulSets and DaemonSets in their smallest form: they keep the pods that their templates ask for. */

import { createHash, randomBytes } from 'node:crypto';
import { tell } from './events.ts';
import { DAEMONSETS, DEPLOYMENTS, type Kind, NODES, PODS, REPLICASETS, STATEFULSETS } from './kinds.ts';
import type { Condition, Labels, Obj, OwnerReference, Pod, Template, Workload } from './objects.ts';
import { matches } from './select.ts';
import { type Store, timestamp } from './store.ts';

/** The label by which the pods of StatefulSets and DaemonSets tell their template. */
const REVISION = 'controller-revision-hash';
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
/** Five characters, as rand.SafeEncodeString makes them. */
export const suffix = (length = 5): string =>
  [...randomBytes(length)].map((b) => ALPHABET[b % ALPHABET.length]).join('');

/** Whether the pod’s condition Ready is True. */
export const isReady = (pod: Pod): boolean =>
  pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
const alive = (pod: Pod) => !pod.metadata.deletionTimestamp && !['Succeeded', 'Failed'].includes(pod.status.phase);
/** The owner that controls an object. */
export const controllerOf = (object: Obj): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((o) => o.controller);

const ownedBy = (owner: Obj): OwnerReference[] => [
  {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  },
];

/** The same for equal templates, whatever the order of their fields. */
function hashOf(template: Template): string {
  const sorted = (_: string, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  const hash = createHash('sha256').update(JSON.stringify(template, sorted)).digest();
  return [...hash.subarray(0, 10)].map((b) => ALPHABET[b % ALPHABET.length]).join('');
}

/** What an object that is asked to go does before it goes: pods stay a moment, all else is gone. */
export type Remove = (kind: Kind, object: Obj) => void;

/** The controllers of Deployments, ReplicaSets, StatefulSets and DaemonSets. */
export class Workloads {
  readonly #store: Store;
  readonly #remove: Remove;

  constructor(store: Store, remove: Remove) {
    this.#store = store;
    this.#remove = remove;
  }

  /** One round for one namespace; each round's own writes lead to another one, until nothing differs. */
  reconcile(namespace: string): void {
    for (const deployment of this.#store.list(DEPLOYMENTS, namespace)) this.#deployment(deployment);
    for (const set of this.#store.list(REPLICASETS, namespace)) this.#replicaSet(set);
    for (const set of this.#store.list(STATEFULSETS, namespace)) this.#statefulSet(set);
    for (const set of this.#store.list(DAEMONSETS, namespace)) this.#daemonSet(set);
  }

  #deployment(deployment: Workload): void {
    const { namespace = '', name, uid } = deployment.metadata;
    const { template, replicas = 1, selector } = deployment.spec;
    const strategy = (deployment.spec['strategy'] ?? {}) as { type?: string };
    const podHash = hashOf(template);
    const sets = this.#store.list(REPLICASETS, namespace).filter((s) => controllerOf(s)?.uid === uid);
    const labels = { ...template.metadata?.labels, 'pod-template-hash': podHash };
    const current =
      sets.find((s) => s.metadata.labels?.['pod-template-hash'] === podHash) ??
      this.#store.create(REPLICASETS, {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `${name}-${podHash}`,
          namespace,
          labels,
          annotations: { 'deployment.kubernetes.io/revision': String(sets.length + 1) },
          ownerReferences: ownedBy(deployment),
          generation: 1,
        },
        spec: {
          replicas: 0,
          selector: { ...selector, matchLabels: { ...selector.matchLabels, 'pod-template-hash': podHash } },
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
        status: { replicas: 0 },
      });
    const old = sets.filter((s) => s !== current);
    const sum = (list: readonly Workload[], field: string) =>
      list.reduce((n, s) => n + Number(s.status[field] ?? 0), 0);
    const oldReplicas = old.reduce((n, s) => n + (s.spec.replicas ?? 0), 0);
    // maxSurge 25 % rounded up, maxUnavailable 25 % rounded down: the defaults.
    const surge = oldReplicas > 0 ? Math.ceil(replicas / 4) : 0;
    const have = current.spec.replicas ?? 0;
    const room = strategy.type === 'Recreate' && sum(old, 'replicas') > 0 ? 0 : replicas + surge - oldReplicas;
    const next = have > replicas ? replicas : Math.max(have, Math.min(replicas, room));
    this.#scale(deployment, current, next);
    const floor = strategy.type === 'Recreate' ? 0 : replicas - Math.floor(replicas / 4);
    const unready = next - Number(current.status['readyReplicas'] ?? 0);
    let down = Math.max(0, strategy.type === 'Recreate' ? oldReplicas : oldReplicas + next - floor - unready);
    // Those that never got ready go first.
    const missing = (s: Workload) => (s.spec.replicas ?? 0) - Number(s.status['readyReplicas'] ?? 0);
    for (const set of [...old].sort((a, b) => missing(b) - missing(a))) {
      const take = Math.min(down, set.spec.replicas ?? 0);
      this.#scale(deployment, set, (set.spec.replicas ?? 0) - take);
      down -= take;
    }
    const all = [...old, current];
    const ready = sum(all, 'readyReplicas');
    const enough = ready >= floor;
    const complete = sum([current], 'readyReplicas') === replicas && sum(old, 'replicas') === 0;
    this.#status(DEPLOYMENTS, deployment, {
      replicas: sum(all, 'replicas'),
      updatedReplicas: sum([current], 'replicas'),
      readyReplicas: ready,
      availableReplicas: ready,
      unavailableReplicas: Math.max(0, replicas - ready),
      conditions: [
        enough
          ? {
              type: 'Available',
              status: 'True',
              reason: 'MinimumReplicasAvailable',
              message: 'Deployment has minimum availability.',
            }
          : {
              type: 'Available',
              status: 'False',
              reason: 'MinimumReplicasUnavailable',
              message: 'Deployment does not have minimum availability.',
            },
        {
          type: 'Progressing',
          status: 'True',
          reason: complete ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
          message: `ReplicaSet "${current.metadata.name}" ${complete ? 'has successfully progressed' : 'is progressing'}.`,
        },
      ],
    });
  }

  #scale(deployment: Workload, set: Workload, replicas: number): void {
    if (set.spec.replicas === replicas) return;
    const [from, generation] = [set.spec.replicas ?? 0, (set.metadata.generation ?? 0) + 1];
    const says = `Scaled ${replicas > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${replicas}`;
    tell(this.#store, 'deployment-controller', deployment, 'Normal', 'ScalingReplicaSet', says);
    this.#store.update(REPLICASETS, {
      ...set,
      metadata: { ...set.metadata, generation },
      spec: { ...set.spec, replicas },
    });
  }

  /** Pods that are its own; those whose labels were edited away are let go, orphans that match are taken in. */
  #podsOf(set: Workload): Pod[] {
    const mine: Pod[] = [];
    for (const pod of this.#store.list(PODS, set.metadata.namespace)) {
      const owner = controllerOf(pod);
      const fits = matches(set.spec.selector, pod.metadata.labels ?? {});
      if (owner?.uid === set.metadata.uid && !fits) {
        const { ownerReferences: _, ...metadata } = pod.metadata;
        this.#store.update(PODS, { ...pod, metadata });
      } else if (!owner && fits && alive(pod)) {
        mine.push(this.#store.update(PODS, { ...pod, metadata: { ...pod.metadata, ownerReferences: ownedBy(set) } }));
      } else if (owner?.uid === set.metadata.uid) mine.push(pod);
    }
    return mine;
  }

  #replicaSet(given: Workload): void {
    const set = this.#store.get(REPLICASETS, given.metadata.namespace, given.metadata.name);
    if (!set) return;
    const wanted = set.spec.replicas ?? 1;
    const pods = this.#podsOf(set).filter(alive);
    for (let n = pods.length; n < wanted; n++) this.#pod(set, `${set.metadata.name}-${suffix()}`, {});
    const ranked = [...pods].sort(
      (a, b) =>
        Number(isReady(a)) - Number(isReady(b)) ||
        b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
    );
    for (const pod of ranked.slice(0, Math.max(0, pods.length - wanted))) this.#remove(PODS, pod);
    const ready = pods.filter(isReady).length;
    const labelled = { fullyLabeledReplicas: pods.length, availableReplicas: ready };
    this.#status(REPLICASETS, set, { replicas: pods.length, readyReplicas: ready, ...labelled });
  }

  #statefulSet(set: Workload): void {
    const wanted = set.spec.replicas ?? 1;
    const pods = this.#podsOf(set);
    const { name } = set.metadata;
    for (let i = 0; i < wanted; i++) {
      const pod = pods.find((p) => p.metadata.name === `${name}-${i}`);
      const labels = {
        [REVISION]: hashOf(set.spec.template),
        'apps.kubernetes.io/pod-index': String(i),
        'statefulset.kubernetes.io/pod-name': `${name}-${i}`,
      };
      if (!pod)
        this.#pod(set, `${name}-${i}`, labels, { hostname: `${name}-${i}`, subdomain: set.spec.serviceName ?? '' });
      // One at a time, in order, each ready before the next.
      if (!pod || !isReady(pod)) break;
    }
    const living = pods.filter(alive);
    for (const pod of living) if (Number(pod.metadata.name.slice(name.length + 1)) >= wanted) this.#remove(PODS, pod);
    this.#renew(set, [...living].reverse(), wanted);
    const ready = living.filter(isReady).length;
    const count = { replicas: living.length, currentReplicas: living.length, updatedReplicas: living.length };
    this.#status(STATEFULSETS, set, { ...count, readyReplicas: ready, availableReplicas: ready });
  }

  #daemonSet(set: Workload): void {
    const pods = this.#podsOf(set).filter(alive);
    const nodes = this.#store
      .list(NODES)
      .filter((n) =>
        Object.entries(set.spec.template.spec.nodeSelector ?? {}).every(([k, v]) => n.metadata.labels?.[k] === v),
      );
    for (const node of nodes)
      if (!pods.some((p) => p.spec.nodeName === node.metadata.name))
        this.#pod(
          set,
          `${set.metadata.name}-${suffix()}`,
          { [REVISION]: hashOf(set.spec.template) },
          { nodeName: node.metadata.name },
        );
    for (const pod of pods) if (!nodes.some((n) => n.metadata.name === pod.spec.nodeName)) this.#remove(PODS, pod);
    this.#renew(set, pods, nodes.length);
    const ready = pods.filter(isReady).length;
    this.#status(DAEMONSETS, set, {
      currentNumberScheduled: pods.length,
      desiredNumberScheduled: nodes.length,
      numberAvailable: ready,
      numberMisscheduled: 0,
      numberReady: ready,
      updatedNumberScheduled: pods.length,
    });
  }

  /** Replaces pods of an older template, one at a time, while all others are ready. */
  #renew(set: Workload, pods: readonly Pod[], wanted: number): void {
    if (pods.filter(isReady).length < wanted) return;
    const old = pods.find((p) => p.metadata.labels?.[REVISION] !== hashOf(set.spec.template));
    if (old) this.#remove(PODS, old);
  }

  #pod(owner: Workload, name: string, labels: Labels, spec: Partial<Pod['spec']> = {}): void {
    const { namespace = '' } = owner.metadata;
    if (owner.kind === 'ReplicaSet')
      tell(this.#store, 'replicaset-controller', owner, 'Normal', 'SuccessfulCreate', `Created pod: ${name}`);
    this.#store.create(PODS, podFrom(owner.spec.template, name, namespace, labels, ownedBy(owner), spec));
  }

  #status(kind: Kind<Workload>, given: Workload, status: Workload['status']): void {
    const now = this.#store.get(kind, given.metadata.namespace, given.metadata.name);
    if (!now) return;
    const conditions = status.conditions?.map((c) => since(c, now.status.conditions, this.#store.now()));
    const observedGeneration = now.metadata.generation ?? 1;
    this.#store.update(kind, { ...now, status: { observedGeneration, ...status, ...(conditions && { conditions }) } });
  }
}

/** The condition with the time since when it is so. */
export function since(condition: Condition, before: readonly Condition[] | undefined, now: number): Condition {
  const was = before?.find((c) => c.type === condition.type);
  const lastTransitionTime = (was?.status === condition.status && was.lastTransitionTime) || timestamp(now);
  return { ...condition, lastTransitionTime };
}

/** A pod as it is when it was just created from a template. */
export function podFrom(
  template: Template,
  name: string,
  namespace: string,
  labels: Labels,
  ownerReferences: OwnerReference[],
  spec: Partial<Pod['spec']> = {},
) {
  const { annotations } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: name.replace(/[^-]*$/, ''),
      namespace,
      generation: 1,
      labels: { ...template.metadata?.labels, ...labels },
      ...(annotations && { annotations }),
      ownerReferences,
    },
    spec: { ...template.spec, ...spec },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  };
}
