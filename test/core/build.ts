/**
 * Kubernetes objects → Snapshot, for tests: keeps of them what the reader of a real cluster would keep, so that a
 * scenario can be written as the YAML that `kubectl get -o yaml` prints.
 */
import { parseAllDocuments } from 'yaml';
import {
  apiServerFromApi,
  eventFromApi,
  nodeFromApi,
  serviceFromApi,
  sliceFromApi,
  workloadFromApi,
} from '../../src/core/fromApi.ts';
import { podFromApi } from '../../src/core/podFromApi.ts';
import type { AccessRule, Known, Labels, Snapshot } from '../../src/core/snapshot.ts';

/** A Kubernetes object as YAML or JSON has it. */
export type Obj = Record<string, unknown>;

/** What a token without the rule cannot read. */
export type Forbidden =
  | 'services'
  | 'endpointslices'
  | 'pods'
  | 'workloads'
  | 'nodes'
  | 'events'
  | 'kube-proxy'
  | 'dns';

export interface Build {
  readonly objects: readonly Obj[];
  /** Default: the first Service among the objects that is not in kube-system. */
  readonly namespace?: string;
  readonly name?: string;
  readonly forbidden?: readonly Forbidden[];
  readonly at?: string;
  readonly connection?: Partial<Snapshot['connection']>;
  readonly laptop?: Partial<Snapshot['laptop']>;
  readonly tunnels?: Snapshot['tunnels'];
  readonly stale?: Snapshot['stale'];
}

/** The time at which every test's facts were read. */
export const at = '2026-01-01T00:00:00Z';

/** All objects of a multi-document YAML text; `List`s are opened. */
export function objectsOf(yaml: string): Obj[] {
  return parseAllDocuments(yaml)
    .map((d) => d.toJS() as Obj | null)
    .filter((o): o is Obj => o !== null)
    .flatMap((o) => (Array.isArray(o['items']) ? (o['items'] as Obj[]) : [o]));
}

/** The snapshot that the reader would make of a cluster that holds just these objects. */
export function snapshot(build: Build): Snapshot {
  const { objects } = build;
  const ofKind = (kind: string) => objects.filter((o) => o['kind'] === kind);
  const meta = (o: Obj) => (o['metadata'] ?? {}) as { name?: string; namespace?: string; labels?: Labels };
  const namespaceOf = (o: Obj) => meta(o).namespace ?? 'default';
  const within = <T>(what: Forbidden, rule: AccessRule, items: readonly T[]): Known<T> =>
    build.forbidden?.includes(what)
      ? { known: false, why: `forbidden: needs ${rule.verbs.join(', ')} ${rule.resource}`, needs: rule }
      : { known: true, items };
  const rule = (apiGroup: string, resource: string, inNamespace?: string, verb = 'list'): AccessRule => ({
    apiGroup,
    resource,
    verbs: [verb],
    ...(inNamespace === undefined ? {} : { namespace: inNamespace }),
  });

  const first = ofKind('Service').find((o) => namespaceOf(o) !== 'kube-system') ?? {};
  const namespace = build.namespace ?? namespaceOf(first);
  const name = build.name ?? meta(first).name ?? '';
  const slicesOf = (ns: string, service: string) =>
    ofKind('EndpointSlice')
      .filter((o) => namespaceOf(o) === ns && meta(o).labels?.['kubernetes.io/service-name'] === service)
      .map(sliceFromApi);
  const servicesNamed = (ns: string, service: string) =>
    ofKind('Service')
      .map(serviceFromApi)
      .filter((s) => s.namespace === ns && s.name === service);

  const service = servicesNamed(namespace, name)[0];
  const slices = slicesOf(namespace, name);
  const inNamespace = ofKind('Pod')
    .map(podFromApi)
    .filter((p) => p.namespace === namespace);
  const targets = new Set(slices.flatMap((s) => s.endpoints.map((e) => e.target?.name)));
  const wanted = Object.entries(service?.selector ?? {});
  const selected = (labels: Labels) => wanted.length > 0 && wanted.every(([k, v]) => labels[k] === v);
  const pods = inNamespace.filter((p) => selected(p.labels) || targets.has(p.name));
  const workloads = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job']
    .flatMap((kind) => ofKind(kind).map(workloadFromApi))
    .filter((w) => w.namespace === namespace);
  const about = new Set([name, ...pods.map((p) => p.name), ...workloads.map((w) => w.name)]);
  const configMap = ofKind('ConfigMap').find((o) => namespaceOf(o) === 'kube-system' && meta(o).name === 'kube-proxy');

  return {
    at: build.at ?? at,
    ...(build.stale ? { stale: build.stale } : {}),
    connection: {
      context: 'test',
      cluster: 'test',
      server: 'https://127.0.0.1:6443',
      user: 'test',
      kubeconfig: '/home/you/.kube/config',
      extensions: [],
      insecureSkipTlsVerify: false,
      ...build.connection,
    },
    laptop: {
      platform: 'linux',
      wsl: false,
      addresses: [{ interface: 'eth0', cidr: '192.168.1.20/24' }],
      ...build.laptop,
    },
    namespace,
    name,
    service: within('services', rule('', 'services', namespace, 'get'), service ? [service] : []),
    otherServices: within(
      'services',
      rule('', 'services'),
      service ? [] : ofKind('Service').map((o) => ({ namespace: namespaceOf(o), name: meta(o).name ?? '' })),
    ),
    slices: within('endpointslices', rule('discovery.k8s.io', 'endpointslices', namespace), slices),
    pods: within('pods', rule('', 'pods', namespace), pods),
    nearPods: within(
      'pods',
      rule('', 'pods', namespace),
      wanted.length > 0 && !inNamespace.some((p) => selected(p.labels)) ? inNamespace.slice(0, 50) : [],
    ),
    workloads: within('workloads', rule('apps', 'deployments', namespace), workloads),
    nodes: within('nodes', rule('', 'nodes'), ofKind('Node').map(nodeFromApi)),
    events: within(
      'events',
      rule('', 'events', namespace),
      ofKind('Event')
        .map(eventFromApi)
        .filter((e) => e.namespace === namespace && about.has(e.name)),
    ),
    kubeProxy: {
      config: within(
        'kube-proxy',
        rule('', 'configmaps', 'kube-system', 'get'),
        configMap ? [proxyConfig(configMap)] : [],
      ),
      pods: within(
        'kube-proxy',
        rule('', 'pods', 'kube-system'),
        ofKind('Pod')
          .map(podFromApi)
          .filter((p) => p.namespace === 'kube-system' && p.labels['k8s-app'] === 'kube-proxy'),
      ),
    },
    apiServers: within(
      'kube-proxy',
      rule('', 'pods', 'kube-system'),
      ofKind('Pod')
        .filter((o) => namespaceOf(o) === 'kube-system' && meta(o).labels?.['component'] === 'kube-apiserver')
        .map(apiServerFromApi),
    ),
    dns: {
      service: within('dns', rule('', 'services', 'kube-system', 'get'), servicesNamed('kube-system', 'kube-dns')),
      slices: within(
        'dns',
        rule('discovery.k8s.io', 'endpointslices', 'kube-system'),
        slicesOf('kube-system', 'kube-dns'),
      ),
      domain: 'cluster.local',
    },
    tunnels: build.tunnels ?? [],
  };
}

function proxyConfig(configMap: Obj): { mode: string; clusterCIDR?: string; nodePortAddresses: string[] } {
  const data = (configMap['data'] ?? {}) as Record<string, string>;
  const config = (objectsOf(data['config.conf'] ?? '')[0] ?? {}) as {
    mode?: string;
    clusterCIDR?: string;
    nodePortAddresses?: string[] | null;
  };
  return {
    mode: config.mode ?? '',
    ...(config.clusterCIDR ? { clusterCIDR: config.clusterCIDR } : {}),
    nodePortAddresses: config.nodePortAddresses ?? [],
  };
}
