/**
 * Kubernetes objects, as the API server or a manifest has them → facts. Total: an object with missing or wrong fields
 * gives facts with defaults, never an exception. Lives in core, not beside the client, because manifests and scenarios
 * come through here without any cluster.
 */
import { labels, list, num, obj, oneOf, protocol, some, str, strings, text } from './json.ts';
import { conditions, containerPorts, owner } from './podFromApi.ts';
import type {
  ApiServerFacts,
  EndpointFacts,
  EventFacts,
  NodeFacts,
  ServiceFacts,
  SliceFacts,
  WorkloadFacts,
} from './snapshot.ts';

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

/**
 * v1 Pod of kube-apiserver. The flag has no other place than the command (there is no configuration file for it), and a default:
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
 */
export function apiServerFromApi(o: unknown): ApiServerFacts {
  const containers = list(obj(obj(o)['spec'])['containers']).map(obj);
  const words = containers.flatMap((c) => [...strings(c['command']), ...strings(c['args'])]).join(' ');
  const [, value] = /--service-node-port-range[=\s]\s*["']?([^\s"']+)/.exec(words) ?? [];
  // It cannot start without naming its etcd: where that is not to be seen, other flags may be elsewhere too.
  const shows = words.includes('--etcd-servers');
  return some<ApiServerFacts>({
    name: str(obj(obj(o)['metadata'])['name']),
    serviceNodePortRange: value
      ? { value, isDefault: false }
      : shows
        ? { value: '30000-32767', isDefault: true }
        : undefined,
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
