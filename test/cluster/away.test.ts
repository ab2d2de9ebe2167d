import assert from 'node:assert/strict';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { generate } from 'selfsigned';
import type { Cluster, LiveTrace } from '../../src/cluster/cluster.ts';
import { connect } from '../../src/cluster/connect.ts';
import type { Target } from '../../src/cluster/connection.ts';
import { FakeApi, fastTiming, json, until } from './fakeApi.ts';

const at = (resource: string, group = 'api/v1') => `/${group}/namespaces/shop/${resource}`;
const service = (more: object = {}) => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], clusterIP: '10.96.0.7', ...more },
});
const pod = (name: string, app = 'web') => ({
  metadata: { name, namespace: 'shop', labels: { app } },
  status: { phase: 'Running' },
});

describe('the API server away', () => {
  const TIMES = 20;
  let timing: ReturnType<typeof fastTiming>;
  let api: FakeApi;
  let cluster: Cluster;
  let trace: LiveTrace;

  const pods = () => trace.snapshot?.pods.known && trace.snapshot.pods.items.map(({ name }) => name).join(' ');
  const seconds = (ms: number) => new Promise((resolve) => setTimeout(resolve, (ms * 1000) / TIMES));

  beforeEach(async () => {
    timing = fastTiming(TIMES);
    api = new FakeApi(timing);
    await api.start();
    api.put(at('services'), service());
    api.put(at('pods'), pod('a'));
    cluster = connect(api.target(), { timing });
    trace = cluster.trace({ namespace: 'shop', name: 'web' });
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

  it('is said at once, with since when; asked at most once a second; followed again when it is back, without a word lost', async () => {
    await trace.first();
    await until(() => api.streams.size === 11);
    const snapshots: unknown[] = [];
    trace.onChange((snapshot) => snapshots.push(snapshot));
    const gone = timing.now();
    await api.stop();
    const { stale } = await until(() => trace.snapshot?.stale && trace.snapshot, 1000);
    assert.ok(timing.now() - gone < 2000, 'told within two seconds');
    assert.ok(Math.abs(Date.parse(stale?.since ?? '') - gone) < 7000);
    assert.match(stale?.why ?? '', /refused|closed/);
    assert.equal(pods(), 'a');
    // A server that accepts and hangs up: every attempt is counted.
    api.fault = (_, response) => {
      response.socket?.destroy();
      return true;
    };
    await api.start();
    const [before, from] = [api.asked.length, timing.now()];
    await seconds(60);
    const asked = api.asked.slice(before);
    assert.ok(asked.length <= (timing.now() - from) / 1000 + 1, `${asked.length} requests in 60 s`);
    assert.ok(asked.length >= 8, `${asked.length} requests: it must go on trying`);
    for (let i = 1; i < asked.length; i++)
      assert.ok((asked[i]?.at ?? 0) - (asked[i - 1]?.at ?? 0) > 900, 'never two in a second');
    api.put(at('pods'), pod('b'));
    api.fault = () => false;
    await until(() => pods() === 'a b' && !trace.snapshot?.stale, 1000);
    assert.ok(snapshots.length < 20, `${snapshots.length} pictures for one outage`);
  }).timeout(12_000);

  it('back as another cluster, with lower resourceVersions: what was is forgotten', async () => {
    await trace.first();
    await until(() => api.streams.size === 11);
    await api.stop();
    await until(() => trace.snapshot?.stale, 1000);
    api.replace(3);
    api.put(at('services'), service());
    api.put(at('pods'), pod('other'));
    await api.start();
    await until(() => pods() === 'other' && !trace.snapshot?.stale, 2000);
    api.put(at('pods'), pod('other2'));
    await until(() => pods() === 'other other2', 1000);
  });

  it('gone before the first reading: first() says why, and the trace appears when the server does', async () => {
    cluster.dispose();
    await api.stop();
    cluster = connect(api.target(), { timing });
    trace = cluster.trace({ namespace: 'shop', name: 'web' });
    await assert.rejects(trace.first(), { name: 'ClusterError', kind: 'unreachable' });
    assert.equal(trace.snapshot, undefined);
    await api.start();
    await until(() => pods() === 'a', 2000);
  });

  it('asleep for an hour: streams that only look open are not trusted', async () => {
    await trace.first();
    await until(() => api.streams.size === 11);
    // As after a sleep: the server has long dropped us, and no packet ever told.
    const [old, asked] = [[...api.streams], api.asked.length];
    for (const stream of old) stream.write = () => true;
    timing.skip(3_600_000);
    api.put(at('pods'), pod('b'));
    await until(() => pods() === 'a b', 1500);
    assert.ok(api.asked.length - asked < 40);
    await until(() => !trace.snapshot?.stale);
  });

  it('silent: connections stay open, nothing answers any more', async () => {
    await trace.first();
    await until(() => api.streams.size === 11);
    api.fault = () => true;
    const { stale } = await until(() => trace.snapshot?.stale && trace.snapshot, 5000);
    assert.match(stale?.why ?? '', /did not answer/);
    api.put(at('pods'), pod('b'));
    api.fault = () => false;
    await until(() => pods() === 'a b' && !trace.snapshot?.stale, 5000);
  }).timeout(12_000);

  it('answering 500 to everything is away, too', async () => {
    await trace.first();
    await until(() => api.streams.size === 11);
    api.fault = (_, response) => {
      json(response, 500, { kind: 'Status', message: 'etcdserver: leader changed' });
      return true;
    };
    for (const stream of api.streams) stream.end();
    await until(() => trace.snapshot?.stale, 1000);
    assert.match(trace.snapshot?.stale?.why ?? '', /leader changed/);
    const [before, from] = [api.asked.length, timing.now()];
    await seconds(30);
    assert.ok(api.asked.length - before <= (timing.now() - from) / 1000 + 1);
    api.fault = () => false;
    await until(() => !trace.snapshot?.stale, 1000);
  }).timeout(6000);
});

describe('the API server back with a new certificate', () => {
  it('is followed again', async () => {
    const certificates = await Promise.all(['one', 'two'].map((value) => generate([{ name: 'commonName', value }])));
    const timing = fastTiming(20);
    const sockets = new Set<Duplex>();
    let port = 0;
    const serve = async (which: number) => {
      const { cert, private: key } = certificates[which] as { cert: string; private: string };
      const server = createServer({ cert, key }, (request, response) => {
        if (request.url?.includes('watch=true')) response.writeHead(200).flushHeaders();
        else json(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
      });
      server.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      });
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
      return async () => {
        const closed = new Promise((resolve) => server.close(resolve));
        for (const socket of sockets) socket.destroy();
        await closed;
      };
    };
    let stop = await serve(0);
    const agent = new Agent({ keepAlive: true });
    const base = new URL(`https://127.0.0.1:${port}`);
    const facts = {
      context: 'x',
      cluster: 'x',
      server: base.origin,
      user: 'x',
      extensions: [],
      insecureSkipTlsVerify: false,
    };
    const target: Target = {
      facts,
      namespace: 'default',
      base,
      options: async () => ({ agent, ca: certificates.map(({ cert }) => cert), checkServerIdentity: () => undefined }),
      dispose: () => agent.destroy(),
    };
    const cluster = connect(target, { timing });
    const trace = cluster.trace({ namespace: 'shop', name: 'web' });
    try {
      await trace.first();
      await stop();
      await until(() => trace.snapshot?.stale, 2000);
      stop = await serve(1);
      await until(
        () => !trace.snapshot?.stale,
        3000,
        () => trace.snapshot?.stale,
      );
    } finally {
      cluster.dispose();
      await stop();
    }
    assert.equal(timing.sleeping, 0);
  }).timeout(15_000);
});
