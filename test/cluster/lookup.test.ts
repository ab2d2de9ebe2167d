import assert from 'node:assert/strict';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { connect } from '../../src/cluster/connect.ts';
import { FakeApi, fastTiming, json, refuse, until } from './fakeApi.ts';

const at = (resource: string, group = 'api/v1') => `/${group}/namespaces/default/${resource}`;
const service = (name: string, selector: object) => ({
  metadata: { name, namespace: 'default' },
  spec: { selector, clusterIP: '10.96.0.7', ports: [{ port: 80, nodePort: 30080 }], type: 'NodePort' },
});

describe('lookup: single questions', () => {
  let timing: ReturnType<typeof fastTiming>;
  let api: FakeApi;
  let cluster: Cluster;

  beforeEach(async () => {
    timing = fastTiming(1);
    api = new FakeApi(timing);
    await api.start();
    cluster = connect(api.target(), { timing });
    api.put(at('services'), service('web', { app: 'web' }));
    api.put(at('services'), service('none', {}));
    api.put(at('pods'), {
      metadata: { name: 'p', namespace: 'default', labels: { app: 'web', v: '1' } },
      status: { podIP: '10.244.0.5', phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
  });
  afterEach(async () => {
    cluster.dispose();
    await until(() => api.sockets.size === 0);
    await api.stop();
  });

  it('lists Services in the words of a Table where Tables are not served', async () => {
    const [web] = await cluster.services('default');
    assert.deepEqual(
      [web?.name, web?.type, web?.clusterIP, web?.externalIP, web?.ports],
      ['web', 'NodePort', '10.96.0.7', '<none>', '80:30080/TCP'],
    );
  });

  it('Services of a pod, and of the backends of an Ingress; a Service without a selector leads nowhere', async () => {
    const backend = (name: string) => ({ backend: { service: { name, port: { number: 80 } } } });
    api.put(at('ingresses', 'apis/networking.k8s.io/v1'), {
      metadata: { name: 'in', namespace: 'default' },
      spec: {
        defaultBackend: { service: { name: 'web' } },
        rules: [{ http: { paths: [backend('api'), backend('web'), { backend: { resource: {} } }] } }, {}],
      },
    });
    const of = (kind: string, apiVersion: string, name: string) =>
      cluster.servicesOf({ kind, apiVersion, name, namespace: 'default' });
    assert.deepEqual(await of('Pod', 'v1', 'p'), [{ namespace: 'default', name: 'web' }]);
    assert.deepEqual(
      (await of('Ingress', 'networking.k8s.io/v1', 'in')).map(({ name }) => name),
      ['web', 'api'],
    );
    await assert.rejects(of('Pod', 'v1', 'gone'), { kind: 'not-found' });
  });

  it('finds the place of a kind that it does not know by asking the API server, once', async () => {
    api.fault = (_, response, url) => {
      if (url.pathname !== '/apis/example.com/v1') return false;
      json(response, 200, {
        resources: [
          { name: 'widgets/status', kind: 'Widget' },
          { name: 'widgets', kind: 'Widget', namespaced: true },
        ],
      });
      return true;
    };
    api.put(at('widgets', 'apis/example.com/v1'), {
      metadata: { name: 'w', namespace: 'default', managedFields: [1] },
      spec: 7,
    });
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w' };
    const object = await cluster.object(widget);
    await cluster.object(widget);
    assert.equal(object['spec'], 7);
    assert.ok(!('managedFields' in (object['metadata'] as object)));
    assert.equal(api.requests('/apis/example.com/v1'), 1);
    await assert.rejects(cluster.object({ ...widget, kind: 'Gadget' }), { kind: 'not-found', message: /Gadget/ });
  });

  it('whose an address is: few requests, remembered for half a minute', async () => {
    const owner = await cluster.ownerOf('10.244.0.5');
    assert.deepEqual([owner?.kind, owner?.name, owner?.services.map(({ name }) => name)], ['Pod', 'p', ['web']]);
    assert.match(owner?.note ?? '', /ready · app=web/);
    const asked = api.asked.length;
    assert.ok(asked <= 4, `${asked} requests`);
    await cluster.ownerOf('10.244.0.5');
    assert.equal(api.asked.length, asked);
    timing.skip(31_000);
    await cluster.ownerOf('10.244.0.5');
    assert.ok(api.asked.length > asked);
  });

  it('whose an address is, with rights in one namespace only, or none', async () => {
    api.fault = (_, response, url) => {
      if (url.pathname.includes('/namespaces/default/')) return false;
      refuse(response, 403, 'no');
      return true;
    };
    assert.equal((await cluster.ownerOf('10.244.0.5'))?.name, 'p');
    api.fault = (_, response) => {
      refuse(response, 403, 'no');
      return true;
    };
    assert.equal(await cluster.ownerOf('10.244.0.6'), undefined);
  });
});
