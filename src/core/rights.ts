/**
 * The Role to ask for, as YAML for an administrator. Whole for each place where something was refused: what is read depends
 * on what was read before (a Deployment names its ReplicaSets), so asking for the refused alone would be asked again.
 */
import type { AccessRule, Known, Snapshot } from './snapshot.ts';

/** What a trace reads in one place: resources of an API group, and the only names of them where there are such. */
interface Grant {
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly names?: readonly string[];
}

/** In the Service's own namespace. */
const own: readonly Grant[] = [
  { apiGroup: '', resources: ['services', 'pods', 'events'] },
  { apiGroup: 'discovery.k8s.io', resources: ['endpointslices'] },
  { apiGroup: 'apps', resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'] },
  { apiGroup: 'batch', resources: ['jobs'] },
];
const wide: readonly Grant[] = [{ apiGroup: '', resources: ['nodes'] }];
/** kube-proxy's and CoreDNS's configuration, their pods and the DNS Service. */
const system: readonly Grant[] = [
  { apiGroup: '', resources: ['pods', 'services'] },
  { apiGroup: '', resources: ['configmaps'], names: ['kube-proxy', 'coredns'] },
  { apiGroup: 'discovery.k8s.io', resources: ['endpointslices'] },
];

/** YAML of the Roles (with their bindings) that would make the unknown known; empty when nothing lacks a right. */
export function roleFor(snapshot: Snapshot): string {
  const { namespace, name, kubeProxy, dns } = snapshot;
  const { service, otherServices, slices, pods, nearPods, workloads, nodes, events, apiServers } = snapshot;
  const here = [service, slices, pods, nearPods, workloads, events];
  const there = [kubeProxy.config, kubeProxy.pods, apiServers, dns.service, dns.slices];
  const all = [...here, nodes, otherServices, ...there];
  const user = all.flatMap((k) => (!k.known && k.user ? [k.user] : []))[0];
  const bind = (kind: 'Role' | 'ClusterRole', role: string, place: string | undefined, grants: readonly Grant[]) =>
    documents(kind, role, place, grants, user);
  const parts = [
    ...(here.some(refused) || needOf(otherServices)?.namespace !== undefined
      ? bind('Role', 'traffic-path', namespace, own)
      : []),
    ...(refused(nodes) ? bind('ClusterRole', 'traffic-path', undefined, wide) : []),
    ...(there.some(refused)
      ? bind('Role', 'traffic-path-system', 'kube-system', system).map((text, i) =>
          i === 0
            ? `# Optional: how kube-proxy and the cluster's DNS are set up. All else is told without it.\n${text}`
            : text,
        )
      : []),
  ];
  if (parts.length === 0) return '';
  const head = [
    `# What Traffic Path reads of Service ${JSON.stringify(`${namespace}/${name}`)}, where that is refused: rules to ask an administrator for.`,
    '# All of it is reading.',
    ...(user === undefined ? ['# Put the name that `kubectl auth whoami` prints in place of YOUR-USER.'] : []),
  ];
  return `${head.join('\n')}\n${parts.join('\n---\n')}\n`;
}

const needOf = (k: Known<unknown>): AccessRule | undefined => (k.known ? undefined : k.needs);
const refused = (k: Known<unknown>): boolean => needOf(k) !== undefined;

/** A role and its binding. The binding is the user's own: applied for a second user, it must not take the first one's away. */
function documents(
  kind: 'Role' | 'ClusterRole',
  role: string,
  namespace: string | undefined,
  grants: readonly Grant[],
  user = 'YOUR-USER',
): string[] {
  const head = (what: string, name: string) => [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${what}`,
    'metadata:',
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${JSON.stringify(namespace)}`]),
  ];
  // Who lists must also watch: the path is followed, not polled.
  const rules = grants.map(
    ({ apiGroup, resources, names }) =>
      `  - { apiGroups: ${JSON.stringify([apiGroup])}, resources: ${JSON.stringify(resources)}${names ? `, resourceNames: ${JSON.stringify(names)}` : ''}, verbs: [get, list, watch] }`,
  );
  const of = user
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  const [, accountNamespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  const subject = account
    ? `  - { kind: ServiceAccount, namespace: ${JSON.stringify(accountNamespace)}, name: ${JSON.stringify(account)} }`
    : `  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: ${JSON.stringify(user)} }`;
  return [
    [...head(kind, role), 'rules:', ...rules].join('\n'),
    [
      ...head(`${kind}Binding`, `${role}-${of || 'user'}`),
      `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: ${role} }`,
      'subjects:',
      subject,
    ].join('\n'),
  ];
}
