import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { type Demo, startDemo } from '../../src/demo/demo.ts';
import { ask, type Json, until } from './client.ts';

const PODS = '/api/v1/namespaces/default/pods';

interface Streamed {
  readonly status: number;
  /** What came on each channel. */
  readonly channels: string[];
}

/** Opens a WebSocket, sends the messages, and collects channels until it is closed. */
function stream(
  demo: Demo,
  path: string,
  protocol: string,
  messages: readonly (string | Buffer)[] = [],
  stopAt?: RegExp,
): Promise<Streamed> {
  return new Promise((done, failed) => {
    const ws = new WebSocket(demo.url.replace('https', 'wss') + path, protocol, {
      ca: demo.ca,
      headers: { Authorization: `Bearer ${demo.token}` },
    });
    const channels: string[] = [];
    ws.on('open', () => {
      for (const message of messages) ws.send(Buffer.from(message));
    });
    ws.on('message', (data: Buffer) => {
      const channel = data[0] ?? 0;
      channels[channel] = (channels[channel] ?? '') + data.subarray(1).toString('latin1');
      if (stopAt?.test(channels[channel])) ws.close();
    });
    ws.on('unexpected-response', (_, response) => {
      done({ status: response.statusCode ?? 0, channels: [] });
      ws.terminate();
    });
    ws.on('error', failed).on('close', () => done({ status: 101, channels }));
  });
}

const command = (...words: string[]) => words.map((w) => `command=${encodeURIComponent(w)}`).join('&');

describe('demo cluster: streams', () => {
  let demo: Demo;
  let pod: Json;
  before(async () => {
    demo = await startDemo();
    pod = (await ask(demo, PODS)).json.items[0];
  });
  after(() => demo.stop());
  const exec = (words: string[], protocol = 'v5.channel.k8s.io', stdin?: string) =>
    stream(
      demo,
      `${PODS}/${pod.metadata.name}/exec?stdout=true&stderr=true&${stdin === undefined ? '' : 'stdin=true&'}${command(...words)}`,
      protocol,
      stdin === undefined ? [] : [`\0${stdin}`, Buffer.of(255, 0)],
    );

  it("answers the tutorial's /health through a port-forward, and ends with the pod's side", async () => {
    const { channels } = await stream(
      demo,
      `${PODS}/${pod.metadata.name}/portforward?ports=8080`,
      'v4.channel.k8s.io',
      ['\0GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    );
    const [data = '', error] = channels;
    deepEqual([data.charCodeAt(0) + 256 * data.charCodeAt(1), error?.length], [8080, 2]);
    match(data.slice(2), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\{"status":"healthy","uptime":"5m3\ds"\}\n/);
  });

  it('says on the error channel that nothing listens', async () => {
    const { channels } = await stream(demo, `${PODS}/${pod.metadata.name}/portforward?ports=9999`, 'v4.channel.k8s.io');
    match(channels[1] ?? '', /error forwarding port 9999 to pod .*connect: connection refused/);
  });

  for (const protocol of ['v4.channel.k8s.io', 'v5.channel.k8s.io']) {
    it(`runs a program and tells its exit code over ${protocol}`, async () => {
      const works = await exec(['wget', '-qO-', 'http://api-service:8080/ready'], protocol);
      equal(works.channels[1], '{"status":"ready"}\n');
      equal(JSON.parse(works.channels[3] ?? '').status, 'Success');
      const fails = await exec(['wget', '-qO-', 'http://10.244.0.5:1'], protocol);
      match(fails.channels[2] ?? '', /Connection refused/);
      equal(JSON.parse(fails.channels[3] ?? '').details.causes[0].message, '1');
    });
  }

  for (const [address, expected] of [
    ['10.96.123.45 8080', /200 OK/],
    ['192.168.49.2 30080', /200 OK/],
    ['api-service.default.svc.cluster.local 8080', /200 OK/],
    ['cart-1.cart.shop 8080', /200 OK/],
    ['127.0.0.1 8080', /200 OK/],
    ['10.244.0.6 81', /Connection refused/],
    ['192.168.49.2 30081', /Connection refused/],
    ['10.96.123.45 81', /timed out/],
    ['payments.shop 80', /bad address/],
  ] as const) {
    it(`nc ${address}: ${expected.source}`, async () => {
      const { channels } = await exec(
        ['nc', ...address.split(' ')],
        'v5.channel.k8s.io',
        'GET /health HTTP/1.0\r\n\r\n',
      );
      match((channels[1] ?? '') + (channels[2] ?? ''), expected);
    });
  }

  it('logs each request', async () => {
    await stream(demo, `${PODS}/${pod.metadata.name}/portforward?ports=8080`, 'v4.channel.k8s.io', [
      '\0GET /api/v1/told HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ]);
    const { json } = await ask(demo, `${PODS}/${pod.metadata.name}/log?tailLines=1`);
    match(json, /GET \/api\/v1\/told 200\n$/);
  });

  it('switches the faults of the application', async () => {
    const path = `${PODS}/${pod.metadata.name}/portforward?ports=8080`;
    const post = (query: string) =>
      stream(demo, path, 'v4.channel.k8s.io', [
        `\0POST /fault?${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      ]);
    const isReady = async () =>
      (await ask(demo, `${PODS}/${pod.metadata.name}`)).json.status.conditions.find((c: Json) => c.type === 'Ready')
        .status;
    await post('ready=false');
    await until(async () => (await isReady()) === 'False', 'not ready');
    await post('ready=true');
    await until(async () => (await isReady()) === 'True', 'ready');
  });

  it('refuses SPDY with a sentence, and strangers', async () => {
    const path = `${PODS}/${pod.metadata.name}/portforward?ports=8080`;
    const upgrade = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1' };
    const spdy = await ask(demo, path, { method: 'POST', headers: upgrade });
    equal(spdy.status, 400);
    match(spdy.json.message, /over WebSocket only .* ask from inside: kubectl exec POD/);
    equal((await ask(demo, path, { method: 'POST', headers: upgrade, token: 'x' })).status, 401);
  });

  it('carries much without a loss', async () => {
    const size = 8 * 1024 * 1024;
    const body = Buffer.alloc(size, 'x');
    const { channels } = await exec(['cat'], 'v5.channel.k8s.io', body.toString());
    equal(channels[1]?.length, size);
  }).timeout(10_000);
});

describe('demo cluster: the end', () => {
  it('leaves nothing behind: a process with a stopped demo ends by itself', async () => {
    const script = `
      import { startDemo } from ${JSON.stringify(fileURLToPath(new URL('../../src/demo/demo.ts', import.meta.url)))};
      import { request } from 'node:https';
      const demo = await startDemo({ fault: ['container-crashing'] });
      const headers = { Authorization: 'Bearer ' + demo.token };
      await new Promise((done) => request(demo.url + '/api/v1/pods?watch=1', { ca: demo.ca, headers }, (r) => r.once('data', done).on('error', () => {})).on('error', () => {}).end());
      await demo.stop();
      console.log('stopped', process.getActiveResourcesInfo().filter((r) => r !== 'PipeWrap' && r !== 'TTYWrap').join());
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk) => (said += chunk));
    const late = setTimeout(() => child.kill(), 5_000);
    const code = await new Promise((done) => child.once('close', done));
    clearTimeout(late);
    equal(code, 0);
    ok(said.startsWith('stopped'), said);
  }).timeout(8_000);
});
