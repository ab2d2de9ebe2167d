/** The Role to ask for: the RBAC rules whose absence made something unknown, as YAML for an administrator. */
import type { AccessRule, Known, Snapshot } from './snapshot.ts';

/** YAML of the Role and ClusterRole (with their bindings) that would make the unknown known; empty when nothing lacks a right. */
export function roleFor(snapshot: Snapshot): string {
  const needs = missing(snapshot);
  // Undefined, the cluster's own place, sorts last.
  const places = [...new Set(needs.map((n) => n.namespace))].sort();
  if (places.length === 0) return '';
  const documents = places.flatMap((namespace) => {
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    const meta = [
      'metadata:',
      `  name: traffic-path`,
      ...(namespace === undefined ? [] : [`  namespace: ${JSON.stringify(namespace)}`]),
    ];
    return [
      [
        'apiVersion: rbac.authorization.k8s.io/v1',
        `kind: ${kind}`,
        ...meta,
        'rules:',
        ...rulesOf(needs.filter((n) => n.namespace === namespace)),
      ],
      [
        'apiVersion: rbac.authorization.k8s.io/v1',
        `kind: ${kind}Binding`,
        ...meta,
        `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: traffic-path }`,
        'subjects:',
        `  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: YOUR-USER }`,
      ],
    ];
  });
  const head = [
    `# What Traffic Path may not read of Service ${snapshot.namespace}/${snapshot.name}, as rules to ask an administrator for.`,
    '# All of it is reading. Put the name that `kubectl auth whoami` prints in place of YOUR-USER.',
  ];
  return `${head.join('\n')}\n${documents.map((d) => d.join('\n')).join('\n---\n')}\n`;
}

/** Every rule that something unknown names, each once. */
function missing(snapshot: Snapshot): AccessRule[] {
  const all: readonly Known<unknown>[] = [
    snapshot.service,
    snapshot.otherServices,
    snapshot.slices,
    snapshot.pods,
    snapshot.nearPods,
    snapshot.workloads,
    snapshot.nodes,
    snapshot.events,
    snapshot.kubeProxy.config,
    snapshot.kubeProxy.pods,
    snapshot.dns.service,
    snapshot.dns.slices,
  ];
  return all.flatMap((k) => (k.known || !k.needs ? [] : [k.needs]));
}

/** Rules of one place, resources with the same group and verbs together. */
function rulesOf(needs: readonly AccessRule[]): string[] {
  const verbsOf = new Map<string, Set<string>>();
  for (const { apiGroup, resource, verbs } of needs) {
    const key = `${apiGroup}/${resource}`;
    // Who lists must also watch: the picture is followed, not polled.
    const wanted = verbs.includes('list') ? [...verbs, 'watch'] : verbs;
    verbsOf.set(key, new Set([...(verbsOf.get(key) ?? []), ...wanted]));
  }
  const rules = new Map<string, string[]>();
  for (const [key, verbs] of verbsOf) {
    const [apiGroup = '', resource = ''] = key.split('/');
    const rule = `${JSON.stringify([apiGroup])}\n[${[...verbs].sort().join(', ')}]`;
    rules.set(rule, [...(rules.get(rule) ?? []), resource]);
  }
  return [...rules].map(([rule, resources]) => {
    const [groups, verbs] = rule.split('\n');
    return `  - { apiGroups: ${groups}, resources: ${JSON.stringify(resources)}, verbs: ${verbs} }`;
  });
}
