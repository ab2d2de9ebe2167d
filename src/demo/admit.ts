/** What happens to an object before it is stored: defaults, allocation, and refusal of the most usual mistakes. */

import { isDeepStrictEqual } from 'node:util';
import { serviceAdmitted } from './admitService.ts';
import { bad, type Cause, invalid, onlyStrings, required } from './errors.ts';
import { DAEMONSETS, DEPLOYMENTS, type Kind, PODS, REPLICASETS, SERVICES, STATEFULSETS } from './kinds.ts';
import type { Container, Obj, Pod, PodSpec, Probe, Service, Workload } from './objects.ts';
import { matches } from './select.ts';
import type { Store } from './store.ts';

const WORKLOADS = new Set<Kind>([DEPLOYMENTS, REPLICASETS, STATEFULSETS, DAEMONSETS]);
const DNS_1123 = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
// Since Kubernetes 1.34 the name of a Service may begin with a digit.
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

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
