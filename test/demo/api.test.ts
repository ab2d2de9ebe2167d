import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { parse } from 'yaml';
import { type Demo, startDemo } from '../../src/demo/demo.ts';
import { ask, type Json, until, watch } from './client.ts';

const PODS = '/api/v1/namespaces/default/pods';
const SERVICES = '/api/v1/namespaces/default/services';
const names = (list: Json) => list.items.map((o: Json) => o.metadata.name);

describe('demo cluster: the API', () => {
  let demo: Demo;
  before(async () => {
    demo = await startDemo();
  });
  after(() => demo.stop());

  it("has the tutorial's own numbers", async () => {
    const { json: service } = await ask(demo, `${SERVICES}/api-service`);
    equal(service.spec.clusterIP, '10.96.123.45');
    deepEqual(service.spec.ports, [{ name: 'http', protocol: 'TCP', port: 8080, targetPort: 8080, nodePort: 30080 }]);
    deepEqual(service.spec.selector, { app: 'api' });
    const { json: pods } = await ask(demo, `${PODS}?labelSelector=app%3Dapi`);
    deepEqual(pods.items.map((p: Json) => p.status.podIP).sort(), ['10.244.0.5', '10.244.0.6']);
    for (const pod of pods.items) equal(pod.metadata.labels.version, 'v0.1');
    const { json: slices } = await ask(
      demo,
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Dapi-service',
    );
    deepEqual(slices.items[0].ports, [{ name: 'http', port: 8080, protocol: 'TCP' }]);
    deepEqual(
      slices.items[0].endpoints.map((e: Json) => [e.addresses[0], e.conditions.ready, e.nodeName]),
      [
        ['10.244.0.5', true, 'minikube'],
        ['10.244.0.6', true, 'minikube'],
      ],
    );
    const { json: node } = await ask(demo, '/api/v1/nodes/minikube');
    equal(node.status.addresses[0].address, '192.168.49.2');
    equal(node.metadata.labels['minikube.k8s.io/name'], 'minikube');
  });

  it("writes minikube's kubeconfig", () => {
    const config = parse(demo.kubeconfig);
    equal(config['current-context'], 'minikube');
    equal(config.contexts[0].context.extensions[0].extension.provider, 'minikube.sigs.k8s.io');
    match(config.clusters[0].cluster.server, /^https:\/\/127\.0\.0\.1:\d+$/);
  });

  it('lists in pages, each object once', async () => {
    const all: string[] = [];
    for (let token = '', pages = 0; pages === 0 || token; pages++) {
      const { json } = await ask(demo, `/api/v1/pods?limit=3&continue=${token}`);
      ok(json.items.length <= 3);
      all.push(...names(json));
      token = json.metadata.continue ?? '';
    }
    deepEqual(all, names((await ask(demo, '/api/v1/pods')).json));
    equal((await ask(demo, '/api/v1/pods?limit=1&continue=nonsense')).status, 400);
  });

  for (const [query, expected] of [
    ['labelSelector=app in (api, web),version', 2],
    ['labelSelector=app notin (api)', 0],
    ['labelSelector=!app', 0],
    ['labelSelector=app!=api', 0],
    ['labelSelector=version=v0.1', 2],
    ['fieldSelector=status.podIP=10.244.0.5', 1],
    ['fieldSelector=spec.nodeName=minikube', 2],
    ['fieldSelector=status.phase!=Running', 0],
  ] as const) {
    it(`selects by ${query}`, async () => {
      const [key, value] = [query.slice(0, query.indexOf('=')), query.slice(query.indexOf('=') + 1)];
      const { json } = await ask(demo, `${PODS}?${key}=${encodeURIComponent(value)}`);
      equal(json.items.length, expected);
    });
  }

  it('answers Tables as kubectl prints them, and metadata alone', async () => {
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json';
    const { json } = await ask(demo, `${SERVICES}?includeObject=None`, { accept });
    equal(json.kind, 'Table');
    deepEqual(json.rows[0].cells.slice(0, 5), ['api-service', 'NodePort', '10.96.123.45', '<none>', '8080:30080/TCP']);
    equal(json.rows[0].object, undefined);
    const partial = await ask(demo, SERVICES, {
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    });
    equal(partial.json.kind, 'PartialObjectMetadataList');
    deepEqual(Object.keys(partial.json.items[0]).sort(), ['apiVersion', 'kind', 'metadata']);
  });

  it('watches from where a list ended; leaving the selector is a DELETED', async () => {
    const cm = '/api/v1/namespaces/shop/configmaps';
    const { json: before } = await ask(demo, `${cm}?labelSelector=a%3Db`);
    const seen = await watch(
      demo,
      `${cm}?watch=1&labelSelector=a%3Db&resourceVersion=${before.metadata.resourceVersion}`,
    );
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', labels: { a: 'b' } },
      data: { k: '1' },
    };
    equal((await ask(demo, cm, { method: 'POST', body: object })).status, 201);
    const merge = (body: unknown) =>
      ask(demo, `${cm}/x`, { method: 'PATCH', body, type: 'application/merge-patch+json' });
    await merge({ data: { k: '2' } });
    await merge({ metadata: { labels: { a: null } } });
    await merge({ metadata: { labels: { a: 'b' } } });
    await ask(demo, `${cm}/x`, { method: 'DELETE' });
    const types = [];
    for (let i = 0; i < 5; i++) types.push((await seen.next()).type);
    deepEqual(types, ['ADDED', 'MODIFIED', 'DELETED', 'ADDED', 'DELETED']);
    seen.close();
  });

  it('ends a watch after timeoutSeconds, with a bookmark for who allows them', async () => {
    const { json } = await ask(demo, PODS);
    const rest = `resourceVersion=${json.metadata.resourceVersion}&timeoutSeconds=1&allowWatchBookmarks=true`;
    const seen = await watch(demo, `${PODS}?watch=true&${rest}`);
    equal((await seen.next()).type, 'BOOKMARK');
    await seen.ended;
  });

  it('streams the list first to who asks for it', async () => {
    const seen = await watch(
      demo,
      `${PODS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    deepEqual([(await seen.next()).type, (await seen.next()).type], ['ADDED', 'ADDED']);
    const { type, object } = await seen.next();
    equal(type, 'BOOKMARK');
    equal(object.metadata.annotations['k8s.io/initial-events-end'], 'true');
    seen.close();
  });

  it('knows who may do what', async () => {
    equal((await ask(demo, PODS, { token: 'wrong' })).status, 401);
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const rules = [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'list'] }];
    await ask(demo, `${rbac}/roles`, {
      method: 'POST',
      body: { apiVersion, kind: 'Role', metadata: { name: 'r' }, rules },
    });
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' };
    const binding = { apiVersion, kind: 'RoleBinding', metadata: { name: 'r' }, subjects, roleRef };
    await ask(demo, `${rbac}/rolebindings`, { method: 'POST', body: binding });
    const asked = await ask(demo, '/api/v1/namespaces/default/serviceaccounts/default/token', {
      method: 'POST',
      body: { spec: {} },
    });
    const { token } = asked.json.status;
    equal((await ask(demo, SERVICES, { token })).status, 200);
    const refused = await ask(demo, PODS, { token });
    equal(refused.status, 403);
    equal(
      refused.json.message,
      'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    match((await ask(demo, '/api/v1/services', { token })).json.message, /at the cluster scope$/);
    match(
      (await ask(demo, `${SERVICES}/x`, { token, method: 'DELETE' })).json.message,
      /^services "x" is forbidden: .* cannot delete resource "services"/,
    );
    const review = (resource: string) =>
      ask(demo, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        method: 'POST',
        token,
        body: { spec: { resourceAttributes: { verb: 'list', resource, namespace: 'default' } } },
      });
    equal((await review('services')).json.status.allowed, true);
    equal((await review('pods')).json.status.allowed, false);
  });

  it('says 404 as the API server does, for objects and for what it does not serve', async () => {
    equal((await ask(demo, `${SERVICES}/nope`)).json.message, 'services "nope" not found');
    const { status, json } = await ask(demo, '/apis/apps/v1/controllerrevisions');
    deepEqual([status, json.kind], [404, 'Status']);
    equal(json.message, 'the server could not find the requested resource');
    const group = await ask(demo, '/apis/gateway.networking.k8s.io/v1/httproutes');
    deepEqual([group.status, group.json], [404, '404 page not found\n']);
    const field = await ask(demo, `${PODS}?fieldSelector=spec.foo%3Dx`);
    deepEqual([field.status, field.json.message], [400, 'field label not supported: spec.foo']);
  });

  const port = (p: object) => ({ spec: { type: 'NodePort', selector: { a: 'b' }, ports: [{ port: 80, ...p }] } });
  for (const [what, object, message] of [
    [
      'a nodePort out of range',
      port({ nodePort: 99 }),
      'spec.ports[0].nodePort: Invalid value: 99: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      'a nodePort that is taken',
      port({ nodePort: 30080 }),
      'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    ],
    [
      'a targetPort that is a string of digits',
      port({ targetPort: '80' }),
      'spec.ports[0].targetPort: Invalid value: "80": must contain at least one letter (a-z)',
    ],
    ['no ports', { spec: {} }, 'spec.ports: Required value'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, ...object };
      const { status, json } = await ask(demo, SERVICES, { method: 'POST', body });
      equal(status, 422);
      equal(json.message, `Service "x" is invalid: ${message}`);
    });
  }

  it('forgets on request: an old watch meets 410', async () => {
    const { json } = await ask(demo, PODS);
    demo.test.compact();
    const seen = await watch(demo, `${PODS}?watch=1&resourceVersion=${json.metadata.resourceVersion}`);
    const { type, object } = await seen.next();
    deepEqual([type, object.code, object.reason], ['ERROR', 410, 'Expired']);
    await seen.ended;
  });

  it('goes away and comes back, with another certificate if asked', async () => {
    await demo.test.away();
    await rejects(ask(demo, PODS), { code: 'ECONNREFUSED' });
    await demo.test.back('renewed');
    equal((await ask(demo, PODS)).status, 200);
    await demo.test.away();
    await demo.test.back('strange');
    await rejects(ask(demo, PODS), /certificate/);
    await demo.test.away();
    await demo.test.back('renewed');
  });

  it('makes trouble on request', async () => {
    const { trouble } = demo.test;
    trouble.answer(500, { times: 1, match: /pods/ });
    equal((await ask(demo, SERVICES)).status, 200);
    equal((await ask(demo, PODS)).status, 500);
    equal((await ask(demo, PODS)).status, 200);
    trouble.hangUp({ times: 1 });
    await rejects(ask(demo, PODS));
    trouble.halve({ times: 1 });
    await rejects(ask(demo, PODS), /aborted|hang up|ECONNRESET|JSON/);
    const token = demo.test.renewToken();
    equal((await ask(demo, PODS)).status, 401);
    equal((await until(async () => await ask(demo, PODS, { token }), 'an answer')).status, 200);
  });
});
