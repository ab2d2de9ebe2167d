/** The EndpointSlice controller (k8s.io/endpointslice): a Service's selector → slices of at most 100 endpoints. */

import { PODS, SERVICES, SLICES } from './kinds.ts';
import type { Endpoint, EndpointSlice, Pod, Service, ServicePort } from './objects.ts';
import { selects } from './select.ts';
import type { Store } from './store.ts';
import { isReady, suffix } from './workloads.ts';

const PER_SLICE = 100;
const MANAGED = 'endpointslice-controller.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';

/** The number behind a targetPort; undefined when no container of the pod names it. */
export function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const wanted = port.targetPort ?? port.port;
  if (typeof wanted === 'number') return wanted;
  const ports = pod.spec.containers.flatMap((c) => c.ports ?? []);
  return ports.find((p) => p.name === wanted && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))?.containerPort;
}

function endpoint(pod: Pod, service: Service): Endpoint {
  const { name, namespace = '', uid, deletionTimestamp } = pod.metadata;
  const serving = isReady(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !deletionTimestamp);
  return {
    addresses: [pod.status.podIP ?? ''],
    conditions: { ready, serving, terminating: deletionTimestamp !== undefined },
    ...(pod.spec.hostname && pod.spec.subdomain === service.metadata.name && { hostname: pod.spec.hostname }),
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

type Ports = NonNullable<EndpointSlice['ports']>;

function portsFor(service: Service, pod: Pod): Ports {
  return (service.spec.ports ?? []).flatMap((p) => {
    const port = targetPort(p, pod);
    // A name that the pod does not have is left out: the endpoint stays, without that port.
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = p;
    return [{ name, port, protocol, ...(appProtocol && { appProtocol }) }];
  });
}

/** One round for one namespace. */
export function reconcileEndpoints(store: Store, namespace: string): void {
  const slices = store
    .list(SLICES, namespace)
    .filter((s) => s.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === MANAGED);
  const pods = store
    .list(PODS, namespace)
    .filter((p) => p.status.podIP && !['Succeeded', 'Failed'].includes(p.status.phase));
  const services = store.list(SERVICES, namespace);
  for (const service of services) {
    const own = slices.filter((s) => s.metadata.labels?.[SERVICE_NAME] === service.metadata.name);
    const selecting = service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0;
    if (!selecting) {
      for (const slice of own) store.remove(SLICES, slice);
      continue;
    }
    const groups = new Map<string, { ports: Ports; endpoints: Endpoint[] }>();
    for (const pod of pods.filter((p) => selects(service.spec.selector, p.metadata.labels))) {
      const ports = portsFor(service, pod);
      const key = JSON.stringify(ports);
      const group = groups.get(key) ?? { ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpoint(pod, service));
    }
    const wanted = [...groups.values()].flatMap(({ ports, endpoints }) =>
      Array.from({ length: Math.ceil(endpoints.length / PER_SLICE) }, (_, i) => ({
        ports,
        endpoints: endpoints.slice(i * PER_SLICE, (i + 1) * PER_SLICE),
      })),
    );
    // A Service without endpoints keeps one empty slice.
    if (wanted.length === 0) wanted.push({ ports: [], endpoints: [] });
    wanted.forEach((slice, i) => {
      write(store, service, own[i], slice);
    });
    for (const slice of own.slice(wanted.length)) store.remove(SLICES, slice);
  }
  const names = new Set(services.map((s) => s.metadata.name));
  for (const slice of slices) if (!names.has(slice.metadata.labels?.[SERVICE_NAME] ?? '')) store.remove(SLICES, slice);
}

function write(
  store: Store,
  service: Service,
  own: EndpointSlice | undefined,
  wanted: { ports: Ports; endpoints: Endpoint[] },
): void {
  const ports = wanted.ports.length > 0 ? wanted.ports : null;
  const endpoints = wanted.endpoints.length > 0 ? wanted.endpoints : null;
  const { name, namespace = '', uid } = service.metadata;
  const labels = {
    ...service.metadata.labels,
    'endpointslice.kubernetes.io/managed-by': MANAGED,
    [SERVICE_NAME]: name,
    ...(service.spec.clusterIP === 'None' && { 'service.kubernetes.io/headless': '' }),
  };
  if (own) {
    const generation = (own.metadata.generation ?? 0) + 1;
    const same =
      JSON.stringify([own.ports, own.endpoints, own.metadata.labels]) === JSON.stringify([ports, endpoints, labels]);
    if (!same) store.update(SLICES, { ...own, metadata: { ...own.metadata, generation, labels }, ports, endpoints });
    return;
  }
  store.create(SLICES, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${suffix()}`,
      generateName: `${name}-`,
      namespace,
      generation: 1,
      labels,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: 'IPv4',
    endpoints,
    ports,
  });
}
