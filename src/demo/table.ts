/** What `kubectl get` prints: the API server makes the columns (pkg/printers/internalversion/printers.go). */

import type { Kind } from './kinds.ts';
import type {
  EndpointSlice,
  EventObject,
  Labels,
  NodeObject,
  Obj,
  Pod,
  RoleBinding,
  Service,
  Workload,
} from './objects.ts';

/** `priority` 1 is shown with `-o wide` only. */
type Column<T> = readonly [name: string, cell: (object: T) => unknown, priority?: number, type?: string];

const NONE = '<none>';

/** As duration.HumanDuration prints it. */
export function age(since: string | undefined): string {
  if (!since) return '<unknown>';
  const s = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 1000));
  const [m, h, d] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86_400)];
  if (s < 120) return `${s}s`;
  if (m < 10) return s % 60 ? `${m}m${s % 60}s` : `${m}m`;
  if (m < 180) return `${m}m`;
  if (h < 8) return m % 60 ? `${h}h${m % 60}m` : `${h}h`;
  if (h < 48) return `${h}h`;
  if (d < 8) return h % 24 ? `${d}d${h % 24}h` : `${d}d`;
  return `${d}d`;
}

const pairs = (labels: Readonly<Record<string, string>> | undefined) =>
  Object.entries(labels ?? {})
    .map(([k, v]) => `${k}=${v}`)
    .join(',') || NONE;
const created = (object: Obj) => age(object.metadata.creationTimestamp);
const ageColumn: Column<Obj> = ['Age', created];

/** The STATUS column of a pod. */
export function podStatus(pod: Pod): string {
  let says = pod.status.phase;
  for (const { state } of [...(pod.status.containerStatuses ?? [])].reverse()) {
    if (state.waiting?.reason) says = state.waiting.reason;
    else if (state.terminated) says = state.terminated.reason || `ExitCode:${state.terminated.exitCode}`;
  }
  return pod.metadata.deletionTimestamp ? 'Terminating' : says;
}

function restarts(pod: Pod): string {
  const statuses = pod.status.containerStatuses ?? [];
  const count = statuses.reduce((n, s) => n + s.restartCount, 0);
  const last = statuses
    .map((s) => s.lastState.terminated?.finishedAt ?? '')
    .sort()
    .at(-1);
  return count > 0 && last ? `${count} (${age(last)} ago)` : String(count);
}

const pods: Column<Pod>[] = [
  ['Ready', (p) => `${p.status.containerStatuses?.filter((s) => s.ready).length ?? 0}/${p.spec.containers.length}`],
  ['Status', podStatus],
  ['Restarts', restarts],
  ageColumn,
  ['IP', (p) => p.status.podIP ?? NONE, 1],
  ['Node', (p) => p.spec.nodeName ?? NONE, 1],
  ['Nominated Node', () => NONE, 1],
  ['Readiness Gates', () => NONE, 1],
];

function externalIP({ spec, status }: Service): string {
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  const ingress = (status.loadBalancer.ingress ?? []).map((i) => i.ip ?? i.hostname ?? '');
  const all = [...(spec.type === 'LoadBalancer' ? ingress : []), ...(spec.externalIPs ?? [])];
  return all.join(',') || (spec.type === 'LoadBalancer' ? '<pending>' : NONE);
}

const services: Column<Service>[] = [
  ['Type', (s) => s.spec.type],
  ['Cluster-IP', (s) => s.spec.clusterIP ?? NONE],
  ['External-IP', externalIP],
  [
    'Port(s)',
    (s) =>
      (s.spec.ports ?? []).map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol}`).join(',') || NONE,
  ],
  ageColumn,
  ['Selector', (s) => pairs(s.spec.selector), 1],
];

const count = (field: string, of: 'spec' | 'status' = 'status') =>
  [(w: Workload) => (w[of] as Record<string, unknown>)[field] ?? 0, 0, 'integer'] as const;
const images: Column<Workload>[] = [
  ['Containers', (w) => w.spec.template.spec.containers.map((c) => c.name).join(','), 1],
  ['Images', (w) => w.spec.template.spec.containers.map((c) => c.image).join(','), 1],
];
const selector: Column<Workload> = ['Selector', (w) => pairs(w.spec.selector.matchLabels), 1];

function nodeStatus({ spec, status }: NodeObject): string {
  const ready = status.conditions.find((c) => c.type === 'Ready')?.status === 'True' ? 'Ready' : 'NotReady';
  return spec.unschedulable ? `${ready},SchedulingDisabled` : ready;
}
function roles(node: NodeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const names = Object.keys(node.metadata.labels ?? {}).filter((l) => l.startsWith(prefix));
  return (
    names
      .map((l) => l.slice(prefix.length))
      .sort()
      .join(',') || NONE
  );
}
const nodeInfo = (node: NodeObject) => (node.status['nodeInfo'] ?? {}) as Record<string, string>;
const address = (node: NodeObject, type: string) => node.status.addresses.find((a) => a.type === type)?.address ?? NONE;

const subjects = (kind: string) => (b: RoleBinding) =>
  (b.subjects ?? [])
    .filter((s) => s.kind === kind)
    .map((s) => (s.namespace ? `${s.namespace}/${s.name}` : s.name))
    .join(', ');
const bindings: Column<RoleBinding>[] = [
  ['Role', (b) => `${b.roleRef.kind}/${b.roleRef.name}`],
  ageColumn,
  ['Users', subjects('User'), 1],
  ['Groups', subjects('Group'), 1],
  ['ServiceAccounts', subjects('ServiceAccount'), 1],
];

const COLUMNS: Record<string, readonly Column<never>[]> = {
  Pod: pods,
  Service: services,
  Namespace: [['Status', () => 'Active'], ageColumn],
  Node: [
    ['Status', nodeStatus],
    ['Roles', roles],
    ageColumn,
    ['Version', (n: NodeObject) => nodeInfo(n)['kubeletVersion']],
    ['Internal-IP', (n: NodeObject) => address(n, 'InternalIP'), 1],
    ['External-IP', (n: NodeObject) => address(n, 'ExternalIP'), 1],
    ['OS-Image', (n: NodeObject) => nodeInfo(n)['osImage'], 1],
    ['Kernel-Version', (n: NodeObject) => nodeInfo(n)['kernelVersion'], 1],
    ['Container-Runtime', (n: NodeObject) => nodeInfo(n)['containerRuntimeVersion'], 1],
  ],
  Deployment: [
    ['Ready', (w: Workload) => `${w.status['readyReplicas'] ?? 0}/${w.spec.replicas ?? 0}`],
    ['Up-to-date', count('updatedReplicas')[0]],
    ['Available', count('availableReplicas')[0]],
    ageColumn,
    ...images,
    selector,
  ],
  ReplicaSet: [
    ['Desired', ...count('replicas', 'spec')],
    ['Current', ...count('replicas')],
    ['Ready', ...count('readyReplicas')],
    ageColumn,
    ...images,
    selector,
  ],
  StatefulSet: [
    ['Ready', (w: Workload) => `${w.status['readyReplicas'] ?? 0}/${w.spec.replicas ?? 0}`],
    ageColumn,
    ...images,
  ],
  DaemonSet: [
    ['Desired', ...count('desiredNumberScheduled')],
    ['Current', ...count('currentNumberScheduled')],
    ['Ready', ...count('numberReady')],
    ['Up-to-date', ...count('updatedNumberScheduled')],
    ['Available', ...count('numberAvailable')],
    ['Node Selector', (w: Workload) => pairs(w.spec.template.spec.nodeSelector)],
    ageColumn,
    ...images,
    selector,
  ],
  EndpointSlice: [
    ['AddressType', (s: EndpointSlice) => s.addressType],
    ['Ports', (s: EndpointSlice) => (s.ports ?? []).map((p) => p.port ?? '*').join(',') || '<unset>'],
    ['Endpoints', (s: EndpointSlice) => (s.endpoints ?? []).flatMap((e) => e.addresses).join(',') || '<unset>'],
    ageColumn,
  ],
  ConfigMap: [['Data', (c: Obj & { data?: object }) => Object.keys(c.data ?? {}).length], ageColumn],
  ServiceAccount: [ageColumn],
  Secret: [
    ['Type', (o: Obj & { type?: string }) => o.type ?? 'Opaque'],
    ['Data', (o: Obj & { data?: object }) => Object.keys(o.data ?? {}).length],
    ageColumn,
  ],
  NetworkPolicy: [
    [
      'Pod-Selector',
      (o: Obj & { spec?: Workload['spec'] & { podSelector?: { matchLabels?: Labels } } }) =>
        pairs(o.spec?.podSelector?.matchLabels),
    ],
    ageColumn,
  ],
  RoleBinding: bindings,
  ClusterRoleBinding: bindings,
};

const EVENT: Column<EventObject>[] = [
  ['Last Seen', (e) => age(e.lastTimestamp)],
  ['Type', (e) => e.type],
  ['Reason', (e) => e.reason],
  ['Object', (e) => `${e.involvedObject.kind.toLowerCase()}/${e.involvedObject.name}`],
  ['Subobject', (e) => e.involvedObject.fieldPath ?? '', 1],
  ['Source', (e) => [e.source.component, e.source.host].filter(Boolean).join(', '), 1],
  ['Message', (e) => e.message],
  ['First Seen', (e) => age(e.firstTimestamp), 1],
  ['Count', (e) => e.count, 1],
  ['Name', (e) => e.metadata.name, 1],
];

/** metadata alone, as `as=PartialObjectMetadata` asks for. */
export const partial = (object: Obj) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

/** The objects as a meta.k8s.io/v1 Table. */
export function table(kind: Kind, objects: readonly Obj[], includeObject: string, metadata: object, headers = true) {
  const name: Column<Obj> = ['Name', (o) => o.metadata.name];
  const columns = (kind.kind === 'Event'
    ? EVENT
    : [
        name,
        ...(COLUMNS[kind.kind] ?? [['Created At', (o: Obj) => o.metadata.creationTimestamp, 0, 'date']]),
      ]) as unknown as readonly Column<Obj>[];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: headers
      ? columns.map(([title, , priority = 0, type = 'string']) => ({
          name: title,
          type,
          format: title === 'Name' ? 'name' : '',
          description: '',
          priority,
        }))
      : null,
    rows: objects.map((o) => ({
      cells: columns.map(([, cell]) => cell(o)),
      ...(includeObject !== 'None' && { object: includeObject === 'Object' ? o : partial(o) }),
    })),
  };
}
