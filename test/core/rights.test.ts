import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';
import { roleFor } from '../../src/core/rights.ts';
import { snapshot } from './build.ts';
import { tutorial } from './objects.ts';

interface Role {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  roleRef?: { kind: string; name: string };
  subjects?: unknown[];
}

const roles = (text: string) => parseAllDocuments(text).map((d) => d.toJS() as Role);

describe('roleFor', () => {
  it('asks for nothing when nothing is lacking', () => {
    assert.equal(roleFor(snapshot({ objects: tutorial() })), '');
  });
  it('asks for just what is lacking, where it is lacking, to read', () => {
    const text = roleFor(
      snapshot({ objects: tutorial(), forbidden: ['pods', 'events', 'endpointslices', 'nodes', 'kube-proxy'] }),
    );
    const [own, binding, system, , cluster, clusterBinding] = roles(text);
    assert.deepEqual(cluster?.rules, [{ apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch'] }]);
    assert.deepEqual(
      [clusterBinding?.kind, clusterBinding?.roleRef?.name],
      ['ClusterRoleBinding', cluster?.metadata.name],
    );
    assert.equal(own?.metadata.namespace, 'default');
    assert.deepEqual(own?.rules, [
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['pods', 'events'], verbs: ['list', 'watch'] },
    ]);
    assert.deepEqual(
      [binding?.kind, binding?.metadata.namespace, binding?.roleRef?.kind],
      ['RoleBinding', 'default', 'Role'],
    );
    assert.deepEqual(
      system?.rules?.map((r) => [...r.resources, ...r.verbs].join()),
      ['configmaps,get', 'pods,list,watch'],
    );
    assert.doesNotMatch(text, /create|update|delete|patch|\*/);
  });
  it('survives any namespace name', () => {
    const lacks = snapshot({ objects: tutorial(), forbidden: ['pods'] });
    const odd = {
      ...lacks,
      pods: {
        known: false,
        why: 'x',
        needs: { apiGroup: '', resource: 'pods', verbs: ['list'], namespace: 'a: "b"\n- c' },
      },
    } as const;
    assert.equal(roles(roleFor(odd))[0]?.metadata.namespace, 'a: "b"\n- c');
  });
});
