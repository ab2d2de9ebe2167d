/** A namespace with very many pods behind one Service, for measuring: made cheaply, and no program runs in them. */

import { randomUUID } from 'node:crypto';
import { PODS, REPLICASETS, SERVICES } from './kinds.ts';
import type { Kubelet } from './kubelet.ts';
import type { Pod } from './objects.ts';
import { objectsOf, put } from './seed.ts';
import type { Store } from './store.ts';

const MANIFESTS = (pods: number) => `
apiVersion: v1
kind: Namespace
metadata: { name: big }
---
apiVersion: v1
kind: Service
metadata: { name: big-service, namespace: big, labels: { app: big } }
spec: { clusterIP: 10.96.200.1, selector: { app: big }, ports: [{ name: http, port: 80, targetPort: http }] }
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: big-server, namespace: big, labels: { app: big } }
spec:
  replicas: ${pods}
  selector: { matchLabels: { app: big } }
  template:
    metadata: { labels: { app: big } }
    spec:
      containers: [{ name: api, image: traffic-path/api:v0.1, ports: [{ name: http, containerPort: 8080 }] }]
`;

/** A real pod is about 7 KB of JSON, nearly half of it managedFields. */
const MANAGED = [
  {
    manager: 'kubelet',
    operation: 'Update',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:status': { 'f:conditions': 'x'.repeat(2_900) } },
    subresource: 'status',
  },
];

/** Makes it, all pods Ready, copied from one of the tutorial's. */
export function makeBig(store: Store, kubelet: Kubelet, pods: number, settle: () => void): void {
  const [like] = store.list(PODS, 'shop');
  const [namespace, service, set] = objectsOf(MANIFESTS(pods));
  if (!like || !namespace || !service || !set) return;
  put(store, namespace);
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'big-server',
    uid: randomUUID(),
    controller: true,
    blockOwnerDeletion: true,
  };
  for (let i = 0; i < pods; i++) {
    const ip = `10.244.${1 + Math.floor(i / 250)}.${(i % 250) + 1}`;
    const pod = store.create<Pod>(PODS, {
      ...like,
      metadata: {
        name: `big-server-${String(i).padStart(5, '0')}`,
        namespace: 'big',
        labels: { app: 'big' },
        ownerReferences: [owner],
        ...{ managedFields: MANAGED },
      },
      spec: { ...like.spec, containers: like.spec.containers },
      status: { ...like.status, podIP: ip, podIPs: [{ ip }] },
    });
    kubelet.adopt(pod);
  }
  put(store, { ...set, metadata: { ...set.metadata, uid: owner.uid } });
  put(store, service);
  settle();
  if (!store.get(REPLICASETS, 'big', 'big-server') || !store.get(SERVICES, 'big', 'big-service'))
    throw new Error('the big namespace was not made');
}
