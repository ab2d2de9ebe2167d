/** Small makers of Kubernetes objects, and the tutorial's cluster made with them. Tests change the one field they are about. */
import type { Obj } from './build.ts';

/** A Service of `default` with selector app=api; `spec` is laid over it. */
export function service(name: string, spec: Obj = {}, status: Obj = {}): Obj {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: '2025-12-31T00:00:00Z' },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.123.45',
      clusterIPs: ['10.96.123.45'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      selector: { app: 'api' },
      ports: [{ protocol: 'TCP', port: 8080, targetPort: 8080 }],
      ...spec,
    },
    status: { loadBalancer: {}, ...status },
  };
}

/** A running, ready pod of `default` with one container `api` on 8080; `over.spec`, `over.status` are laid over it. */
export function pod(
  name: string,
  ip: string,
  over: { labels?: Obj; node?: string; namespace?: string; spec?: Obj; status?: Obj; ready?: boolean } = {},
): Obj {
  const ready = over.ready ?? true;
  const condition = (type: string, ok: boolean) => ({
    type,
    status: ok ? 'True' : 'False',
    lastTransitionTime: '2025-12-31T23:00:00Z',
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: over.namespace ?? 'default',
      uid: `uid-${name}`,
      labels: over.labels ?? { app: 'api', version: 'v0.1' },
      creationTimestamp: '2025-12-31T22:00:00Z',
    },
    spec: {
      nodeName: over.node ?? 'minikube',
      containers: [
        {
          name: 'api',
          image: 'traffic-path/api:v0.1',
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
        },
      ],
      ...over.spec,
    },
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      hostIP: '192.168.49.2',
      hostIPs: [{ ip: '192.168.49.2' }],
      conditions: [condition('PodScheduled', true), condition('ContainersReady', ready), condition('Ready', ready)],
      containerStatuses: [
        {
          name: 'api',
          ready,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: '2025-12-31T22:00:10Z' } },
        },
      ],
      ...over.status,
    },
  };
}

/** One endpoint of a slice; conditions, zone, hints and the like in `over`. */
export function endpoint(ip: string, podName?: string, over: Obj = {}): Obj {
  return {
    addresses: [ip],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: 'minikube',
    ...(podName ? { targetRef: { kind: 'Pod', namespace: 'default', name: podName, uid: `uid-${podName}` } } : {}),
    ...over,
  };
}

/** An EndpointSlice that carries the Service's name. */
export function slice(serviceName: string, endpoints: readonly Obj[], over: Obj = {}): Obj {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${serviceName}-${String(over['suffix'] ?? 'abcde')}`,
      namespace: 'default',
      labels: {
        'kubernetes.io/service-name': serviceName,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints,
    ...over,
  };
}

/** A Ready node. */
export function node(
  name: string,
  ip: string,
  over: { labels?: Obj; spec?: Obj; addresses?: Obj[]; ready?: boolean } = {},
): Obj {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...over.labels } },
    spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'], ...over.spec },
    status: {
      addresses: over.addresses ?? [
        { type: 'InternalIP', address: ip },
        { type: 'Hostname', address: name },
      ],
      conditions: [{ type: 'Ready', status: over.ready === false ? 'False' : 'True', reason: 'KubeletReady' }],
      nodeInfo: {
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        kernelVersion: '6.1.0',
        kubeletVersion: 'v1.37.2',
        containerRuntimeVersion: 'containerd://2.1.0',
        architecture: 'amd64',
      },
    },
  };
}

/** kube-proxy's ConfigMap, as kubeadm writes it, and its pod on each of the nodes. */
export function kubeProxy(mode: string, nodes: readonly string[] = ['minikube']): Obj[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-proxy', namespace: 'kube-system' },
      data: {
        'config.conf': `kind: KubeProxyConfiguration\nmode: "${mode}"\nclusterCIDR: 10.244.0.0/16\nnodePortAddresses: null\n`,
      },
    },
    ...nodes.map((n) =>
      pod(`kube-proxy-${n}`, '192.168.49.2', {
        namespace: 'kube-system',
        node: n,
        labels: { 'k8s-app': 'kube-proxy' },
      }),
    ),
  ];
}

/** minikube's node, with its labels. */
export const minikubeNode = (): Obj =>
  node('minikube', '192.168.49.2', {
    labels: {
      'minikube.k8s.io/name': 'minikube',
      'minikube.k8s.io/primary': 'true',
      'node-role.kubernetes.io/control-plane': '',
    },
  });

/** The tutorial's cluster: api-service 8080 → 30080 and its two pods on the node minikube. */
export function tutorial(spec: Obj = {}): Obj[] {
  return [
    service('api-service', {
      type: 'NodePort',
      ports: [{ protocol: 'TCP', port: 8080, targetPort: 8080, nodePort: 30080 }],
      externalTrafficPolicy: 'Cluster',
      ...spec,
    }),
    slice('api-service', [endpoint('10.244.0.5', 'api-server-a'), endpoint('10.244.0.6', 'api-server-b')]),
    pod('api-server-a', '10.244.0.5'),
    pod('api-server-b', '10.244.0.6'),
    minikubeNode(),
    ...kubeProxy(''),
  ];
}
