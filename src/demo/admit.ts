/** What happens to an object before it is stored: defaults, allocation, and refusal of the most usual mistakes. */

import { isDeepStrictEqual } from 'node:util';
import { badRequest, type Cause, invalid } from './errors.ts';
import { DAEMONSETS, DEPLOYMENTS, type Kind, PODS, REPLICASETS, SERVICES, STATEFULSETS } from './kinds.ts';
import type { Container, Obj, Pod, PodSpec, Probe, Service, ServicePort, Workload } from './objects.ts';
import { matches } from './select.ts';
import type { Store } from './store.ts';

const WORKLOADS = new Set<Kind>([DEPLOYMENTS, REPLICASETS, STATEFULSETS, DAEMONSETS]);
const DNS_1123 = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
// Since Kubernetes 1.34 the name of a Service may begin with a digit.
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const bad = (field: string, value: unknown, why: string): Cause => ({
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  reason: 'FieldValueInvalid',
});
const required = (field: string, why = ''): Cause => ({
  field,
  message: `Required value${why && `: ${why}`}`,
  reason: 'FieldValueRequired',
});
const duplicate = (field: string, value: unknown): Cause => ({
  field,
  message: `Duplicate value: ${JSON.stringify(value)}`,
  reason: 'FieldValueDuplicate',
});

/** The object as it is stored, or 422. */
export function admitted<T extends Obj>(store: Store, kind: Kind<T>, object: T, before: Obj | undefined): T {
  const { name } = object.metadata;
  const causes: Cause[] = [];
  onlyStrings(kind, 'ObjectMeta.metadata.labels', object.metadata.labels);
  onlyStrings(kind, 'ObjectMeta.metadata.annotations', object.metadata.annotations);
  const lower = 'must consist of lower case alphanumeric characters';
  if (kind === (SERVICES as Kind) && !DNS_LABEL.test(name))
    causes.push(
      bad(
        'metadata.name',
        name,
        `a lowercase RFC 1123 label ${lower} or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
      ),
    );
  else if (kind.group !== 'rbac.authorization.k8s.io' && !DNS_1123.test(name))
    causes.push(
      bad(
        'metadata.name',
        name,
        `a lowercase RFC 1123 subdomain ${lower}, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      ),
    );
  // One without a spec is refused for what the spec lacks.
  const whole = { spec: {}, ...object } as unknown;
  let made: Obj = object;
  if (kind === (SERVICES as Kind))
    made = serviceAdmitted(store, whole as Service, before as Service | undefined, causes);
  else if (WORKLOADS.has(kind)) made = workloadAdmitted(whole as Workload, before as Workload | undefined, causes);
  else if (kind === (PODS as Kind)) made = podAdmitted(whole as Pod, before as Pod | undefined, causes);
  if (causes.length > 0) throw invalid(kind, name, causes);
  return made as T;
}

/** A number or boolean where a string must be: the usual mistake in YAML (`version: 1`). */
function onlyStrings(kind: Kind, field: string, map: Readonly<Record<string, unknown>> | undefined | null): void {
  const wrong = Object.values(map ?? {}).find((v) => typeof v !== 'string');
  if (wrong === undefined) return;
  const type = typeof wrong === 'boolean' ? 'bool' : typeof wrong;
  throw badRequest(
    `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: json: cannot unmarshal ${type} into Go struct field ${field} of type string`,
  );
}

const probeDefaults = (probe: Probe | undefined): Probe | undefined =>
  probe && {
    ...probe,
    ...(probe.httpGet && { httpGet: { path: '/', scheme: 'HTTP', ...probe.httpGet } }),
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    periodSeconds: probe.periodSeconds ?? 10,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };

function container(given: Container): Container {
  const { readinessProbe, livenessProbe, startupProbe, ports, ...rest } = given;
  const tag = /:([^/]+)$/.exec(given.image ?? '')?.[1] ?? 'latest';
  const probes = { readinessProbe, livenessProbe, startupProbe };
  return {
    imagePullPolicy: tag === 'latest' ? 'Always' : 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...rest,
    ...(ports && { ports: ports.map((p) => ({ protocol: 'TCP', ...p })) }),
    ...Object.fromEntries(Object.entries(probes).flatMap(([k, p]) => (p ? [[k, probeDefaults(p)]] : []))),
  };
}

function podSpec(spec: PodSpec, field: string, causes: Cause[]): PodSpec {
  const containers = spec.containers ?? [];
  if (containers.length === 0) causes.push(required(`${field}.containers`));
  containers.forEach((c, i) => {
    if (!c.name) causes.push(required(`${field}.containers[${i}].name`));
    if (c.env && !Array.isArray(c.env)) causes.push(bad(`${field}.containers[${i}].env`, c.env, 'must be a list'));
    if (!c.image) causes.push(required(`${field}.containers[${i}].image`));
  });
  return {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    ...spec,
    containers: containers.map(container),
  };
}

function podAdmitted(pod: Pod, before: Pod | undefined, causes: Cause[]): Pod {
  const spec = podSpec(pod.spec ?? { containers: [] }, 'spec', causes);
  if (
    before &&
    !isDeepStrictEqual({ ...spec, containers: [] }, { ...podSpec(before.spec, 'spec', []), containers: [] })
  )
    causes.push({
      field: 'spec',
      message:
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      reason: 'FieldValueForbidden',
    });
  return {
    ...pod,
    spec: { serviceAccountName: 'default', ...spec },
    status: pod.status ?? { phase: 'Pending', qosClass: 'BestEffort' },
  };
}

function workloadAdmitted(workload: Workload, before: Workload | undefined, causes: Cause[]): Workload {
  const { spec } = workload;
  const labels = spec.template?.metadata?.labels ?? null;
  onlyStrings(DEPLOYMENTS, 'ObjectMeta.spec.template.metadata.labels', labels);
  if (!spec.selector) causes.push(required('spec.selector'));
  if (!spec.selector || !matches(spec.selector, labels ?? {}))
    causes.push(bad('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  if (before && !isDeepStrictEqual(before.spec.selector, spec.selector))
    causes.push(bad('spec.selector', spec.selector, 'field is immutable'));
  const template = {
    ...spec.template,
    metadata: { ...spec.template?.metadata },
    spec: podSpec(spec.template?.spec ?? { containers: [] }, 'spec.template.spec', causes),
  };
  const defaults = {
    Deployment: {
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    StatefulSet: {
      replicas: 1,
      serviceName: '',
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
    },
    DaemonSet: {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    },
    ReplicaSet: { replicas: 1 },
  }[workload.kind];
  return { ...workload, spec: { ...defaults, ...spec, template }, status: workload.status ?? {} };
}

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const [NODE_PORT_FIRST, NODE_PORT_LAST] = [30_000, 32_767];

/** https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ and its validation. */
function serviceAdmitted(store: Store, service: Service, before: Service | undefined, causes: Cause[]): Service {
  onlyStrings(SERVICES, 'ServiceSpec.spec.selector', service.spec.selector);
  const type = service.spec.type ?? 'ClusterIP';
  if (!TYPES.includes(type))
    causes.push({
      field: 'spec.type',
      message: `Unsupported value: ${JSON.stringify(type)}: supported values: ${TYPES.map((t) => JSON.stringify(t)).join(', ')}`,
      reason: 'FieldValueNotSupported',
    });
  const others = store.list(SERVICES).filter((s) => s.metadata.uid !== before?.metadata.uid);
  const taken = new Set(others.flatMap((s) => (s.spec.ports ?? []).map((p) => `${p.nodePort}/${p.protocol}`)));
  const external = type === 'NodePort' || type === 'LoadBalancer';
  const ports = (service.spec.ports ?? []).map((p, i) => port(p, i, before?.spec.ports, external, taken, causes));
  const headless = service.spec.clusterIP === 'None';
  if (ports.length === 0 && type !== 'ExternalName' && !headless) causes.push(required('spec.ports'));
  ports.forEach((p, i) => {
    if (ports.length > 1 && !p.name) causes.push(required(`spec.ports[${i}].name`));
    if (ports.findIndex((q) => q.port === p.port && q.protocol === p.protocol) < i)
      causes.push(
        duplicate(`spec.ports[${i}]`, {
          Name: '',
          Protocol: p.protocol,
          AppProtocol: null,
          Port: p.port,
          TargetPort: 0,
          NodePort: 0,
        }),
      );
    else if (p.name && ports.findIndex((q) => q.name === p.name) < i)
      causes.push(duplicate(`spec.ports[${i}].name`, p.name));
  });
  const status = service.status ?? { loadBalancer: {} };
  if (type === 'ExternalName') {
    if (!service.spec.externalName) causes.push(required('spec.externalName'));
    const { clusterIP: _, clusterIPs: __, ...spec } = service.spec;
    return { ...service, spec: { sessionAffinity: 'None', ...spec, ...(ports.length > 0 && { ports }), type }, status };
  }
  const had = before?.spec.clusterIP;
  const clusterIP = service.spec.clusterIP || had || freeAddress(others);
  if (had && clusterIP !== had) causes.push(bad('spec.clusterIPs[0]', [clusterIP], 'may not change once set'));
  else if (!headless && others.some((s) => s.spec.clusterIP === clusterIP))
    causes.push(
      bad('spec.clusterIPs', [clusterIP], `failed to allocate IP ${clusterIP}: provided IP is already allocated`),
    );
  else if (!headless && !/^10\.(9[6-9]|10\d|11[01])\.\d+\.\d+$/.test(clusterIP))
    causes.push(
      bad(
        'spec.clusterIPs',
        [clusterIP],
        `failed to allocate IP ${clusterIP}: the provided IP (${clusterIP}) is not in the valid range. The range of valid IPs is 10.96.0.0/12`,
      ),
    );
  return {
    ...service,
    spec: {
      internalTrafficPolicy: 'Cluster',
      ...(external && { externalTrafficPolicy: 'Cluster' }),
      ...(type === 'LoadBalancer' && { allocateLoadBalancerNodePorts: true }),
      // A headless Service without selector may be given endpoints of either family.
      ipFamilies: headless && !service.spec.selector ? ['IPv4', 'IPv6'] : ['IPv4'],
      ipFamilyPolicy: headless && !service.spec.selector ? 'RequireDualStack' : 'SingleStack',
      sessionAffinity: 'None',
      ...service.spec,
      clusterIP,
      clusterIPs: [clusterIP],
      ...(ports.length > 0 && { ports }),
      type,
    },
    status,
  };
}

function port(
  given: ServicePort,
  i: number,
  before: readonly ServicePort[] | undefined,
  external: boolean,
  taken: Set<string>,
  causes: Cause[],
): ServicePort {
  const field = `spec.ports[${i}]`;
  const protocol = given.protocol ?? 'TCP';
  const targetPort = given.targetPort || given.port;
  if (!(given.port >= 1 && given.port <= 65_535))
    causes.push(bad(`${field}.port`, given.port, 'must be between 1 and 65535, inclusive'));
  if (typeof targetPort === 'number' && !(targetPort >= 1 && targetPort <= 65_535))
    causes.push(bad(`${field}.targetPort`, targetPort, 'must be between 1 and 65535, inclusive'));
  if (typeof targetPort === 'string' && !/[a-z]/.test(targetPort))
    causes.push(bad(`${field}.targetPort`, targetPort, 'must contain at least one letter (a-z)'));
  if (typeof targetPort === 'string' && targetPort.length > 15)
    causes.push(bad(`${field}.targetPort`, targetPort, 'must be no more than 15 characters'));
  const { nodePort: asked, ...rest } = given;
  if (!external) {
    if (asked && !before?.some((p) => p.nodePort === asked))
      causes.push({
        field: `${field}.nodePort`,
        message: "Forbidden: may not be used when `type` is 'ClusterIP'",
        reason: 'FieldValueForbidden',
      });
    return { ...rest, protocol, targetPort };
  }
  const same = before?.find((p) => p.port === given.port && (p.protocol ?? 'TCP') === protocol);
  let nodePort = asked || same?.nodePort;
  if (nodePort && (nodePort < NODE_PORT_FIRST || nodePort > NODE_PORT_LAST))
    causes.push(
      bad(
        `${field}.nodePort`,
        nodePort,
        `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_FIRST}-${NODE_PORT_LAST}`,
      ),
    );
  else if (nodePort && taken.has(`${nodePort}/${protocol}`))
    causes.push(bad(`${field}.nodePort`, nodePort, 'provided port is already allocated'));
  nodePort ||=
    Array.from({ length: 2_000 }, (_, n) => 30_100 + n).find((n) => !taken.has(`${n}/${protocol}`)) ?? NODE_PORT_LAST;
  taken.add(`${nodePort}/${protocol}`);
  return { ...rest, protocol, targetPort, nodePort };
}

function freeAddress(others: readonly Service[]): string {
  const taken = new Set(others.map((s) => s.spec.clusterIP));
  const candidates = Array.from(
    { length: 250 * 16 },
    (_, i) => `10.${100 + Math.floor(i / 250)}.${(i * 37) % 251}.${(i % 250) + 2}`,
  );
  return candidates.find((ip) => !taken.has(ip)) ?? '10.111.255.254';
}
