import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type RequestOptions, request } from 'node:https';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { ClusterError } from '../../src/cluster/errors.ts';
import { bypasses, proxyFor } from '../../src/cluster/proxy.ts';
import { createClient } from '../../src/cluster/request.ts';
import { type Api, type Echo, startApi, startHttpProxy, startSocksProxy, targetOf, Workshop } from './servers.ts';

describe('proxies', function () {
  this.timeout(20_000);
  const workshop = new Workshop();
  let api: Api;
  let sockets: WebSocketServer;

  before(async () => {
    await workshop.authority('ca');
    await workshop.certificate('server', 'ca');
    await workshop.certificate('named', 'ca', { dns: 'api.shop.test' });
    api = await startApi(workshop, { key: workshop.read('server.key'), cert: workshop.read('server.crt') });
    sockets = new WebSocketServer({ server: api.server });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}!`)));
  });

  after(() => workshop.close());

  const through = (proxyUrl: string, cluster: Record<string, unknown> = {}) =>
    targetOf(
      workshop,
      { server: api.url, 'certificate-authority': 'ca.crt', 'proxy-url': proxyUrl, ...cluster },
      { token: 't' },
    );

  /** Ten requests, at first two at once, and three WebSockets, all through the proxy. */
  async function serves(proxyUrl: string, asked: readonly string[], cluster?: Record<string, unknown>) {
    const client = createClient(await through(proxyUrl, cluster));
    await Promise.all([client.json('/a'), client.json('/b')]);
    for (let n = 0; n < 8; n += 1) {
      assert.equal((await client.json<Echo>('/c')).headers['authorization'], 'Bearer t');
    }
    assert.equal(client.connectionsOpened, 2);
    assert.equal(asked.length, 2);
    const options = (await client.target.options()) as unknown as ClientOptions;
    const url = `${client.target.base.href.replace(/^http/, 'ws')}exec`;
    const opened = [1, 2, 3].map(() => new WebSocket(url, 'v4.channel.k8s.io', options));
    for (const socket of opened) {
      if (socket.readyState !== WebSocket.OPEN) await once(socket, 'open');
      socket.send('hello');
      assert.equal(String((await once(socket, 'message'))[0]), 'hello!');
    }
    // Two took the idle connections, the third had one made for it, through the proxy as well.
    assert.equal(asked.length, 3);
    for (const socket of opened) socket.terminate();
    client.dispose();
  }

  it('http, with a password that is sent to it and shown to nobody', async () => {
    const proxy = await startHttpProxy(workshop);
    await serves(`http://jane:s3cret@127.0.0.1:${proxy.port}`, proxy.asked);
    assert.equal(proxy.asked[0], `127.0.0.1:${api.port}`);
    assert.equal(proxy.authorizations[0], `Basic ${Buffer.from('jane:s3cret').toString('base64')}`);
    const { facts } = await through(`http://jane:s3cret@127.0.0.1:${proxy.port}`);
    assert.equal(facts.proxyUrl, `http://jane:…@127.0.0.1:${proxy.port}`);
  });

  it('https, whose certificate may be of the cluster’s authority', async () => {
    const proxy = await startHttpProxy(workshop, {
      key: workshop.read('server.key'),
      cert: workshop.read('server.crt'),
    });
    await serves(`https://127.0.0.1:${proxy.port}`, proxy.asked);
  });

  it('socks5, which looks the name up itself', async () => {
    const proxy = await startSocksProxy(workshop);
    await serves(`socks5://127.0.0.1:${proxy.port}`, proxy.asked);
    const named = await startApi(workshop, { key: workshop.read('named.key'), cert: workshop.read('named.crt') });
    const client = createClient(
      await through(`socks5://127.0.0.1:${proxy.port}`, { server: `https://api.shop.test:${named.port}` }),
    );
    await client.json('/x');
    assert.equal(proxy.asked.at(-1), `api.shop.test:${named.port}`);
    client.dispose();
  });

  it('http for a plain http server, too', async () => {
    const plain = await startApi(workshop);
    const proxy = await startHttpProxy(workshop);
    const client = createClient(await through(`http://127.0.0.1:${proxy.port}`, { server: plain.url }));
    await client.json('/a');
    assert.equal((await client.json<Echo>('/b')).url, '/b');
    assert.deepEqual(new Set(proxy.asked), new Set([`127.0.0.1:${plain.port}`]));
    assert.equal(client.connectionsOpened, 1);
    client.dispose();
  });

  it('still compare the certificate with the server’s name, not with the proxy’s', async () => {
    const named = await startApi(workshop, { key: workshop.read('named.key'), cert: workshop.read('named.crt') });
    const proxy = await startHttpProxy(workshop);
    const client = createClient(await through(`http://127.0.0.1:${proxy.port}`, { server: named.url }));
    await assert.rejects(client.json('/x'), /other names than 127\.0\.0\.1 \(DNS:api\.shop\.test\)/);
    client.dispose();
    const socks = await startSocksProxy(workshop);
    const other = createClient(await through(`socks5://127.0.0.1:${socks.port}`, { server: named.url }));
    await assert.rejects(other.json('/x'), /other names than 127\.0\.0\.1 \(DNS:api\.shop\.test\)/);
    other.dispose();
    const trusting = createClient(
      await through(`http://127.0.0.1:${proxy.port}`, { server: named.url, 'tls-server-name': 'api.shop.test' }),
    );
    await trusting.json('/x');
    trusting.dispose();
  });

  it('that refuse, ask for a password, or are not there, are named', async () => {
    const proxy = await startHttpProxy(workshop);
    const url = `http://jane:s3cret@127.0.0.1:${proxy.port}`;
    const message = async (proxyUrl: string) => {
      const client = createClient(await through(proxyUrl));
      const error: unknown = await client.json('/x').catch((reason: unknown) => reason);
      client.dispose();
      assert.ok(error instanceof ClusterError);
      assert.equal(error.kind, 'unreachable');
      assert.doesNotMatch(`${error.stack}${error.cause}`, /s3cret/);
      return error.message;
    };
    proxy.refuse = 403;
    assert.match(await message(url), /The proxy http:\/\/jane:…@\S+ did not connect to https:\S+: it answered 403 No/);
    proxy.refuse = 407;
    assert.match(await message(url), /asks for a user name and password/);
    assert.match(
      await message('http://127.0.0.1:9'),
      /through the proxy http:\/\/127\.0\.0\.1:9: the connection was refused/,
    );
    assert.match(await message('socks5://127.0.0.1:9'), /through the proxy socks5:\/\/127\.0\.0\.1:9/);
    await assert.rejects(through('ftp://127.0.0.1'), /"test" in \S+config: proxy-url asks for a ftp proxy/);
    await assert.rejects(through('::'), /proxy-url is not a URL/);
  });

  it('of the environment, as Go reads it', () => {
    const server = new URL('https://10.1.2.3:6443');
    const chosen = (env: Record<string, string>, url = server) => proxyFor(url, '', env)?.href;
    assert.equal(chosen({}), undefined);
    assert.equal(chosen({ HTTPS_PROXY: 'http://p:1' }), 'http://p:1/');
    assert.equal(chosen({ https_proxy: 'p:1' }), 'http://p:1/');
    assert.equal(chosen({ HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' }), 'http://upper:1/');
    assert.equal(chosen({ HTTP_PROXY: 'http://p:1' }), undefined);
    assert.equal(chosen({ HTTP_PROXY: 'http://p:1' }, new URL('http://10.1.2.3')), 'http://p:1/');
    assert.equal(chosen({ ALL_PROXY: 'http://p:1' }), undefined);
    assert.equal(chosen({ HTTPS_PROXY: 'http://p:1', no_proxy: '10.0.0.0/8' }), undefined);
    assert.equal(chosen({ HTTPS_PROXY: 'http://p:1' }, new URL('https://127.0.0.1:6443')), undefined);
    assert.equal(chosen({ HTTPS_PROXY: 'http://p:1' }, new URL('https://localhost:6443')), undefined);
    assert.equal(proxyFor(server, 'socks5://s:1', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' })?.href, 'socks5://s:1');
  });

  it('spared by NO_PROXY', () => {
    const rows: [noProxy: string, server: string, spared: boolean][] = [
      ['', 'https://a.shop.test', false],
      ['*', 'https://a.shop.test', true],
      ['shop.test', 'https://a.shop.test', true],
      ['shop.test', 'https://shop.test', true],
      ['shop.test', 'https://workshop.test', false],
      ['.shop.test', 'https://a.shop.test', true],
      ['.shop.test', 'https://shop.test', false],
      ['*.shop.test', 'https://a.shop.test', true],
      [' other , A.Shop.Test ', 'https://a.shop.test', true],
      ['a.shop.test:6443', 'https://a.shop.test:6443', true],
      ['a.shop.test:6443', 'https://a.shop.test', false],
      ['a.shop.test:443', 'https://a.shop.test', true],
      ['10.1.2.3', 'https://10.1.2.3', true],
      ['10.1.2.3', 'https://10.1.2.30', false],
      ['10.1.0.0/16', 'https://10.1.2.3', true],
      ['10.1.0.0/16', 'https://10.2.2.3', false],
      ['10.1.0.0/99', 'https://10.1.2.3', false],
      ['fd00::/8', 'https://[fd00::1]', true],
      ['[fd00::1]:6443', 'https://[fd00::1]:6443', true],
      ['fd00::1', 'https://[fd00::1]', true],
      ['10.0.0.0/8', 'https://[fd00::1]', false],
    ];
    for (const [noProxy, server, spared] of rows) {
      assert.equal(bypasses(new URL(server), noProxy), spared, `${noProxy} ${server}`);
    }
  });

  it('of the environment, used', async () => {
    const proxy = await startHttpProxy(workshop);
    const named = await startApi(workshop, { key: workshop.read('named.key'), cert: workshop.read('named.crt') });
    const cluster = { server: `https://api.shop.test:${named.port}`, 'certificate-authority': 'ca.crt' };
    const env = { https_proxy: `127.0.0.1:${proxy.port}` };
    const client = createClient(await targetOf(workshop, cluster, {}, env));
    await client.json('/x');
    assert.deepEqual(proxy.asked, [`api.shop.test:${named.port}`]);
    assert.equal(client.target.facts.proxyUrl, `http://127.0.0.1:${proxy.port}`);
    client.dispose();
  });

  it('do not stop the options from serving a request of node:https alone', async () => {
    const target = await through('', { 'proxy-url': undefined });
    const options: RequestOptions = { ...(await target.options()), path: '/x' };
    const [answer] = await once(request(target.base, options).end(), 'response');
    assert.equal(answer.statusCode, 200);
    answer.resume();
    target.dispose();
  });
});
