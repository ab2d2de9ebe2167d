import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { draw } from '../../src/core/picture.ts';
import { roleFor } from '../../src/core/rights.ts';
import { trace } from '../../src/core/trace.ts';
import { type Forbidden, snapshot } from './build.ts';
import { tutorial } from './objects.ts';

interface Role {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  roleRef?: { kind: string; name: string };
  subjects?: unknown[];
}

const roles = (text: string) => parseAllDocuments(text).map((d) => d.toJS() as Role);

const all = 'daemonsets,deployments,endpointslices,events,jobs,pods,replicasets,services,statefulsets';

describe('roleFor', () => {
  it('asks for nothing when nothing is lacking', () => {
    assert.equal(roleFor(snapshot({ objects: tutorial() })), '');
  });
  it('asks at once for all that a trace reads in the place where something is lacking', () => {
    const text = roleFor(snapshot({ objects: tutorial(), forbidden: ['workloads'] }));
    const [own, binding, ...others] = roles(text);
    assert.deepEqual(others, []);
    assert.deepEqual([own?.kind, own?.metadata.namespace], ['Role', 'default']);
    assert.deepEqual(
      own?.rules
        ?.flatMap((r) => r.resources)
        .sort()
        .join(),
      all,
    );
    assert.deepEqual([binding?.roleRef?.kind, binding?.roleRef?.name], ['Role', own?.metadata.name]);
    assert.match(text, /in place of YOUR-USER/);
  });
  it('keeps places apart: nodes by a ClusterRole, kube-system by an optional Role', () => {
    const text = roleFor(snapshot({ objects: tutorial(), forbidden: ['nodes', 'kube-proxy'] }));
    const [cluster, clusterBinding, system, systemBinding] = roles(text);
    assert.deepEqual(cluster?.rules?.[0]?.resources, ['nodes']);
    assert.deepEqual([cluster?.kind, clusterBinding?.kind], ['ClusterRole', 'ClusterRoleBinding']);
    assert.deepEqual([system?.metadata.namespace, systemBinding?.kind], ['kube-system', 'RoleBinding']);
    assert.match(text, /# Optional/);
    assert.deepEqual(
      [...new Set([cluster, system].flatMap((r) => r?.rules?.flatMap((x) => x.verbs)))],
      ['get', 'list', 'watch'],
    );
  });
  it('names whom the API server refused, each by a binding of their own', () => {
    const as = (user: string) => {
      const lacks = snapshot({ objects: tutorial(), forbidden: ['pods'] });
      return roles(roleFor({ ...lacks, pods: { ...lacks.pods, user } as typeof lacks.pods }))[1];
    };
    assert.deepEqual(as('jane: "x"\n@corp')?.subjects, [
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane: "x"\n@corp' },
    ]);
    assert.deepEqual(as('system:serviceaccount:ci:bot')?.subjects, [
      { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
    ]);
    assert.notEqual(as('jane')?.metadata.name, as('joe')?.metadata.name);
  });
  it('says that hops are unknown only where one is', () => {
    const banner = (what: Forbidden) =>
      draw(diagnose(trace(snapshot({ objects: tutorial(), forbidden: [what] }), { kind: 'cluster' })), { unfolded: [] })
        .banners[0]?.text;
    assert.match(banner('events') ?? '', /No hop is unknown/);
    assert.match(banner('endpointslices') ?? '', /drawn as unknown/);
  });
  it('survives any namespace name', () => {
    const lacks = snapshot({ objects: tutorial(), forbidden: ['pods'] });
    assert.equal(roles(roleFor({ ...lacks, namespace: 'a: "b"\n- c' }))[0]?.metadata.namespace, 'a: "b"\n- c');
  });
});
