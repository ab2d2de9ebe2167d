// A process of its own: the demo cluster with 10,000 pods in it, which notes each request and each connection that it gets.
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Access } from '../../src/demo/access.ts';
import { kubeconfigText, makeIdentity } from '../../src/demo/certificate.ts';
import { NAMESPACES, PODS, SERVICES, SLICES } from '../../src/demo/kinds.ts';
import { Machinery } from '../../src/demo/machinery.ts';
import type { EndpointSlice, Pod, Service } from '../../src/demo/objects.ts';
import { seed } from '../../src/demo/seed.ts';
import { ApiServer } from '../../src/demo/server.ts';
import { Store } from '../../src/demo/store.ts';

/** One request as the server saw it; times in milliseconds of this process. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly accept: string;
  readonly start: number;
  end: number;
}

const services = { two: 2, ten: 10, hundred: 100, thousand: 1000, rest: 8888 };
const space = 'big';

const store = new Store();
const machinery = new Machinery(store);
seed(store, [], () => machinery.settle());
machinery.stop(); // From here on nothing reacts: ten thousand pods would each get a program.
store.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } });
const podLike = store.list<Pod>(PODS, 'default')[0];
const serviceLike = store.get<Service>(SERVICES, 'default', 'api-service');
const sliceLike = store.list<EndpointSlice>(SLICES, 'default')[0];
if (!podLike || !serviceLike || !sliceLike) throw new Error('the demo cluster has no api-service');

/** A real pod is about 7 KB, nearly half of it managedFields. */
const managedFields = [{ manager: 'kubelet', operation: 'Update', fieldsV1: { 'f:status': 'x'.repeat(3000) } }];

const since = '2026-01-01T00:00:00Z';
/** The kubelet's word on a pod that is well: the pods of the seed have not been started. */
const status = (ip: string): Pod['status'] => ({
  phase: 'Running',
  podIP: ip,
  podIPs: [{ ip }],
  conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: since,
  })),
  containerStatuses: podLike.spec.containers.map(({ name, image }) => ({
    name,
    image,
    imageID: image,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: since } },
    lastState: {},
  })),
});

let number = 0;
for (const [app, count] of Object.entries(services)) {
  const pods = Array.from({ length: count }, () => {
    const ip = `10.245.${Math.floor(number / 250)}.${(number++ % 250) + 1}`;
    const { uid: _, resourceVersion: __, ...like } = podLike.metadata;
    const metadata = {
      ...like,
      name: `${app}-${number}`,
      namespace: space,
      labels: { app },
      managedFields,
      ownerReferences: [],
    };
    return store.create<Pod>(PODS, {
      ...podLike,
      metadata,
      status: status(ip),
    });
  });
  const ports = serviceLike.spec.ports?.map(({ nodePort: _, ...port }) => port) ?? [];
  const ip = `10.96.9.${Object.keys(services).indexOf(app) + 1}`;
  store.create<Service>(SERVICES, {
    ...serviceLike,
    metadata: { name: app, namespace: space },
    spec: { ...serviceLike.spec, type: 'ClusterIP', ports, selector: { app }, clusterIP: ip, clusterIPs: [ip] },
  });
  for (let first = 0; first < count; first += 100) {
    store.create<EndpointSlice>(SLICES, {
      ...sliceLike,
      metadata: { name: `${app}-${first}`, namespace: space, labels: { 'kubernetes.io/service-name': app } },
      ports: ports.map(({ name = '', port }) => ({ name, port, protocol: 'TCP' })),
      endpoints: pods.slice(first, first + 100).map((pod) => ({
        addresses: [pod.status.podIP ?? ''],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'minikube',
        targetRef: { kind: 'Pod', namespace: space, name: pod.metadata.name, uid: pod.metadata.uid },
      })),
    });
  }
}
for (let i = 0; i < 300; i++) {
  const ip = `10.97.${Math.floor(i / 250)}.${(i % 250) + 1}`;
  store.create<Service>(SERVICES, {
    ...serviceLike,
    metadata: { name: `other-${i}`, namespace: space },
    spec: { ...serviceLike.spec, type: 'ClusterIP', ports: [{ port: 80 }], clusterIP: ip, clusterIPs: [ip] },
  });
}

let seen: Seen[] = [];
let connections = 0;
subscribe('net.server.socket', () => connections++);
subscribe('http.server.request.start', (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const { method = '', url = '', headers } = request;
  const entry = {
    method,
    url,
    accept: String(headers.accept ?? ''),
    start: performance.now(),
    end: Number.POSITIVE_INFINITY,
  };
  seen.push(entry);
  response.once('finish', () => (entry.end = performance.now()));
});

const access = new Access(store);
const identity = await makeIdentity();
const server = new ApiServer({ store, machinery, access, identity });
const port = await server.start();
process.send?.({ kubeconfig: kubeconfigText(`https://127.0.0.1:${port}`, identity.ca, access.token) });
process.on('message', () => {
  process.send?.({ seen: seen.map((each) => ({ ...each })), connections });
  seen = [];
  connections = 0;
});
process.on('disconnect', () => process.exit());
