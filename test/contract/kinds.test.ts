import assert from 'node:assert/strict';
import type { Diagnosis } from '../../src/core/path.ts';
import { deployment, diagnosis, lab, type Manifest, seen, service } from './lab.ts';

describe('contract: each kind of Service', function () {
  this.timeout(120_000);
  const it_ = lab();

  before(() => it_.make(deployment('web', { replicas: 2 })));

  const entrances = ({ path }: Diagnosis, kind: string) => path.entrances.filter((e) => e.kind === kind);
  /** Makes it, and waits for what is to be seen from inside the cluster. */
  async function traced(made: readonly Manifest[], name: string, verdict = 'works'): Promise<Diagnosis> {
    await it_.make(...made);
    const live = it_.follow(name);
    try {
      return await seen(live, (_, s) => {
        const d = diagnosis(s, { kind: 'cluster' });
        return d.verdict === verdict && d;
      });
    } finally {
      live.dispose();
    }
  }
  const selector = { app: 'web' };
  const errors = (d: Diagnosis) => d.findings.filter(({ level }) => level === 'error').map(({ code }) => code);

  it('headless: a name and the pods, no virtual address', async () => {
    const d = await traced([service('headless', { selector, clusterIP: 'None' })], 'headless');
    assert.deepEqual(entrances(d, 'cluster-ip'), []);
    assert.equal(entrances(d, 'dns').length, 1);
    assert.deepEqual(errors(d), []);
    assert.deepEqual(d.path.service?.clusterIPs, ['None']);
  });

  it('ExternalName: a name for a name', async () => {
    await it_.make(
      service('elsewhere', {
        selector: undefined,
        ports: undefined,
        type: 'ExternalName',
        externalName: 'example.com',
      }),
    );
    const live = it_.follow('elsewhere');
    const snapshot = await live.first();
    live.dispose();
    const d = diagnosis(snapshot, { kind: 'cluster' });
    assert.equal(entrances(d, 'external-name').length, 1);
    assert.match(JSON.stringify(entrances(d, 'external-name')), /example\.com/);
    assert.deepEqual(errors(d), []);
  });

  it('LoadBalancer: pending, then with the address that a controller gives it', async () => {
    await it_.make(service('lb', { selector, type: 'LoadBalancer' }));
    const live = it_.follow('lb');
    await seen(live, (d) => d.findings.some(({ code }) => code === 'load-balancer-pending'));
    await it_.client.json(`/api/v1/namespaces/${it_.namespace}/services/lb/status`, {
      method: 'PATCH',
      body: { status: { loadBalancer: { ingress: [{ ip: '203.0.113.7', ipMode: 'VIP' }] } } },
    });
    const d = await seen(
      live,
      (now) => entrances(now, 'load-balancer').some(({ url }) => url.includes('203.0.113.7')) && now,
    );
    live.dispose();
    assert.ok(!d.findings.some(({ code }) => code === 'load-balancer-pending'));
  });

  it('externalIPs', async () => {
    const d = await traced([service('outside', { selector, externalIPs: ['203.0.113.9'] })], 'outside');
    assert.match(JSON.stringify(entrances(d, 'external-ip')), /203\.0\.113\.9/);
  });

  it('no selector, slices made by hand', async () => {
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'by-hand-1', labels: { 'kubernetes.io/service-name': 'by-hand' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 5432, protocol: 'TCP' }],
      endpoints: [{ addresses: ['203.0.113.20'] }],
    };
    const d = await traced([service('by-hand', { selector: undefined }), slice], 'by-hand');
    assert.ok(
      d.path.hops.some(({ id, address }) => id.startsWith('endpoint/') && address.includes('203.0.113.20:5432')),
    );
    assert.deepEqual(errors(d), []);
  });

  it('no selector, a slice by hand that names a pod: the pod is read though nothing selects it', async () => {
    const { items } = await it_.client.json<{
      items: { metadata: { name: string; uid: string }; status: { podIP?: string } }[];
    }>(`/api/v1/namespaces/${it_.namespace}/pods`, { query: { labelSelector: 'app=web' } });
    const pod = items.find(({ status }) => status.podIP);
    assert.ok(pod);
    const { name, uid } = pod.metadata;
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'names-a-pod-1', labels: { 'kubernetes.io/service-name': 'names-a-pod' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: [{ addresses: [pod.status.podIP], targetRef: { kind: 'Pod', namespace: it_.namespace, name, uid } }],
    };
    const d = await traced([service('names-a-pod', { selector: undefined }), slice], 'names-a-pod');
    assert.ok(d.path.snapshot.pods.known && d.path.snapshot.pods.items.some((p) => p.name === name));
    assert.ok(d.path.hops.some(({ id }) => id === `pod/${name}`));
  });

  it('several ports, named targetPorts, UDP beside TCP', async () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'admin', port: 81, targetPort: 8080 },
      { name: 'dns', port: 53, targetPort: 5353, protocol: 'UDP' },
    ];
    const d = await traced([service('ports', { selector, type: 'NodePort', ports })], 'ports');
    assert.deepEqual(
      entrances(d, 'cluster-ip').map(({ port }) => port),
      ['80/TCP', '81/TCP', '53/UDP'],
    );
    assert.equal(new Set(entrances(d, 'node-port').map(({ port }) => port)).size, 3);
    assert.deepEqual(errors(d), []);
    assert.ok(d.path.hops.some(({ kind, address }) => kind === 'pod' && address.includes(':8080')));
  });

  it('internalTrafficPolicy and externalTrafficPolicy Local', async () => {
    const policies = { externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' };
    const d = await traced([service('local', { selector, type: 'NodePort', ...policies })], 'local');
    assert.equal(d.path.service?.externalTrafficPolicy, 'Local');
    assert.equal(d.path.service?.internalTrafficPolicy, 'Local');
    // For a client outside; a pod that asks a NodePort is sent on as if it had asked the ClusterIP.
    const outside = diagnosis(d.path.snapshot);
    for (const entrance of entrances(outside, 'node-port')) {
      const node = entrance.hops.find((id) => id.startsWith('node/'))?.slice('node/'.length);
      const pods = entrance.hops
        .filter((id) => id.startsWith('pod/'))
        .map((id) => outside.path.hops.find((hop) => hop.id === id));
      assert.ok(
        pods.every((pod) => pod?.node === node),
        `only pods of ${node}: ${JSON.stringify(entrance)}`,
      );
    }
  });

  it('answers whose an address is, and which Services lead to an object', async () => {
    const live = it_.follow('headless');
    const snapshot = await seen(
      live,
      (_, s) => s.pods.known && s.pods.items.every(({ podIPs }) => podIPs.length > 0) && s,
    );
    live.dispose();
    assert.ok(snapshot.pods.known && snapshot.nodes.known);
    const [pod] = snapshot.pods.items;
    assert.ok(pod);
    const owner = await it_.cluster.ownerOf(pod.podIPs[0] ?? '');
    assert.deepEqual([owner?.kind, owner?.namespace, owner?.name], ['Pod', it_.namespace, pod.name]);
    assert.ok(owner?.services.some(({ name }) => name === 'headless'));
    const node = snapshot.nodes.items[0]?.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
    assert.equal((await it_.cluster.ownerOf(node))?.kind, 'Node');
    const own = async (address: string) => (await it_.cluster.ownerOf(address))?.name;
    const { path } = diagnosis(await it_.follow('ports').first());
    assert.equal(await own(path.service?.clusterIPs[0] ?? ''), 'ports');
    assert.equal(await own('203.0.113.9'), 'outside');
    assert.equal(await own('203.0.113.7'), 'lb');
    assert.equal(await own('203.0.113.99'), undefined);
    const services = (kind: string, apiVersion: string, name: string) =>
      it_.cluster
        .servicesOf({ kind, apiVersion, name, namespace: it_.namespace })
        .then((all) => all.map((s) => s.name));
    assert.ok((await services('Pod', 'v1', pod.name)).includes('ports'));
    assert.ok((await services('Deployment', 'apps/v1', 'web')).includes('headless'));
    assert.ok(!(await services('Deployment', 'apps/v1', 'web')).includes('by-hand'));
    const object = await it_.cluster.object({
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: it_.namespace,
      name: pod.name,
    });
    assert.equal((object['metadata'] as { managedFields?: unknown }).managedFields, undefined);
    assert.ok((await it_.cluster.namespaces()).includes(it_.namespace));
  });
});
