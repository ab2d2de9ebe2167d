import assert from 'node:assert/strict';
import type { Cluster, LiveTrace } from '../../src/cluster/cluster.ts';
import { connect } from '../../src/cluster/connect.ts';
import { roleFor } from '../../src/core/rights.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { FakeApi, fastTiming, refuse, type Thing, until } from './fakeApi.ts';

const at = (resource: string, group = 'api/v1') => `/${group}/namespaces/shop/${resource}`;
const service = (selector: Record<string, string> = { app: 'web' }, name = 'web'): Thing => ({
  metadata: { name, namespace: 'shop' },
  spec: { selector, ports: [{ port: 80 }], clusterIP: '10.96.0.7', type: 'ClusterIP' },
});
const pod = (name: string, labels: Record<string, string> = { app: 'web' }, more: object = {}): Thing => ({
  metadata: { name, namespace: 'shop', labels, ...more },
  status: { phase: 'Running' },
});
const slice = (...pods: string[]): Thing => ({
  metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ port: 8080 }],
  endpoints: pods.map((name) => ({ addresses: ['10.244.0.9'], targetRef: { kind: 'Pod', namespace: 'shop', name } })),
});
const workload = (kind: string, name: string, labels: Record<string, string>, owner?: [string, string]): Thing => ({
  metadata: {
    name,
    namespace: 'shop',
    ...(owner
      ? {
          ownerReferences: [{ apiVersion: 'apps/v1', kind: owner[0], name: owner[1], uid: owner[1], controller: true }],
        }
      : {}),
  },
  spec: { replicas: 1, template: { metadata: { labels }, spec: { containers: [] } } },
  kind,
});

describe('live: one Service and what belongs to it', () => {
  let timing: ReturnType<typeof fastTiming>;
  let api: FakeApi;
  let cluster: Cluster;
  let trace: LiveTrace;

  beforeEach(async () => {
    timing = fastTiming(10);
    api = new FakeApi(timing);
    await api.start();
    cluster = connect(api.target(), { timing });
  });
  afterEach(async () => {
    cluster.dispose();
    await until(
      () => timing.sleeping === 0 && api.sockets.size === 0,
      1000,
      () => [timing.sleeping, api.sockets.size],
    );
    await api.stop();
  });

  const start = async () => {
    trace = cluster.trace({ namespace: 'shop', name: 'web' });
    return await trace.first();
  };
  const names = (list: keyof Snapshot) => {
    const value = trace.snapshot?.[list] as { known?: boolean; items?: { name: string; kind?: string }[] } | undefined;
    return value?.known
      ? (value.items ?? [])
          .map(({ name }) => name)
          .sort()
          .join(' ')
      : undefined;
  };
  const shows = (list: keyof Snapshot, expected: string) =>
    until(
      () => names(list) === expected,
      2000,
      () => [names(list), trace.snapshot?.[list]],
    );

  it('reads pods by the selector only, however many others there are', async () => {
    api.put(at('services'), service());
    for (let i = 0; i < 300; i++) api.put(at('pods'), pod(`other${i}`, { app: 'other' }));
    api.put(at('pods'), pod('a'));
    await start();
    assert.equal(names('pods'), 'a');
    const lists = api.asked.filter(({ url }) => url.pathname === at('pods'));
    assert.ok(lists.every(({ url }) => url.searchParams.get('labelSelector') === 'app=web'));
    assert.ok(api.asked.every(({ url }) => url.pathname !== '/api/v1/pods'));
  });

  it('follows the selector when it changes, and leaves the old watch', async () => {
    api.put(at('services'), service());
    api.put(at('pods'), pod('a'));
    api.put(at('pods'), pod('b', { app: 'api' }));
    await start();
    api.put(at('services'), service({ app: 'api' }));
    await shows('pods', 'b');
    api.put(at('pods'), pod('c', { app: 'api' }));
    await shows('pods', 'b c');
    await until(() => api.watchers(at('pods')) === 1);
  });

  it('explains a selector that matches nothing: near workloads, some pods; both forgotten when it matches', async () => {
    api.put(at('services'), service({ app: 'wbe', tier: 'front' }));
    api.put(at('pods'), pod('a'));
    api.put(at('deployments', 'apis/apps/v1'), workload('Deployment', 'near', { app: 'web', tier: 'front' }));
    api.put(at('deployments', 'apis/apps/v1'), workload('Deployment', 'unrelated', { name: 'db' }));
    await start();
    assert.deepEqual([names('pods'), names('nearPods'), names('workloads')], ['', 'a', 'near']);
    assert.ok(
      api.asked
        .filter(({ url }) => url.pathname === at('pods') && !url.searchParams.has('labelSelector'))
        .every(({ url }) => url.searchParams.get('limit') === '50'),
    );
    api.put(at('services'), service());
    await shows('pods', 'a');
    assert.deepEqual([names('nearPods'), names('workloads')], ['', '']);
    await until(() => api.watchers(at('deployments', 'apis/apps/v1')) === 0);
  });

  it('climbs from the pods to their owners; an owner of an unknown kind is known by name', async () => {
    const owner = (kind: string, name: string, apiVersion = 'apps/v1') => ({
      ownerReferences: [{ apiVersion, kind, name, uid: name, controller: true }],
    });
    api.put(at('services'), service());
    api.put(at('pods'), pod('a', { app: 'web' }, owner('ReplicaSet', 'rs')));
    api.put(at('pods'), pod('b', { app: 'web' }, owner('Rollout', 'canary', 'argoproj.io/v1alpha1')));
    api.put(at('pods'), pod('c', { app: 'web' }, owner('Node', 'minikube', 'v1')));
    api.put(at('replicasets', 'apis/apps/v1'), workload('ReplicaSet', 'rs', { app: 'web' }, ['Deployment', 'web']));
    api.put(at('deployments', 'apis/apps/v1'), workload('Deployment', 'web', { app: 'web' }));
    await start();
    assert.equal(names('workloads'), 'canary rs web');
    assert.ok(trace.snapshot?.workloads.known);
    assert.deepEqual(
      trace.snapshot.workloads.items.map(({ kind, template }) => [kind, template !== undefined]),
      [
        ['ReplicaSet', true],
        ['Rollout', false],
        ['Deployment', true],
      ],
    );
  });

  it('reads pods that only slices name, and forgets them with the slice', async () => {
    api.put(at('services'), service());
    api.put(at('pods'), pod('a'));
    api.put(at('pods'), pod('unselected', { app: 'other' }));
    api.put(at('endpointslices', 'apis/discovery.k8s.io/v1'), slice('a', 'unselected', 'gone'));
    await start();
    assert.equal(names('pods'), 'a unselected');
    api.put(at('endpointslices', 'apis/discovery.k8s.io/v1'), slice('a'));
    await shows('pods', 'a');
  });

  it('a Service that is not there: others to choose from; it appears when it is made, and is missed when it goes', async () => {
    api.put(at('services'), service({ app: 'x' }, 'wbe'));
    api.put('/api/v1/namespaces/elsewhere/services', {
      ...service(),
      metadata: { name: 'web', namespace: 'elsewhere' },
    });
    const snapshot = await start();
    assert.deepEqual(snapshot.service, { known: true, items: [] });
    assert.equal(names('otherServices'), 'wbe web');
    api.put(at('services'), service());
    await shows('service', 'web');
    assert.equal(names('otherServices'), '');
    api.remove(at('services'), 'web');
    await shows('service', '');
  });

  it('shares what did not change between snapshots, and tells a flock of changes once', async () => {
    api.put(at('services'), service());
    api.put('/api/v1/nodes', { metadata: { name: 'n1' } });
    for (let i = 0; i < 50; i++) api.put(at('pods'), pod(`p${i}`));
    const before = await start();
    await until(() => api.streams.size === 11);
    const told: Snapshot[] = [];
    trace.onChange((snapshot) => told.push(snapshot));
    for (let i = 0; i < 50; i++) api.put(at('pods'), pod(`p${i}`, { app: 'web', round: '2' }));
    const after = await until(
      () =>
        trace.snapshot?.pods.known &&
        trace.snapshot.pods.items.every(({ labels }) => labels['round'] === '2') &&
        trace.snapshot,
    );
    assert.ok(told.length <= 10, `${told.length} snapshots`);
    for (const key of [
      'service',
      'slices',
      'nodes',
      'events',
      'workloads',
      'kubeProxy',
      'apiServers',
      'dns',
      'connection',
      'laptop',
      'nearPods',
    ] as const)
      assert.equal(after[key], before[key], `${key} is the same object`);
    assert.notEqual(after.pods, before.pods);
  });

  it('does not wait for a slow list: it goes out unknown, and follows', async () => {
    api.put(at('services'), service());
    let hang = true;
    api.fault = (_, __, url) => hang && url.pathname === '/api/v1/nodes';
    const snapshot = await start();
    assert.ok(snapshot.service.known && !snapshot.nodes.known);
    hang = false;
    api.put('/api/v1/nodes', { metadata: { name: 'n1' } });
  });

  it('with Services alone allowed nothing throws, and each unknown names its rule', async () => {
    api.put(at('services'), service());
    api.fault = (_, response, url) => {
      if (url.pathname.endsWith('/services') && !url.searchParams.has('watch') && url.pathname.includes('/shop/'))
        return false;
      if (url.pathname === '/version') return false;
      refuse(response, 403, 'no');
      return true;
    };
    const snapshot = await start();
    assert.equal(names('service'), 'web');
    for (const key of ['slices', 'pods', 'nodes', 'events', 'workloads'] as const) {
      const value = snapshot[key];
      assert.ok(!value.known && value.needs, key);
    }
    assert.match(roleFor(snapshot), /endpointslices/);
    api.put(at('services'), service({ app: 'later' }));
    await until(
      () => trace.snapshot?.service.known && trace.snapshot.service.items[0]?.selector['app'] === 'later',
      3000,
    );
  });

  it('reads kube-proxy and DNS, and tells nonsense in a ConfigMap from a mode', async () => {
    const system = (resource: string, group = 'api/v1') => `/${group}/namespaces/kube-system/${resource}`;
    const map = (name: string, data: object): Thing => ({ metadata: { name, namespace: 'kube-system' }, data });
    api.put(at('services'), service());
    api.put(
      system('configmaps'),
      map('kube-proxy', {
        'config.conf': 'mode: nftables\nclusterCIDR: 10.244.0.0/16\nnodePortAddresses: [primary]\n',
      }),
    );
    api.put(
      system('configmaps'),
      map('coredns', { Corefile: '.:53 {\n    kubernetes my.domain in-addr.arpa {\n    }\n}\n' }),
    );
    const snapshot = await start();
    assert.deepEqual(snapshot.kubeProxy.config, {
      known: true,
      items: [{ mode: 'nftables', clusterCIDR: '10.244.0.0/16', nodePortAddresses: ['primary'] }],
    });
    assert.equal(snapshot.dns.domain, 'my.domain');
    api.put(system('configmaps'), map('kube-proxy', { 'config.conf': ': not: yaml: [' }));
    await until(() => trace.snapshot?.kubeProxy.config.known && trace.snapshot.kubeProxy.config.items[0]?.mode === '');
  });

  it('two traces share the cluster-wide watches; when the last one goes, all end', async () => {
    api.put(at('services'), service());
    api.put(at('services'), service({ app: 'x' }, 'second'));
    await start();
    const second = cluster.trace({ namespace: 'shop', name: 'second' });
    await second.first();
    await until(() => api.watchers('/api/v1/nodes') === 1);
    trace.dispose();
    await until(() => api.watchers(at('services')) === 1);
    assert.equal(api.watchers('/api/v1/nodes'), 1);
    second.dispose();
    await until(() => api.streams.size === 0);
    await until(
      () => timing.sleeping <= 1,
      1000,
      () => timing.sleeping,
    );
  });

  it('first() can be cancelled', async () => {
    api.fault = () => true;
    trace = cluster.trace({ namespace: 'shop', name: 'web' });
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 20);
    await assert.rejects(trace.first(cancel.signal), { kind: 'cancelled' });
    const first = trace.first();
    setTimeout(() => trace.dispose(), 20);
    await assert.rejects(first, { kind: 'cancelled' });
  });
});
