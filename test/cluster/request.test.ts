import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Client } from '../../src/cluster/connection.ts';
import { ClusterError, type ClusterErrorKind } from '../../src/cluster/errors.ts';
import { createClient } from '../../src/cluster/request.ts';
import { type Api, type Echo, echo, startApi, targetOf, Workshop } from './servers.ts';

describe('requests to an API server', function () {
  this.timeout(20_000);
  const workshop = new Workshop();
  const token = 'very-secret-token-1234567890';
  let api: Api;
  let client: Client;

  before(async () => {
    await workshop.authority('ca');
    await workshop.certificate('server', 'ca');
    api = await startApi(workshop, { key: workshop.read('server.key'), cert: workshop.read('server.crt') });
  });

  beforeEach(async () => {
    Object.assign(api, { answer: echo, connections: 0 });
    api.requests.length = 0;
    client = createClient(await targetOf(workshop, { server: api.url, 'certificate-authority': 'ca.crt' }, { token }));
  });

  afterEach(() => client.dispose());
  after(() => workshop.close());

  /** The error that comes, which must never hold the token. */
  async function failure(kind: ClusterErrorKind, act: () => Promise<unknown>): Promise<ClusterError> {
    const error: unknown = await act().then(
      () => assert.fail('it succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ClusterError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.ok(!`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`.includes(token), error.message);
    return error;
  }

  const status = (code: number, message: string, extra: object = {}) => {
    api.answer = (_ask, answer) => {
      answer.writeHead(code, { 'Content-Type': 'application/json' });
      answer.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, ...extra }));
    };
  };

  it('open one connection for thirty requests', async () => {
    for (let n = 0; n < 30; n += 1) await client.json('/version');
    assert.equal(api.requests.length, 30);
    assert.equal(api.connections, 1);
    assert.equal(client.connectionsOpened, 1);
  });

  it('send query, token and what is accepted', async () => {
    const { url, headers } = await client.json<Echo>('/api/v1/pods?watch=0', {
      query: { limit: 5, labelSelector: 'app=api,v in (1)', continue: undefined },
      accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
    });
    assert.equal(url, '/api/v1/pods?watch=0&limit=5&labelSelector=app%3Dapi%2Cv+in+%281%29');
    assert.equal(headers['authorization'], `Bearer ${token}`);
    assert.equal(headers['accept'], 'application/json;as=Table;g=meta.k8s.io;v=v1');
  });

  it('keep the path prefix of the server', async () => {
    const target = await targetOf(workshop, {
      server: `${api.url}/k8s/clusters/c-1/`,
      'certificate-authority': 'ca.crt',
    });
    const prefixed = createClient(target);
    assert.equal((await prefixed.json<Echo>('/version')).url, '/k8s/clusters/c-1/version');
    prefixed.dispose();
  });

  it('send a body', async () => {
    api.answer = async (ask, answer) => {
      let text = '';
      for await (const chunk of ask) text += chunk;
      answer.end(JSON.stringify({ method: ask.method, type: ask.headers['content-type'], body: JSON.parse(text) }));
    };
    const sent = await client.json('/apis/x', { method: 'POST', body: { a: 'ö' } });
    assert.deepEqual(sent, { method: 'POST', type: 'application/json', body: { a: 'ö' } });
  });

  it('undo gzip', async () => {
    api.answer = ({ headers }, answer) => {
      assert.equal(headers['accept-encoding'], 'gzip');
      answer.writeHead(200, { 'Content-Encoding': 'gzip' });
      answer.end(gzipSync(JSON.stringify({ items: [1, 2, 3] })));
    };
    for (let n = 0; n < 10; n += 1) assert.deepEqual(await client.json('/x'), { items: [1, 2, 3] });
    api.answer = async (_ask, answer) => {
      answer.writeHead(200, { 'Content-Encoding': 'gzip' });
      answer.write(gzipSync(JSON.stringify('x'.repeat(100_000))));
      await sleep(10);
      answer.end();
    };
    for (let n = 0; n < 5; n += 1) assert.equal((await client.json<string>('/x')).length, 100_000);
    assert.equal(api.connections, 1);
    api.answer = echo;
    const cluster = { server: api.url, 'certificate-authority': 'ca.crt', 'disable-compression': true };
    const plain = createClient(await targetOf(workshop, cluster));
    assert.equal((await plain.json<Echo>('/x')).headers['accept-encoding'], 'identity');
    plain.dispose();
  });

  it('stream an answer as it comes', async () => {
    let more: (() => void) | undefined;
    api.answer = (_ask, answer) => {
      answer.write('{"type":"ADDED"}\n');
      more = () => answer.end('{"type":"DELETED"}\n');
    };
    const { body } = await client.stream('/watch');
    const seen: string[] = [];
    for await (const chunk of body) {
      seen.push(Buffer.from(chunk).toString());
      more?.();
    }
    assert.deepEqual(seen, ['{"type":"ADDED"}\n', '{"type":"DELETED"}\n']);
  });

  it('say what right is missing', async () => {
    const says = (what: string) =>
      `services is forbidden: User "jane" cannot list resource "services" in API group "" ${what}`;
    status(403, says('in the namespace "shop"'));
    const error = await failure('forbidden', () => client.json('/api/v1/namespaces/shop/services'));
    assert.deepEqual(error.needs, { apiGroup: '', resource: 'services', verbs: ['list'], namespace: 'shop' });
    status(403, says('at the cluster scope'));
    const everywhere = await failure('forbidden', () => client.json('/api/v1/services'));
    assert.deepEqual(everywhere.needs, { apiGroup: '', resource: 'services', verbs: ['list'] });
  });

  it('turn each refusal into its kind and a sentence', async () => {
    status(404, 'services "api" not found');
    assert.equal((await failure('not-found', () => client.json('/x'))).message, 'services "api" not found');
    status(410, 'too old resource version: 1 (5)');
    await failure('gone', () => client.json('/x'));
    status(500, `etcdserver: request timed out, Authorization: Bearer ${token}`);
    assert.match(
      (await failure('server', () => client.json('/x'))).message,
      /could not answer \/x \(500\): etcdserver/,
    );
    status(429, 'too many requests');
    assert.match((await failure('server', () => client.stream('/x'))).message, /busy/);
    api.answer = (_ask, answer) => answer.writeHead(302, { Location: 'https://login.example/?x=1' }).end();
    assert.match((await failure('server', () => client.json('/x'))).message, /login\.example/);
    api.answer = (_ask, answer) => answer.end('<html>Log in</html>');
    assert.match((await failure('server', () => client.json('/x'))).message, /not JSON/);
  });

  it('name the user whose credentials are refused, after one renewal', async () => {
    status(401, 'Unauthorized');
    const { message } = await failure('credentials', () => client.json('/x'));
    assert.match(message, /does not accept the credentials of user "me" of context "test"/);
    assert.equal(api.requests.length, 2);
  });

  it('tell half an answer from a whole one', async () => {
    api.answer = (_ask, answer) => {
      answer.writeHead(200, { 'Content-Length': 100 });
      answer.write('{"half":');
      setTimeout(() => answer.destroy(), 20);
    };
    assert.match((await failure('unreachable', () => client.json('/x'))).message, /broke off/);
    api.answer = (_ask, answer) => {
      answer.writeHead(200, { 'Content-Encoding': 'gzip' });
      answer.end(gzipSync('x'.repeat(1000)).subarray(0, 20));
    };
    assert.match((await failure('unreachable', () => client.json('/x'))).message, /broke off/);
    api.answer = (_ask, answer) => answer.destroy();
    assert.match((await failure('unreachable', () => client.json('/x'))).message, /without an answer/);
  });

  it('repeat a read whose idle connection the server had just closed', async () => {
    await client.json('/version');
    let refused = 0;
    api.answer = (ask, answer) => {
      refused += 1;
      if (refused === 1) ask.socket.destroy();
      else echo(ask, answer);
    };
    await client.json('/version');
    assert.equal(refused, 2);
  });

  it('wait neither for a slow head nor for a silent body', async () => {
    api.answer = () => {};
    assert.match((await failure('timeout', () => client.json('/x', { timeoutMs: 60 }))).message, /within 0.06 s/);
    api.answer = (_ask, answer) => void answer.write('{');
    await failure('timeout', () => client.json('/x', { timeoutMs: 60 }));
  });

  it('let a body be slow as long as it is not silent', async () => {
    api.answer = async (_ask, answer) => {
      for (const part of ['[1', ',2', ',3', ']']) {
        answer.write(part);
        await sleep(60);
      }
      answer.end();
    };
    assert.deepEqual(await client.json('/x', { timeoutMs: 150 }), [1, 2, 3]);
  });

  it('stop when nobody wants the answer any more', async () => {
    api.answer = () => {};
    await failure('cancelled', () => client.json('/x', { signal: AbortSignal.abort() }));
    assert.equal(api.requests.length, 0);
    await failure('cancelled', () => client.json('/x', { signal: AbortSignal.timeout(30) }));

    api.answer = (_ask, answer) => void answer.write('first');
    const stop = new AbortController();
    const { body } = await client.stream('/watch', { signal: stop.signal });
    await failure('cancelled', async () => {
      for await (const _ of body) stop.abort();
    });
    const other = await client.stream('/watch');
    await failure('cancelled', async () => {
      for await (const _ of other.body) client.dispose();
    });
  });

  it('leave no socket behind', async () => {
    await client.json('/x');
    api.answer = (_ask, answer) => void answer.write('x');
    const { body } = await client.stream('/watch');
    for await (const _ of body) break;
    client.dispose();
    await sleep(50);
    assert.equal(await new Promise((done) => api.server.getConnections((_error, count) => done(count))), 0);
  });
});
