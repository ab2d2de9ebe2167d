/** Fills a new demo cluster from its manifests. */

import { parseAllDocuments } from 'yaml';
import { admitted } from './admit.ts';
import { asKind, type Fault, isKind, spoil } from './faults.ts';
import { CONFIGMAPS, groupVersion, KINDS, NAMESPACES, SERVICEACCOUNTS } from './kinds.ts';
import { SHOP, SYSTEM, TUTORIAL } from './manifests.ts';
import type { Obj, Service, Workload } from './objects.ts';
import { type Store, timestamp } from './store.ts';

/** The objects of a multi-document YAML text. */
export const objectsOf = (text: string): Obj[] => parseAllDocuments(text).map((d) => d.toJS() as Obj);

/** Creates an object as if it had been sent. */
export function put(store: Store, object: Obj): void {
  const kind = KINDS.find((k) => k.kind === object.kind && groupVersion(k) === object.apiVersion);
  if (!kind) throw new Error(`the demo cluster has no ${object.apiVersion} ${object.kind}`);
  const made = admitted(store, kind, { ...object, metadata: { ...object.metadata, generation: 1 } }, undefined);
  store.create(kind, made);
  if (kind === NAMESPACES) furnish(store, made.metadata.name);
}

/** What every namespace has. */
export function furnish(store: Store, namespace: string): void {
  const labels = { 'kubernetes.io/metadata.name': namespace };
  const object = store.get(NAMESPACES, undefined, namespace);
  if (object)
    store.update(NAMESPACES, {
      ...object,
      metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } },
      ...{ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    });
  const metadata = { namespace };
  store.create(SERVICEACCOUNTS, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...metadata, name: 'default' },
  });
  const data = { 'ca.crt': '' };
  store.create(CONFIGMAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, name: 'kube-root-ca.crt' },
    data,
  });
}

/** In the order in which addresses are given out: CoreDNS and the shop first, so that the tutorial's pods are .5 and .6. */
export function seed(store: Store, faults: readonly Fault[], settle: () => void): void {
  for (const part of [SYSTEM, SHOP]) {
    for (const object of objectsOf(part)) {
      if (object.kind === 'Node' && isKind(faults)) asKind(object);
      const { conditions } = ((object as { status?: unknown }).status ?? {}) as {
        conditions?: { lastTransitionTime?: string }[];
      };
      for (const condition of conditions ?? []) condition.lastTransitionTime = timestamp(store.now());
      put(store, object);
    }
    settle();
  }
  const [deployment, service] = objectsOf(TUTORIAL) as [Workload, Service];
  for (const fault of faults) spoil(fault, deployment, service);
  put(store, deployment);
  put(store, service);
  settle();
}
