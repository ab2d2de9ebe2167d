/** What is in the demo cluster when it starts: a minikube, the tutorial's application, and a small shop beside it. */

import {
  CLUSTERROLES,
  CONFIGMAPS,
  DAEMONSETS,
  DEPLOYMENTS,
  NAMESPACES,
  NODES,
  PODS,
  SERVICEACCOUNTS,
  SERVICES,
  SLICES,
  STATEFULSETS,
} from './kinds.ts';
import type { Labels, Obj, Pod, Service, Workload } from './objects.ts';
import type { Store } from './store.ts';

export const KUBERNETES_VERSION = 'v1.37.2';
const NODE = '192.168.49.2';

const COREFILE = `.:53 {
    log
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    hosts {
       192.168.49.1 host.minikube.internal
       fallthrough
    }
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

const PROXY_CONFIG = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clusterCIDR: 10.244.0.0/16
kind: KubeProxyConfiguration
metricsBindAddress: 0.0.0.0:10249
mode: iptables
nodePortAddresses: null
portRange: ""
`;

/** The tutorial's two objects, which a fault may have changed before they are made. */
export interface Tutorial {
  readonly deployment: Pick<Workload, 'apiVersion' | 'kind' | 'metadata' | 'spec' | 'status'>;
  /** Absent: it was never made. */
  service?: Pick<Service, 'apiVersion' | 'kind' | 'metadata' | 'spec' | 'status'>;
}

type Named = { name: string; namespace?: string; labels?: Labels };
const meta = (m: Named) => m as Obj['metadata'];

/** A Service with all that the API server fills in. */
export function service(m: Named, spec: Service['spec'], ip?: string): Service {
  const addressed = ip ? { clusterIP: ip, clusterIPs: [ip], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' } : {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(m),
    spec: { internalTrafficPolicy: 'Cluster', sessionAffinity: 'None', type: 'ClusterIP', ...addressed, ...spec },
    status: { loadBalancer: {} },
  };
}

function workload(kind: string, m: Named, replicas: number | undefined, labels: Labels, spec: Pod['spec']): Workload {
  const [first] = Object.entries(labels);
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { ...meta(m), generation: 1 },
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: Object.fromEntries(first ? [first] : []) },
      template: { metadata: { labels }, spec: { ...PODSPEC, ...spec } },
    },
    status: {},
  };
}

const PODSPEC = {
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
} as const;
const CONTAINER = {
  imagePullPolicy: 'IfNotPresent',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
} as const;

/** Deployment api-server and Service api-service as the tutorial has them. */
export function tutorial(): Tutorial {
  const deployment = workload(
    'Deployment',
    { name: 'api-server', namespace: 'default', labels: { app: 'api' } },
    2,
    { app: 'api', version: 'v0.1' },
    {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          ...CONTAINER,
          name: 'api',
          image: 'traffic-path/api:v0.1',
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          readinessProbe: {
            httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' },
            periodSeconds: 1,
            failureThreshold: 2,
            successThreshold: 1,
            timeoutSeconds: 1,
          },
        },
      ],
    },
  );
  deployment.spec['strategy'] = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };
  deployment.spec['revisionHistoryLimit'] = 10;
  deployment.spec['progressDeadlineSeconds'] = 600;
  const ports = [{ name: 'http', protocol: 'TCP', port: 8080, targetPort: 8080, nodePort: 30080 }];
  const spec = { type: 'NodePort', externalTrafficPolicy: 'Cluster', selector: { app: 'api' }, ports };
  return {
    deployment,
    service: service({ name: 'api-service', namespace: 'default', labels: { app: 'api' } }, spec, '10.96.123.45'),
  };
}

/** Creates it all, in the order in which addresses are given out: CoreDNS and the shop first, then .5 and .6. */
export function seed(store: Store, { deployment, service: apiService }: Tutorial, settle: () => void): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'shop']) namespace(store, name);
  node(store);
  system(store);
  settle();
  shop(store);
  settle();
  store.create(DEPLOYMENTS, deployment as Workload);
  if (apiService) store.create(SERVICES, apiService as Service);
  settle();
}

/** A namespace with what every namespace has. */
export function namespace(store: Store, name: string): void {
  if (!store.get(NAMESPACES, undefined, name)) {
    const labels = { 'kubernetes.io/metadata.name': name };
    const object = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
    store.create(NAMESPACES, object);
  }
  store.create(SERVICEACCOUNTS, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: name },
  });
  const ca = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt', namespace: name },
    data: { 'ca.crt': '' },
  };
  store.create(CONFIGMAPS, ca);
}

function node(store: Store): void {
  const ok = (type: string, reason: string, message: string, status = 'False') => ({
    type,
    status,
    reason,
    message,
    lastTransitionTime: new Date(store.now()).toISOString().replace(/\.\d+/, ''),
  });
  store.create(NODES, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'minikube',
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': 'minikube',
        'kubernetes.io/os': 'linux',
        'minikube.k8s.io/commit': '0000000000000000000000000000000000000000',
        'minikube.k8s.io/name': 'minikube',
        'minikube.k8s.io/primary': 'true',
        'minikube.k8s.io/version': 'v1.37.0',
        'node-role.kubernetes.io/control-plane': '',
        'node.kubernetes.io/exclude-from-external-load-balancers': '',
      },
    },
    spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
    status: {
      addresses: [
        { type: 'InternalIP', address: NODE },
        { type: 'Hostname', address: 'minikube' },
      ],
      allocatable: { cpu: '2', memory: '4015880Ki', pods: '110', 'ephemeral-storage': '61202244Ki' },
      capacity: { cpu: '2', memory: '4015880Ki', pods: '110', 'ephemeral-storage': '61202244Ki' },
      conditions: [
        ok('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        ok('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        ok('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        ok('Ready', 'KubeletReady', 'kubelet is posting ready status', 'True'),
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: '00000000-0000-0000-0000-000000000000',
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: '6.8.0-45-generic',
        kubeProxyVersion: '',
        kubeletVersion: KUBERNETES_VERSION,
        machineID: '00000000000000000000000000000000',
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        systemUUID: '00000000-0000-0000-0000-000000000000',
      },
    },
  });
}

function system(store: Store): void {
  const namespace = 'kube-system';
  store.create(CONFIGMAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'coredns', namespace },
    data: { Corefile: COREFILE },
  });
  store.create(CONFIGMAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-proxy', namespace, labels: { app: 'kube-proxy' } },
    data: { 'config.conf': PROXY_CONFIG },
  });
  store.create(CLUSTERROLES, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'cluster-admin' },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  });
  const images: [string, string][] = [
    ['etcd', 'etcd:3.6.4-0'],
    ['kube-apiserver', `kube-apiserver:${KUBERNETES_VERSION}`],
    ['kube-controller-manager', `kube-controller-manager:${KUBERNETES_VERSION}`],
    ['kube-scheduler', `kube-scheduler:${KUBERNETES_VERSION}`],
  ];
  const pod = (name: string, labels: Labels, container: string, image: string) =>
    store.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: {
        ...PODSPEC,
        containers: [{ ...CONTAINER, name: container, image }],
        hostNetwork: true,
        nodeName: 'minikube',
      },
      status: { phase: 'Pending', qosClass: 'Burstable' },
    });
  for (const [name, image] of images)
    pod(`${name}-minikube`, { component: name, tier: 'control-plane' }, name, `registry.k8s.io/${image}`);
  pod(
    'storage-provisioner',
    { 'addonmanager.kubernetes.io/mode': 'Reconcile', 'integration-test': 'storage-provisioner' },
    'storage-provisioner',
    'gcr.io/k8s-minikube/storage-provisioner:v5',
  );
  store.create(
    DAEMONSETS,
    workload(
      'DaemonSet',
      { name: 'kube-proxy', namespace, labels: { 'k8s-app': 'kube-proxy' } },
      undefined,
      { 'k8s-app': 'kube-proxy' },
      {
        hostNetwork: true,
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        containers: [{ ...CONTAINER, name: 'kube-proxy', image: `registry.k8s.io/kube-proxy:${KUBERNETES_VERSION}` }],
      },
    ),
  );
  store.create(
    DEPLOYMENTS,
    workload(
      'Deployment',
      { name: 'coredns', namespace, labels: { 'k8s-app': 'kube-dns' } },
      1,
      { 'k8s-app': 'kube-dns' },
      {
        containers: [
          {
            ...CONTAINER,
            name: 'coredns',
            image: 'registry.k8s.io/coredns/coredns:v1.15.0',
            ports: [
              { name: 'dns', containerPort: 53, protocol: 'UDP' },
              { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
              { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
            ],
          },
        ],
      },
    ),
  );
  store.create(
    SERVICES,
    service(
      {
        name: 'kube-dns',
        namespace,
        labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
      },
      {
        selector: { 'k8s-app': 'kube-dns' },
        ports: [
          { name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 },
          { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 53 },
          { name: 'metrics', protocol: 'TCP', port: 9153, targetPort: 9153 },
        ],
      },
      '10.96.0.10',
    ),
  );
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  store.create(
    SERVICES,
    service(
      { name: 'kubernetes', namespace: 'default', labels },
      { ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 8443 }] },
      '10.96.0.1',
    ),
  );
  store.create(SLICES, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [NODE], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 8443, protocol: 'TCP' }],
  });
}

function shop(store: Store): void {
  const namespace = 'shop';
  const labels = { 'app.kubernetes.io/name': 'cart' };
  const set = workload('StatefulSet', { name: 'cart', namespace, labels }, 2, labels, {
    containers: [
      {
        ...CONTAINER,
        name: 'cart',
        image: 'traffic-path/api:v0.1',
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      },
    ],
  });
  set.spec.serviceName = 'cart';
  store.create(STATEFULSETS, set);
  const headless = { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
  store.create(
    SERVICES,
    service(
      { name: 'cart', namespace, labels },
      { ...headless, selector: labels, ports: [{ name: 'http', protocol: 'TCP', port: 8080, targetPort: 'http' }] },
    ),
  );
  const payments = { type: 'ExternalName', externalName: 'payments.example.com', sessionAffinity: 'None' };
  store.create(SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'payments', namespace },
    spec: payments,
    status: { loadBalancer: {} },
  });
}
