import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { connect } from '../../src/cluster/connect.ts';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { roleFor } from '../../src/core/rights.ts';
import type { Known, Snapshot } from '../../src/core/snapshot.ts';
import { deployment, diagnosis, lab, seen, service } from './lab.ts';

describe('contract: a user with few rights', function () {
  this.timeout(30_000);
  const it_ = lab();
  const clusters: Cluster[] = [];

  before(() => it_.make(deployment('web'), service('web', { type: 'NodePort' }), service('other')));
  after(() => {
    for (const cluster of clusters) cluster.dispose();
  });

  /** A cluster as a service account sees it that has this one rule, in the lab's namespace only. */
  async function as(user: string, ...rules: readonly object[]): Promise<Cluster> {
    const metadata = { name: user };
    const subjects = [{ kind: 'ServiceAccount', name: user, namespace: it_.namespace }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user };
    await it_.make(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata, roleRef, subjects },
    );
    const { status } = await it_.client.json<{ status: { token: string } }>(
      `/api/v1/namespaces/${it_.namespace}/serviceaccounts/${user}/token`,
      { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
    );
    const config = parse(await readFile(process.env['KUBECONFIG'] ?? '', 'utf8'));
    for (const entry of config.users) entry.user = { token: status.token };
    const folder = await mkdtemp(join(tmpdir(), 'traffic-path-'));
    try {
      const file = join(folder, 'config');
      await writeFile(file, stringify(config), { mode: 0o600 });
      const cluster = connect(await (await loadKubeconfig({ env: process.env, setting: file })).target());
      clusters.push(cluster);
      // An authorizer learns of a new Role a moment later.
      for (let i = 0; i < 50; i++) {
        const snapshot = await cluster.trace({ namespace: it_.namespace, name: 'web' }).first();
        if (snapshot.service.known) break;
      }
      return cluster;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  const unknown = (snapshot: Snapshot) =>
    Object.entries(snapshot).flatMap(([key, value]: [string, Known<unknown>]) => (value?.known === false ? [key] : []));

  it('get and list of Services in one namespace: the path to it is shown, the rest is unknown with its reason', async () => {
    const cluster = await as('lister', { apiGroups: [''], resources: ['services'], verbs: ['get', 'list'] });
    const live = cluster.trace({ namespace: it_.namespace, name: 'web' });
    const snapshot = await live.first();
    assert.ok(snapshot.service.known && snapshot.service.items.length === 1);
    assert.deepEqual(unknown(snapshot).sort(), ['apiServers', 'events', 'nodes', 'pods', 'slices', 'workloads']);
    assert.ok(!snapshot.pods.known && !snapshot.slices.known && !snapshot.nodes.known);
    assert.deepEqual(
      { ...snapshot.pods.needs, verbs: [] },
      { apiGroup: '', resource: 'pods', verbs: [], namespace: it_.namespace },
    );
    assert.equal(snapshot.slices.needs?.apiGroup, 'discovery.k8s.io');
    assert.equal(snapshot.nodes.needs?.namespace, undefined);
    const d = diagnosis(snapshot);
    assert.equal(d.verdict, 'unknown');
    assert.ok(d.path.entrances.some(({ kind }) => kind === 'node-port'));
    assert.ok(d.path.hops.find(({ id }) => id === 'service')?.address);
    assert.deepEqual(
      d.findings.filter(({ from, level }) => from === 'everywhere' && level === 'error'),
      [],
    );
    assert.ok(d.path.unknown.length >= 3);
    const role = roleFor(snapshot);
    for (const word of ['kind: Role', it_.namespace, 'pods', 'endpointslices', 'discovery.k8s.io', 'list', 'watch'])
      assert.ok(role.includes(word), `${word} in\n${role}`);
    assert.equal((await cluster.services(it_.namespace)).length, 2);
    await assert.rejects(cluster.namespaces(), { kind: 'forbidden' });
    await assert.rejects(cluster.services(undefined), { kind: 'forbidden' });
    assert.equal(await cluster.ownerOf('10.99.99.99'), undefined);
    // Without watch it is looked at every few seconds.
    await it_.patch('Service', 'web', { metadata: { annotations: { seen: 'yes' } } });
    await seen(live, (_, s) => s.service.known && s.service.items[0]?.annotations['seen'] === 'yes', 10_000);
    live.dispose();
  });

  it('get of one named Service', async () => {
    const cluster = await as('getter', {
      apiGroups: [''],
      resources: ['services'],
      resourceNames: ['web'],
      verbs: ['get'],
    });
    const live = cluster.trace({ namespace: it_.namespace, name: 'web' });
    const snapshot = await live.first();
    assert.ok(snapshot.service.known && snapshot.service.items[0]?.name === 'web');
    assert.equal(diagnosis(snapshot).verdict, 'unknown');
    live.dispose();
    const other = await cluster.trace({ namespace: it_.namespace, name: 'other' }).first();
    assert.ok(!other.service.known);
    assert.equal(other.service.needs?.resource, 'services');
    diagnosis(other);
  });

  it('what the Role lists is what was missing: with it, nothing in the namespace is unknown', async () => {
    const poor = await as('poor', { apiGroups: [''], resources: ['services'], verbs: ['get', 'list'] });
    const documents = roleFor(await poor.trace({ namespace: it_.namespace, name: 'web' }).first());
    const role = documents
      .split(/^---$/m)
      .map((text) => parse(text))
      .find((d) => d?.kind === 'Role' && d.metadata.namespace === it_.namespace);
    const rich = await as('rich', ...role.rules, {
      apiGroups: [''],
      resources: ['services'],
      verbs: ['get', 'list', 'watch'],
    });
    const live = rich.trace({ namespace: it_.namespace, name: 'web' });
    await seen(live, (_, s) => s.pods.known && s.slices.known && s.events.known, 10_000);
    live.dispose();
  });
});
