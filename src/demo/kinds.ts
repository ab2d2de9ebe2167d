/** The resources that the demo cluster serves. */

import type {
  ConfigMap,
  EndpointSlice,
  EventObject,
  NodeObject,
  Obj,
  Pod,
  Role,
  RoleBinding,
  Service,
  Workload,
} from './objects.ts';

/** One resource of the API; `T` is the shape of its objects. */
export interface Kind<T extends Obj = Obj> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  /** Never there: ties the kind to the shape of its objects. */
  readonly shape?: T;
}

function kind<T extends Obj = Obj>(
  group: string,
  name: string,
  plural: string,
  shortNames: string[] = [],
  more: Partial<Kind> = {},
): Kind<T> {
  const base = { group, version: 'v1', kind: name, plural, singular: name.toLowerCase(), shortNames };
  return { ...base, namespaced: true, categories: [], subresources: [], ...more } as Kind<T>;
}

const all = { categories: ['all'] };
const scaled = { categories: ['all'], subresources: ['status', 'scale'] };
const wide = { namespaced: false };
const rbac = 'rbac.authorization.k8s.io';

export const NAMESPACES = kind('', 'Namespace', 'namespaces', ['ns'], { ...wide, subresources: ['status'] });
export const NODES = kind<NodeObject>('', 'Node', 'nodes', ['no'], { ...wide, subresources: ['status'] });
export const PODS = kind<Pod>('', 'Pod', 'pods', ['po'], {
  ...all,
  subresources: ['status', 'log', 'exec', 'portforward', 'eviction'],
});
export const SERVICES = kind<Service>('', 'Service', 'services', ['svc'], { ...all, subresources: ['status'] });
export const EVENTS = kind<EventObject>('', 'Event', 'events', ['ev']);
export const CONFIGMAPS = kind<ConfigMap>('', 'ConfigMap', 'configmaps', ['cm']);
export const SERVICEACCOUNTS = kind('', 'ServiceAccount', 'serviceaccounts', ['sa'], { subresources: ['token'] });
export const DEPLOYMENTS = kind<Workload>('apps', 'Deployment', 'deployments', ['deploy'], scaled);
export const REPLICASETS = kind<Workload>('apps', 'ReplicaSet', 'replicasets', ['rs'], scaled);
export const STATEFULSETS = kind<Workload>('apps', 'StatefulSet', 'statefulsets', ['sts'], scaled);
export const DAEMONSETS = kind<Workload>('apps', 'DaemonSet', 'daemonsets', ['ds'], {
  ...all,
  subresources: ['status'],
});
export const SLICES = kind<EndpointSlice>('discovery.k8s.io', 'EndpointSlice', 'endpointslices');
export const ROLES = kind<Role>(rbac, 'Role', 'roles');
export const ROLEBINDINGS = kind<RoleBinding>(rbac, 'RoleBinding', 'rolebindings');
export const CLUSTERROLES = kind<Role>(rbac, 'ClusterRole', 'clusterroles', [], wide);
export const CLUSTERROLEBINDINGS = kind<RoleBinding>(rbac, 'ClusterRoleBinding', 'clusterrolebindings', [], wide);

/** All of them, in the order of discovery. Ingresses, Jobs and NetworkPolicies are kept but nothing acts on them. */
export const KINDS: readonly Kind[] = [
  CONFIGMAPS,
  EVENTS,
  NAMESPACES,
  NODES,
  PODS,
  kind('', 'Secret', 'secrets'),
  SERVICEACCOUNTS,
  SERVICES,
  DAEMONSETS,
  DEPLOYMENTS,
  REPLICASETS,
  STATEFULSETS,
  kind('batch', 'Job', 'jobs', [], all),
  SLICES,
  kind('networking.k8s.io', 'Ingress', 'ingresses', ['ing'], { subresources: ['status'] }),
  kind('networking.k8s.io', 'NetworkPolicy', 'networkpolicies', ['netpol']),
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  ROLEBINDINGS,
  ROLES,
];

/** `v1`, `apps/v1`. */
export const groupVersion = (k: Kind): string => (k.group ? `${k.group}/${k.version}` : k.version);

/** As error messages write a resource: `pods`, `deployments.apps`. */
export const groupResource = (k: Kind): string => (k.group ? `${k.plural}.${k.group}` : k.plural);
