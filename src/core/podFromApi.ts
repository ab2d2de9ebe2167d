/** v1 Pod → facts, and what pods share with workloads. Total, as fromApi.ts is. */
import { type Json, labels, list, num, obj, oneOf, protocol, some, str, strings, text } from './json.ts';
import type {
  ConditionFacts,
  ContainerFacts,
  ContainerPortFacts,
  ContainerStateFacts,
  HealthProbeFacts,
  OwnerFacts,
  PodFacts,
} from './podFacts.ts';

/** metadata.ownerReferences: the controller, else the first. */
export const owner = (meta: Json): OwnerFacts | undefined => {
  const refs = list(meta['ownerReferences']).map(obj);
  const o = refs.find((r) => r['controller'] === true) ?? refs[0];
  return o && { apiVersion: str(o['apiVersion']), kind: str(o['kind']), name: str(o['name']), uid: str(o['uid']) };
};

/** status.conditions of any object. */
export const conditions = (v: unknown): ConditionFacts[] =>
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

/** ports of a container. */
export const containerPorts = (v: unknown): ContainerPortFacts[] =>
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
