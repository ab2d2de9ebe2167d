import assert from 'node:assert/strict';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { diagnosis, lab, seen } from './lab.ts';

describe("contract: the tutorial's api-service", function () {
  this.timeout(120_000);
  const it_ = lab();
  let snapshot: Snapshot;

  before(async function () {
    if (process.env['TRAFFIC_PATH_EXAMPLE'] === 'skip') this.skip();
    const live = it_.follow('api-service', 'default');
    snapshot = await seen(live, (d, s) => d.verdict === 'works' && s);
    live.dispose();
  });

  it('is read whole: nothing is unknown', () => {
    const lists = Object.entries(snapshot).filter(([, value]) => value?.known === false);
    assert.deepEqual(lists, []);
    assert.ok(snapshot.kubeProxy.config.known && snapshot.kubeProxy.pods.known && snapshot.dns.service.known);
    assert.match(snapshot.connection.serverVersion ?? '', /^v1\./);
    assert.equal(snapshot.dns.domain, 'cluster.local');
    assert.ok(snapshot.nodes.known && snapshot.nodes.items.some(({ name }) => name === 'minikube'));
    assert.ok(snapshot.pods.known && snapshot.pods.items.length === 2);
    const owners = snapshot.workloads.known ? snapshot.workloads.items.map(({ kind, name }) => [kind, name]) : [];
    assert.deepEqual(owners.map(([kind]) => kind).sort(), ['Deployment', 'ReplicaSet']);
    assert.ok(owners.some(([kind, name]) => kind === 'Deployment' && name === 'api-server'));
  });

  it('knows the range of nodePorts just where the API server runs in a pod', () => {
    const { apiServers } = snapshot;
    assert.ok(apiServers.known);
    const hop = diagnosis(snapshot, { kind: 'laptop' }).path.hops.find(({ kind }) => kind === 'node-port');
    assert.equal(
      hop?.facts['service-node-port-range'],
      apiServers.items.length > 0 ? '30000-32767 (the default)' : undefined,
    );
  });

  it('has its entrances, each with its own chain, and the numbers of the tutorial', () => {
    const { path, verdict } = diagnosis(snapshot, { kind: 'cluster' });
    assert.equal(verdict, 'works');
    const byKind = (kind: string) => path.entrances.filter((entrance) => entrance.kind === kind);
    assert.equal(byKind('cluster-ip')[0]?.id, 'cluster-ip/8080');
    assert.equal(byKind('cluster-ip')[0]?.status, 'works');
    assert.match(byKind('node-port')[0]?.id ?? '', /^node-port\/30080/);
    const crossed = byKind('node-port')[0]?.hops ?? [];
    for (const kind of [
      'node/minikube',
      'node-port/30080',
      'kube-proxy',
      'service',
      'pod/api-server-',
      'container/api-server-',
    ])
      assert.ok(
        crossed.some((id) => id.startsWith(kind)),
        `${kind} in ${crossed.join(' ')}`,
      );
    const service = path.hops.find(({ id }) => id === 'service');
    assert.match(service?.address ?? '', /^10\.96\.123\.45/);
    assert.match(JSON.stringify(service?.facts), /app=api/);
    for (const hop of path.hops) assert.ok(hop.evidence.length > 0, `${hop.id} says how it is known`);
  });
});
