import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { type Demo, startDemo } from '../../src/demo/demo.ts';
import { FAULTS, type Fault } from '../../src/demo/faults.ts';
import { ask, type Json, until } from './client.ts';

const API = '/api/v1/namespaces/default';
const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/api-server';
const SLICES =
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Dapi-service';

const pods = async (demo: Demo): Promise<Json[]> => (await ask(demo, `${API}/pods`)).json.items;
const ready = (pod: Json) => pod.status.conditions?.some((c: Json) => c.type === 'Ready' && c.status === 'True');
const endpoints = async (demo: Demo): Promise<Json[]> =>
  (await ask(demo, SLICES)).json.items.flatMap((s: Json) => s.endpoints ?? []);
const edit = (demo: Demo, path: string, body: unknown) =>
  ask(demo, path, { method: 'PATCH', body, type: 'application/strategic-merge-patch+json' });
const template = (container: object, spec: object = {}) => ({
  spec: { template: { spec: { ...spec, containers: [{ name: 'api', ...container }] } } },
});

describe('demo cluster: its controllers', () => {
  let demo: Demo;
  beforeEach(async () => {
    demo = await startDemo();
  });
  afterEach(() => demo.stop());

  it('replaces a deleted pod by one with a new address', async () => {
    const [gone] = await pods(demo);
    await ask(demo, `${API}/pods/${gone.metadata.name}`, { method: 'DELETE' });
    const going = (await endpoints(demo)).find((e) => e.targetRef.uid === gone.metadata.uid);
    deepEqual(going.conditions, { ready: false, serving: true, terminating: true });
    const now = await until(async () => {
      const list = await pods(demo);
      return list.length === 2 && list.every(ready) && !list.some((p) => p.metadata.uid === gone.metadata.uid) && list;
    }, 'two ready pods without the deleted one');
    ok(!now.some((p) => p.status.podIP === gone.status.podIP));
    deepEqual((await endpoints(demo)).map((e) => e.addresses[0]).sort(), now.map((p) => p.status.podIP).sort());
  });

  it('scales up and to zero, the slice staying with nothing in it', async () => {
    const scale = (replicas: number) =>
      ask(demo, `${DEPLOYMENT}/scale`, {
        method: 'PATCH',
        body: { spec: { replicas } },
        type: 'application/merge-patch+json',
      });
    equal((await scale(3)).json.spec.replicas, 3);
    await until(
      async () => (await endpoints(demo)).filter((e) => e.conditions.ready).length === 3,
      'three ready endpoints',
    );
    await scale(0);
    await until(async () => (await pods(demo)).length === 0, 'no pods');
    const { json } = await ask(demo, SLICES);
    deepEqual([json.items.length, json.items[0].endpoints, json.items[0].ports], [1, null, null]);
  });

  it('rolls a new template out, and keeps the old pods while the new image cannot be pulled', async () => {
    await edit(demo, DEPLOYMENT, template({ image: 'traffic-path/api:v0.9' }));
    const stuck = await until(async () => {
      const list = await pods(demo);
      return list.find((p) => p.status.containerStatuses?.[0].state.waiting?.reason === 'ImagePullBackOff') && list;
    }, 'ImagePullBackOff');
    equal(stuck.length, 3);
    equal((await endpoints(demo)).filter((e) => e.conditions.ready).length, 2);
    await edit(demo, DEPLOYMENT, template({ image: 'traffic-path/api:v0.2' }));
    await until(async () => {
      const list = await pods(demo);
      return list.length === 2 && list.every((p) => ready(p) && p.spec.containers[0].image.endsWith('v0.2'));
    }, 'two ready pods of v0.2');
  });

  it('renews the pods of a StatefulSet and of a DaemonSet one at a time', async () => {
    for (const [path, image] of [
      ['/apis/apps/v1/namespaces/shop/statefulsets/cart', 'traffic-path/api:v0.2'],
      ['/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy', 'registry.k8s.io/kube-proxy:v1.38.0'],
    ] as const) {
      const name = path.split('/').at(-1);
      await edit(demo, path, { spec: { template: { spec: { containers: [{ name, image }] } } } });
      const [, space] = /namespaces\/([^/]+)/.exec(path) ?? [];
      await until(async () => {
        const all: Json[] = (await ask(demo, `/api/v1/namespaces/${space}/pods`)).json.items;
        const own = all.filter((p) => p.metadata.name.startsWith(`${name}-`));
        ok(own.filter(ready).length >= own.length - 1);
        return own.length > 0 && own.every((p) => ready(p) && p.spec.containers[0].image === image);
      }, `all of ${name} with ${image}`);
    }
  });

  it('lets a pod go whose label is edited away, and makes another', async () => {
    const [pod] = await pods(demo);
    await edit(demo, `${API}/pods/${pod.metadata.name}`, { metadata: { labels: { app: 'other' } } });
    const list = await until(async () => {
      const now = await pods(demo);
      return now.length === 3 && now.every(ready) && now;
    }, 'three ready pods');
    equal(list.find((p) => p.metadata.uid === pod.metadata.uid).metadata.ownerReferences, undefined);
    ok(!(await endpoints(demo)).some((e) => e.targetRef.uid === pod.metadata.uid));
  });

  it('resolves a named targetPort per pod', async () => {
    const named = { spec: { ports: [{ port: 8080, targetPort: 'http' }] } };
    await edit(demo, `${API}/services/api-service`, named);
    equal(await until(async () => (await ask(demo, SLICES)).json.items[0].ports?.[0].port, 'a port'), 8080);
    await edit(demo, `${API}/services/api-service`, { spec: { ports: [{ port: 8080, targetPort: 'web' }] } });
    await until(async () => (await ask(demo, SLICES)).json.items[0].ports === null, 'no port');
    equal((await endpoints(demo)).length, 2);
  });

  it('restarts a container that exits, later each time', async () => {
    await edit(demo, DEPLOYMENT, template({ env: [{ name: 'CRASH', value: 'true' }] }));
    const pod = await until(
      async () => (await pods(demo)).find((p) => p.status.containerStatuses?.[0].restartCount >= 1),
      'a restart',
    );
    const [status] = pod.status.containerStatuses;
    equal(status.lastState.terminated.exitCode, 1);
    equal(status.state.waiting.reason, 'CrashLoopBackOff');
    const { json: log } = await ask(demo, `${API}/pods/${pod.metadata.name}/log?previous=true`);
    match(log, /crash: asked to/);
  });

  it('makes and removes namespaces with all that is in them', async () => {
    const metadata = { name: 'mine' };
    await ask(demo, '/api/v1/namespaces', { method: 'POST', body: { apiVersion: 'v1', kind: 'Namespace', metadata } });
    equal((await ask(demo, '/api/v1/namespaces/mine/serviceaccounts/default')).status, 200);
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'x' },
      spec: { type: 'LoadBalancer', selector: { a: 'b' }, ports: [{ port: 80 }] },
    };
    const { json } = await ask(demo, '/api/v1/namespaces/mine/services', { method: 'POST', body: service });
    match(json.spec.clusterIP, /^10\.1?[01]\d\./);
    ok(json.spec.ports[0].nodePort >= 30000);
    deepEqual(json.status, { loadBalancer: {} });
    await ask(demo, '/api/v1/namespaces/mine', { method: 'DELETE' });
    equal((await ask(demo, '/api/v1/namespaces/mine/services/x')).status, 404);
  });
});

/** What the objects must say for each fault, beside nothing else being wrong. */
const SHOWS: Readonly<Record<Fault, (demo: Demo) => Promise<unknown>>> = {
  'selector-matches-nothing': async (d) => ok((await endpoints(d)).length === 0 && (await pods(d)).every(ready)),
  'scaled-to-zero': async (d) => equal((await pods(d)).length, 0),
  'target-port-name-missing': async (d) => equal((await ask(d, SLICES)).json.items[0].ports, null),
  'selectorless-no-endpoints': async (d) => equal((await ask(d, SLICES)).json.items.length, 0),
  'readiness-failing': async (d) => {
    deepEqual(
      (await endpoints(d)).map((e) => e.conditions.ready),
      [false, false],
    );
    const { json } = await ask(d, `${API}/events?fieldSelector=reason%3DUnhealthy`);
    match(json.items[0].message, /^Readiness probe failed: Get "http:.*:8081\/ready": dial tcp .* connection refused$/);
  },
  'image-pull-failed': async (d) =>
    equal((await pods(d))[0].status.containerStatuses[0].state.waiting.reason, 'ImagePullBackOff'),
  'container-crashing': async (d) => {
    const [status] = (await pods(d))[0].status.containerStatuses;
    deepEqual([status.state.waiting.reason, status.lastState.terminated.exitCode], ['CrashLoopBackOff', 1]);
    ok(status.restartCount > 0);
  },
  'pod-unschedulable': async (d) => {
    const [condition] = (await pods(d))[0].status.conditions;
    deepEqual([condition.type, condition.status, condition.reason], ['PodScheduled', 'False', 'Unschedulable']);
    match(condition.message, /^0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector/);
  },
  'load-balancer-pending': async (d) => {
    const { json } = await ask(d, `${API}/services/api-service`);
    deepEqual([json.spec.type, json.status.loadBalancer], ['LoadBalancer', {}]);
  },
  'service-not-found': async (d) => equal((await ask(d, `${API}/services/api-service`)).status, 404),
  'tunnel-needed': async (d) => ok((await pods(d)).every(ready)),
  'node-not-reachable': async (d) => {
    const [node] = (await ask(d, '/api/v1/nodes')).json.items;
    match(node.spec.providerID, /^kind:\/\//);
    match(d.kubeconfig, /current-context: kind-demo/);
  },
};

describe('demo cluster: faults', () => {
  for (const fault of FAULTS) {
    it(`${fault} is there before the first answer`, async () => {
      const demo = await startDemo({ fault: [fault] });
      try {
        await SHOWS[fault](demo);
      } finally {
        await demo.stop();
      }
    });
  }

  it('names the faults that it knows when asked for another', async () => {
    await rejects(startDemo({ fault: ['no-such'] }), /"no-such".*selector-matches-nothing, scaled-to-zero/);
  });
});

describe('demo cluster: many pods', () => {
  it('puts so many behind one Service, in slices of at most 100', async () => {
    const demo = await startDemo({ pods: 1_234 });
    try {
      const { json } = await ask(demo, '/api/v1/namespaces/big/pods?limit=250');
      deepEqual([json.items.length, json.metadata.remainingItemCount], [250, 984]);
      notEqual(json.items[0].status.podIP, json.items[1].status.podIP);
      const slices = (await ask(demo, '/apis/discovery.k8s.io/v1/namespaces/big/endpointslices')).json.items;
      equal(slices.length, 13);
      equal(slices.flatMap((s: Json) => s.endpoints).length, 1_234);
    } finally {
      await demo.stop();
    }
  });
});
