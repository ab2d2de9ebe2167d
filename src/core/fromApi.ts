/**
 * Kubernetes objects, as the API server or a manifest has them → facts. Total: an object with missing or wrong fields
 * gives facts with defaults, never an exception. Lives in core, not beside the client, because manifests and scenarios
 * come through here without any cluster.
 */
import type {
  ConditionFacts,
  ContainerFacts,
  ContainerPortFacts,
  ContainerStateFacts,
  EndpointFacts,
  EventFacts,
  HealthProbeFacts,
  Labels,
  NodeFacts,
  OwnerFacts,
  PodFacts,
  Protocol,
  ServiceFacts,
  SliceFacts,
  WorkloadFacts,
} from './snapshot.ts';

type Json = Readonly<Record<string, unknown>>;

const obj = (v: unknown): Json => (typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Json) : {});
const list = (v: unknown): readonly unknown[] => (Array.isArray(v) ? v : []);
const str = (v: unknown): string => (typeof v === 'string' ? v : typeof v === 'number' ? String(v) : '');
const text = (v: unknown): string | undefined => str(v) || undefined;
const num = (v: unknown): number | undefined => (typeof v === 'number' && Number.isFinite(v) ? v : undefined);
const strings = (v: unknown): string[] => list(v).map(str).filter(Boolean);
const labels = (v: unknown): Labels =>
  Object.fromEntries(
    Object.entries(obj(v))
      .filter(([, x]) => ['string', 'number', 'boolean'].includes(typeof x))
      .map(([k, x]) => [k, String(x)]),
  );
const oneOf = <const T extends string>(v: unknown, allowed: readonly T[], otherwise: NoInfer<T>): T =>
  allowed.find((a) => a === v) ?? otherwise;
const protocol = (v: unknown): Protocol => oneOf(v, ['TCP', 'UDP', 'SCTP'], 'TCP');

/** Leaves out undefined values, so that optional facts are absent rather than undefined. */
type Optional<T> = { [K in keyof T]: T[K] | undefined };
function some<T extends object>(v: Optional<T>): T {
  return Object.fromEntries(Object.entries(v).filter(([, x]) => x !== undefined)) as T;
}

const owner = (meta: Json): OwnerFacts | undefined => {
  const refs = list(meta['ownerReferences']).map(obj);
  const o = refs.find((r) => r['controller'] === true) ?? refs[0];
  return o && { apiVersion: str(o['apiVersion']), kind: str(o['kind']), name: str(o['name']), uid: str(o['uid']) };
};

const conditions = (v: unknown): ConditionFacts[] =>
  list(v)
    .map(obj)
    .map((c) =>
      some<ConditionFacts>({
        type: str(c['type']),
        status: oneOf(c['status'], ['True', 'False', 'Unknown'], 'Unknown'),
        reason: str(c['reason']),
        message: str(c['message']),
        since: text(c['lastTransitionTime']),
      }),
    );

/** v1 Service. Defaults: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ */
export function serviceFromApi(o: unknown): ServiceFacts {
  const meta = obj(obj(o)['metadata']);
  const spec = obj(obj(o)['spec']);
  const type = oneOf(spec['type'], ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], 'ClusterIP');
  const clusterIPs = strings(spec['clusterIPs']);
  const affinity = obj(obj(spec['sessionAffinityConfig'])['clientIP']);
  return some<ServiceFacts>({
    namespace: text(meta['namespace']) ?? 'default',
    name: str(meta['name']),
    uid: str(meta['uid']),
    labels: labels(meta['labels']),
    annotations: labels(meta['annotations']),
    createdAt: str(meta['creationTimestamp']),
    deletedAt: text(meta['deletionTimestamp']),
    type,
    clusterIPs: clusterIPs.length > 0 ? clusterIPs : strings([spec['clusterIP']]),
    selector: labels(spec['selector']),
    ports: list(spec['ports'])
      .map(obj)
      .map((p) =>
        some<ServiceFacts['ports'][number]>({
          name: str(p['name']),
          protocol: protocol(p['protocol']),
          port: num(p['port']) ?? 0,
          targetPort:
            typeof p['targetPort'] === 'string' && p['targetPort'] !== ''
              ? p['targetPort']
              : ((num(p['targetPort']) || num(p['port'])) ?? 0),
          nodePort: num(p['nodePort']) || undefined,
          appProtocol: text(p['appProtocol']),
        }),
      ),
    externalIPs: strings(spec['externalIPs']),
    externalName: text(spec['externalName']),
    loadBalancerClass: text(spec['loadBalancerClass']),
    loadBalancerIngress: list(obj(obj(obj(o)['status'])['loadBalancer'])['ingress'])
      .map(obj)
      .map((i) =>
        some<ServiceFacts['loadBalancerIngress'][number]>({
          ip: text(i['ip']),
          hostname: text(i['hostname']),
          ipMode: i['ip'] ? oneOf(i['ipMode'], ['VIP', 'Proxy'], 'VIP') : undefined,
        }),
      ),
    loadBalancerSourceRanges: strings(spec['loadBalancerSourceRanges']),
    allocateLoadBalancerNodePorts: spec['allocateLoadBalancerNodePorts'] !== false,
    externalTrafficPolicy: oneOf(spec['externalTrafficPolicy'], ['Cluster', 'Local'], 'Cluster'),
    internalTrafficPolicy: oneOf(spec['internalTrafficPolicy'], ['Cluster', 'Local'], 'Cluster'),
    healthCheckNodePort: num(spec['healthCheckNodePort']) || undefined,
    sessionAffinity: oneOf(spec['sessionAffinity'], ['None', 'ClientIP'], 'None'),
    sessionAffinitySeconds: num(affinity['timeoutSeconds']),
    trafficDistribution: text(spec['trafficDistribution']),
    publishNotReadyAddresses: spec['publishNotReadyAddresses'] === true,
    ipFamilies: strings(spec['ipFamilies']).filter((f) => f === 'IPv4' || f === 'IPv6'),
    ipFamilyPolicy: ['SingleStack', 'PreferDualStack', 'RequireDualStack'].includes(str(spec['ipFamilyPolicy']))
      ? (spec['ipFamilyPolicy'] as 'SingleStack')
      : undefined,
  });
}

/** discovery.k8s.io/v1 EndpointSlice. Nil conditions: see EndpointConditions in k8s.io/api/discovery/v1/types.go. */
export function sliceFromApi(o: unknown): SliceFacts {
  const meta = obj(obj(o)['metadata']);
  return some<SliceFacts>({
    name: str(meta['name']),
    addressType: oneOf(obj(o)['addressType'], ['IPv4', 'IPv6', 'FQDN'], 'IPv4'),
    managedBy: text(obj(meta['labels'])['endpointslice.kubernetes.io/managed-by']),
    ports: list(obj(o)['ports'])
      .map(obj)
      .map((p) =>
        some<SliceFacts['ports'][number]>({
          name: str(p['name']),
          protocol: protocol(p['protocol']),
          port: num(p['port']),
          appProtocol: text(p['appProtocol']),
        }),
      ),
    endpoints: list(obj(o)['endpoints']).map(endpointFromApi),
  });
}

function endpointFromApi(v: unknown): EndpointFacts {
  const e = obj(v);
  const c = obj(e['conditions']);
  const hints = obj(e['hints']);
  const ready = c['ready'] !== false;
  const target = obj(e['targetRef']);
  const names = (key: string) =>
    list(hints[key])
      .map((h) => str(obj(h)['name']))
      .filter(Boolean);
  return some<EndpointFacts>({
    addresses: strings(e['addresses']),
    ready,
    serving: typeof c['serving'] === 'boolean' ? c['serving'] : ready,
    terminating: c['terminating'] === true,
    nodeName: text(e['nodeName']),
    zone: text(e['zone']),
    hintZones: names('forZones'),
    hintNodes: names('forNodes'),
    target: target['name']
      ? {
          kind: str(target['kind']),
          namespace: str(target['namespace']),
          name: str(target['name']),
          uid: str(target['uid']),
        }
      : undefined,
  });
}

/** v1 Pod. */
export function podFromApi(o: unknown): PodFacts {
  const meta = obj(obj(o)['metadata']);
  const spec = obj(obj(o)['spec']);
  const status = obj(obj(o)['status']);
  const statuses = new Map(
    [...list(status['initContainerStatuses']), ...list(status['containerStatuses'])]
      .map(obj)
      .map((s) => [str(s['name']), s]),
  );
  const container = (init: boolean) => (c: unknown) =>
    containerFromApi(obj(c), statuses.get(str(obj(c)['name'])) ?? {}, init);
  const ips = list(status['podIPs'])
    .map((i) => str(obj(i)['ip']))
    .filter(Boolean);
  const hostIPs = list(status['hostIPs'])
    .map((i) => str(obj(i)['ip']))
    .filter(Boolean);
  return some<PodFacts>({
    namespace: text(meta['namespace']) ?? 'default',
    name: str(meta['name']),
    uid: str(meta['uid']),
    labels: labels(meta['labels']),
    createdAt: str(meta['creationTimestamp']),
    deletedAt: text(meta['deletionTimestamp']),
    owner: owner(meta),
    nodeName: text(spec['nodeName']),
    hostNetwork: spec['hostNetwork'] === true,
    hostIPs: hostIPs.length > 0 ? hostIPs : strings([status['hostIP']]),
    podIPs: ips.length > 0 ? ips : strings([status['podIP']]),
    phase: oneOf(status['phase'], ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'], 'Pending'),
    reason: text(status['reason']),
    message: text(status['message']),
    conditions: conditions(status['conditions']),
    readinessGates: list(spec['readinessGates'])
      .map((g) => str(obj(g)['conditionType']))
      .filter(Boolean),
    containers: [
      ...list(spec['initContainers']).map(container(true)),
      ...list(spec['containers']).map(container(false)),
    ],
  });
}

const containerPorts = (v: unknown): ContainerPortFacts[] =>
  list(v)
    .map(obj)
    .map((p) =>
      some<ContainerPortFacts>({
        name: str(p['name']),
        containerPort: num(p['containerPort']) ?? 0,
        protocol: protocol(p['protocol']),
        hostPort: num(p['hostPort']) || undefined,
      }),
    );

function containerFromApi(spec: Json, status: Json, init: boolean): ContainerFacts {
  return some<ContainerFacts>({
    name: str(spec['name']),
    image: str(spec['image']),
    role: !init ? 'container' : spec['restartPolicy'] === 'Always' ? 'sidecar' : 'init',
    ports: containerPorts(spec['ports']),
    readinessProbe: healthProbe(spec['readinessProbe']),
    livenessProbe: healthProbe(spec['livenessProbe']),
    startupProbe: healthProbe(spec['startupProbe']),
    ready: status['ready'] === true,
    started: status['started'] === true,
    restartCount: num(status['restartCount']) ?? 0,
    state: containerState(status['state']),
    lastState: containerState(status['lastState']),
  });
}

function containerState(v: unknown): ContainerStateFacts {
  const { running, waiting, terminated } = obj(v);
  if (running)
    return some<ContainerStateFacts & { is: 'running' }>({ is: 'running', since: text(obj(running)['startedAt']) });
  if (waiting) return { is: 'waiting', reason: str(obj(waiting)['reason']), message: str(obj(waiting)['message']) };
  if (!terminated) return { is: 'none' };
  const t = obj(terminated);
  return some<ContainerStateFacts & { is: 'terminated' }>({
    is: 'terminated',
    reason: str(t['reason']),
    message: str(t['message']),
    exitCode: num(t['exitCode']) ?? 0,
    since: text(t['finishedAt']),
  });
}

/** Defaults of v1.Probe: period 10 s, 3 failures. */
function healthProbe(v: unknown): HealthProbeFacts | undefined {
  if (!v) return undefined;
  const p = obj(v);
  const [http, tcp, grpc, exec] = [obj(p['httpGet']), obj(p['tcpSocket']), obj(p['grpc']), obj(p['exec'])];
  const raw = http['port'] ?? tcp['port'] ?? grpc['port'];
  const port = typeof raw === 'number' || typeof raw === 'string' ? raw : undefined;
  const path = p['httpGet'] ? (text(http['path']) ?? '/') : undefined;
  const says = p['httpGet']
    ? `GET ${oneOf(http['scheme'], ['HTTP', 'HTTPS'], 'HTTP').toLowerCase()}://${str(http['host'])}:${str(raw)}${path}`
    : p['tcpSocket']
      ? `TCP :${str(raw)}`
      : p['grpc']
        ? `gRPC :${str(raw)}`
        : `exec ${strings(exec['command']).join(' ')}`;
  return some<HealthProbeFacts>({
    says,
    port,
    path,
    periodSeconds: num(p['periodSeconds']) ?? 10,
    failureThreshold: num(p['failureThreshold']) ?? 3,
    initialDelaySeconds: num(p['initialDelaySeconds']) ?? 0,
  });
}

/** Deployment, StatefulSet, DaemonSet, ReplicaSet, Job; another kind gives its identity and conditions only. */
export function workloadFromApi(o: unknown): WorkloadFacts {
  const meta = obj(obj(o)['metadata']);
  const spec = obj(obj(o)['spec']);
  const status = obj(obj(o)['status']);
  const kind = str(obj(o)['kind']);
  const template = obj(spec['template']);
  const containers = list(obj(template['spec'])['containers']).map(obj);
  const sidecars = list(obj(template['spec'])['initContainers'])
    .map(obj)
    .filter((c) => c['restartPolicy'] === 'Always');
  const wanted =
    kind === 'DaemonSet'
      ? num(status['desiredNumberScheduled'])
      : kind === 'Job'
        ? (num(spec['parallelism']) ?? 1)
        : spec['template']
          ? (num(spec['replicas']) ?? 1)
          : undefined;
  return some<WorkloadFacts>({
    apiVersion: str(obj(o)['apiVersion']),
    kind,
    namespace: text(meta['namespace']) ?? 'default',
    name: str(meta['name']),
    uid: str(meta['uid']),
    owner: owner(meta),
    wanted,
    ready: kind === 'DaemonSet' ? num(status['numberReady']) : (num(status['readyReplicas']) ?? num(status['ready'])),
    template: spec['template']
      ? {
          labels: labels(obj(template['metadata'])['labels']),
          ports: [...sidecars, ...containers].flatMap((c) => containerPorts(c['ports'])),
          images: containers.map((c) => str(c['image'])),
        }
      : undefined,
    conditions: conditions(status['conditions']),
  });
}

/** v1 Node. */
export function nodeFromApi(o: unknown): NodeFacts {
  const meta = obj(obj(o)['metadata']);
  const spec = obj(obj(o)['spec']);
  const status = obj(obj(o)['status']);
  const info = obj(status['nodeInfo']);
  const own = labels(meta['labels']);
  const cidrs = strings(spec['podCIDRs']);
  const role = 'node-role.kubernetes.io/';
  return some<NodeFacts>({
    name: str(meta['name']),
    labels: own,
    createdAt: str(meta['creationTimestamp']),
    providerID: text(spec['providerID']),
    addresses: list(status['addresses'])
      .map(obj)
      .map((a) => ({
        type: oneOf(a['type'], ['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'], 'Hostname'),
        address: str(a['address']),
      })),
    podCIDRs: cidrs.length > 0 ? cidrs : strings([spec['podCIDR']]),
    roles: Object.keys(own)
      .filter((l) => l.startsWith(role))
      .map((l) => l.slice(role.length))
      .sort(),
    zone: text(own['topology.kubernetes.io/zone']),
    unschedulable: spec['unschedulable'] === true,
    conditions: conditions(status['conditions']),
    osImage: str(info['osImage']),
    kernelVersion: str(info['kernelVersion']),
    kubeletVersion: str(info['kubeletVersion']),
    containerRuntimeVersion: str(info['containerRuntimeVersion']),
    architecture: str(info['architecture']),
  });
}

/** v1 Event and events.k8s.io/v1 Event (`regarding`, `note`, `series`). */
export function eventFromApi(o: unknown): EventFacts {
  const e = obj(o);
  const about = obj(e['involvedObject'] ?? e['regarding']);
  const series = obj(e['series']);
  const source = obj(e['source'] ?? e['deprecatedSource']);
  const created = text(obj(e['metadata'])['creationTimestamp']);
  return some<EventFacts>({
    kind: str(about['kind']),
    namespace: str(about['namespace']),
    name: str(about['name']),
    uid: str(about['uid']),
    type: oneOf(e['type'], ['Normal', 'Warning'], 'Normal'),
    reason: str(e['reason']),
    message: str(e['message'] ?? e['note']),
    count: num(series['count']) ?? num(e['count'] ?? e['deprecatedCount']) ?? 1,
    firstAt: text(e['firstTimestamp'] ?? e['deprecatedFirstTimestamp']) ?? text(e['eventTime']) ?? created,
    lastAt:
      text(series['lastObservedTime']) ??
      text(e['lastTimestamp'] ?? e['deprecatedLastTimestamp']) ??
      text(e['eventTime']) ??
      created,
    source: text(e['reportingController'] ?? e['reportingComponent']) ?? str(source['component']),
  });
}
