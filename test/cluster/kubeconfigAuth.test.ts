import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Client } from '../../src/cluster/connection.ts';
import { ClusterError } from '../../src/cluster/errors.ts';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { createClient } from '../../src/cluster/request.ts';
import { type Api, type Echo, echo, startApi, targetOf, Workshop } from './servers.ts';

describe('who we are to the API server', function () {
  this.timeout(20_000);
  const workshop = new Workshop();
  const clients: Client[] = [];
  let api: Api;

  before(async () => {
    await workshop.authority('ca');
    await workshop.certificate('server', 'ca');
    await workshop.certificate('jane', 'ca');
    await workshop.certificate('john', 'ca');
    const files = { key: workshop.read('server.key'), cert: workshop.read('server.crt'), ca: workshop.read('ca.crt') };
    api = await startApi(workshop, { ...files, requestCert: true, rejectUnauthorized: false });
  });

  beforeEach(() => {
    Object.assign(api, { answer: echo, connections: 0 });
    api.requests.length = 0;
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.dispose();
  });

  after(() => workshop.close());

  /** A client as the user of a kubeconfig. */
  async function as(
    user: Record<string, unknown>,
    cluster: Record<string, unknown> = {},
    env: Record<string, string> = {},
  ) {
    const target = await targetOf(
      workshop,
      { server: api.url, 'certificate-authority': 'ca.crt', ...cluster },
      user,
      env,
    );
    const client = createClient(target);
    clients.push(client);
    return client;
  }

  const authorization = async (client: Client) => (await client.json<Echo>('/x')).headers['authorization'];

  async function refused(kind: string, act: () => Promise<unknown>): Promise<string> {
    const error: unknown = await act().then(
      () => assert.fail('it succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ClusterError, String(error));
    assert.equal(error.kind, kind, error.message);
    return error.message;
  }

  it('basic auth', async () => {
    const client = await as({ username: 'admin', password: 'pässword:1' });
    assert.equal(await authorization(client), `Basic ${Buffer.from('admin:pässword:1').toString('base64')}`);
  });

  it('client certificate, from files and inline; renewed files are used', async () => {
    const inline = await as({
      'client-certificate-data': Buffer.from(workshop.read('jane.crt')).toString('base64'),
      'client-key-data': Buffer.from(workshop.read('jane.key')).toString('base64'),
    });
    assert.equal((await inline.json<Echo>('/x')).client, 'jane');
    workshop.write('me.crt', workshop.read('jane.crt'));
    workshop.write('me.key', workshop.read('jane.key'));
    const client = await as({ 'client-certificate': 'me.crt', 'client-key': 'me.key' });
    assert.equal((await client.json<Echo>('/x')).client, 'jane');
    workshop.write('me.crt', workshop.read('john.crt'));
    workshop.write('me.key', workshop.read('john.key'));
    await sleep(550);
    assert.equal((await client.json<Echo>('/x')).client, 'john');
    assert.equal(client.connectionsOpened, 2);
  });

  it('impersonation, whole', async () => {
    const extra = { scopes: ['view', 'edit'], 'example.com/team': ['shop'] };
    const client = await as({
      token: 't',
      as: 'jane',
      'as-uid': '7',
      'as-groups': ['devs', 'ops'],
      'as-user-extra': extra,
    });
    const { headers } = await client.json<Echo>('/x');
    assert.equal(headers['impersonate-user'], 'jane');
    assert.equal(headers['impersonate-uid'], '7');
    assert.equal(headers['impersonate-group'], 'devs, ops');
    assert.equal(headers['impersonate-extra-scopes'], 'view, edit');
    assert.equal(headers['impersonate-extra-example.com%2fteam'], 'shop');
    assert.match(await refused('config', async () => authorization(await as({ 'as-groups': ['x'] }))), /without as/);
  });

  it('token file, read again when it changes, without a new connection', async () => {
    workshop.write('token', 'one\n');
    const client = await as({ tokenFile: 'token', token: 'not this one' });
    assert.equal(await authorization(client), 'Bearer one');
    workshop.write('token', 'two\n');
    await sleep(550);
    assert.equal(await authorization(client), 'Bearer two');
    assert.equal(client.connectionsOpened, 1);
  });

  it('the service account of a pod, where there is no kubeconfig', async () => {
    mkdirSync(workshop.file('sa'), { recursive: true });
    workshop.write('sa/token', 'pod-token');
    workshop.write('sa/ca.crt', workshop.read('ca.crt'));
    workshop.write('sa/namespace', 'shop');
    const env = {
      HOME: workshop.file('nobody'),
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(api.port),
    };
    const kubeconfig = await loadKubeconfig({ env, inClusterDir: workshop.file('sa') });
    assert.deepEqual(
      kubeconfig.contexts.map(({ name, namespace, current }) => [name, namespace, current]),
      [['in-cluster', 'shop', true]],
    );
    const target = await kubeconfig.target();
    assert.equal(target.namespace, 'shop');
    const client = createClient(target);
    clients.push(client);
    assert.equal(await authorization(client), 'Bearer pod-token');
    workshop.write('sa/token', 'renewed-token');
    // A refused one at once, otherwise within half a second.
    api.answer = (ask, answer) => {
      if (ask.headers.authorization === 'Bearer pod-token') answer.writeHead(401).end('{}');
      else echo(ask, answer);
    };
    assert.equal(await authorization(client), 'Bearer renewed-token');
    workshop.write('elsewhere', 'kind: Config\n');
    const other = await loadKubeconfig({
      env: { ...env, KUBECONFIG: workshop.file('elsewhere') },
      inClusterDir: workshop.file('sa'),
    });
    assert.deepEqual(other.contexts, []);
  });

  it('no user at all', async () => {
    assert.equal(await authorization(await as({})), undefined);
  });

  it('what cannot be used is named with its file', async () => {
    const message = (user: Record<string, unknown>) => refused('config', async () => authorization(await as(user)));
    assert.match(
      await message({ tokenFile: 'gone' }),
      /"me" in \S+config: tokenFile \S+gone cannot be read: there is no such file/,
    );
    assert.match(
      await message({ 'client-certificate-data': '***', 'client-key-data': 'eA==' }),
      /client-certificate-data is not base64/,
    );
    assert.match(await message({ 'client-certificate': 'jane.crt' }), /without a client-key/);
    const garbage = { 'client-certificate-data': 'eA==', 'client-key-data': 'eA==' };
    assert.match(await message(garbage), /^User "me" in \S+config: the client certificate or its key cannot be used/);
    const strangers = { 'client-certificate': 'jane.crt', 'client-key': 'john.key' };
    assert.match(await message(strangers), /cannot be used \(key values mismatch\)/);
    assert.match(await message({ token: 'a', username: 'b' }), /one is allowed/);
    const gcp = await message({ 'auth-provider': { name: 'gcp', config: { 'access-token': 'ya29' } } });
    assert.match(gcp, /auth-provider "gcp", which Kubernetes has retired; install gke-gcloud-auth-plugin/);
    assert.match(await message({ 'auth-provider': { name: 'azure' } }), /kubelogin convert-kubeconfig/);
  });

  describe('from an exec plugin', () => {
    // The plugins of these tests are shell scripts.
    before(function () {
      if (process.platform === 'win32') this.skip();
    });

    const v1 = 'client.authentication.k8s.io/v1';

    /** A plugin in sh: counts its runs, keeps what it was told, and answers with the text. */
    function plugin(
      name: string,
      answer: string,
    ): { command: string; runs(): number; told(): { spec: Record<string, unknown> } } {
      const script = `#!/bin/sh\necho run >> "$0.runs"\nprintf '%s' "$KUBERNETES_EXEC_INFO" > "$0.told"\n${answer}\n`;
      workshop.write(name, script, 0o700);
      workshop.write(`${name}.runs`, '');
      return {
        command: `./${name}`,
        runs: () => workshop.read(`${name}.runs`).split('run').length - 1,
        told: () => JSON.parse(workshop.read(`${name}.told`)),
      };
    }

    const credential = (status: object, apiVersion = v1) =>
      `cat <<'END'\n${JSON.stringify({ kind: 'ExecCredential', apiVersion, status })}\nEND`;
    const exec = (command: string, more: object = {}) => ({
      exec: { apiVersion: v1, command, interactiveMode: 'Never', ...more },
    });

    it('runs once for many requests at once, with its args and env, beside the kubeconfig', async () => {
      const { command, runs } = plugin(
        'args',
        `printf '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"%s"}}' "$1-$COLOUR"`,
      );
      const client = await as(exec(command, { args: ['blue'], env: [{ name: 'COLOUR', value: 'sky' }] }));
      const seen = await Promise.all([1, 2, 3, 4].map(() => authorization(client)));
      assert.deepEqual(new Set(seen), new Set(['Bearer blue-sky']));
      assert.equal(runs(), 1);
    });

    it('tells the plugin of the cluster only when it asks', async () => {
      const asks = plugin('asks', credential({ token: 't' }));
      const config = { audience: 'x' };
      const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: config }];
      await authorization(await as(exec(asks.command, { provideClusterInfo: true }), { extensions }));
      assert.deepEqual(asks.told().spec, {
        interactive: false,
        cluster: {
          server: api.url,
          'certificate-authority-data': Buffer.from(workshop.read('ca.crt')).toString('base64'),
          config,
        },
      });
      const silent = plugin('silent', credential({ token: 't' }));
      await authorization(await as(exec(silent.command), { extensions }));
      assert.deepEqual(silent.told().spec, { interactive: false });
    });

    it('runs again when the credential has expired, not before', async () => {
      const soon = plugin(
        'soon',
        credential({ token: 't', expirationTimestamp: new Date(Date.now() + 400).toISOString() }),
      );
      const client = await as(exec(soon.command));
      await authorization(client);
      await authorization(client);
      assert.equal(soon.runs(), 1);
      await sleep(450);
      await authorization(client);
      assert.equal(soon.runs(), 2);
    });

    it('runs again after a 401, once', async () => {
      const counted = plugin(
        'counted',
        `n=$(wc -l < "$0.runs" | tr -d ' '); printf '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"t%s"}}' "$n"`,
      );
      api.answer = (ask, answer) => {
        if (ask.headers.authorization === 'Bearer t1') answer.writeHead(401).end('{}');
        else echo(ask, answer);
      };
      const client = await as(exec(counted.command));
      assert.equal(await authorization(client), 'Bearer t2');
      assert.equal(counted.runs(), 2);
      assert.equal(api.connections, 1);
    });

    it('runs once for many that are refused at once', async () => {
      const counted = plugin(
        'many',
        `n=$(wc -l < "$0.runs" | tr -d ' '); printf '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"t%s"}}' "$n"`,
      );
      api.answer = (ask, answer) => {
        if (ask.headers.authorization !== 'Bearer t1') echo(ask, answer);
        else setTimeout(() => answer.writeHead(401).end('{}'), 100 * Math.random());
      };
      const client = await as(exec(counted.command));
      const seen = await Promise.all([1, 2, 3, 4, 5, 6].map(() => authorization(client)));
      assert.deepEqual(new Set(seen), new Set(['Bearer t2']));
      assert.equal(counted.runs(), 2);
    });

    it('uses a client certificate of the plugin', async () => {
      const status = { clientCertificateData: workshop.read('jane.crt'), clientKeyData: workshop.read('jane.key') };
      const client = await as(exec(plugin('cert', credential(status)).command));
      assert.equal((await client.json<Echo>('/x')).client, 'jane');
    });

    it('says what went wrong, with what the plugin said last, without its secrets', async () => {
      const fails = (name: string, answer: string, more: object = {}, kind = 'credentials') =>
        refused(kind, async () => authorization(await as(exec(plugin(name, answer).command, more))));
      const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln';
      const exits = await fails('exits', `echo noise >&2; echo "token ${jwt} expired, run: aws sso login" >&2; exit 3`);
      assert.match(exits, /exits failed \(exit code 3\)\. It said: token … expired, run: aws sso login/);
      assert.doesNotMatch(await fails('prints', `echo ${jwt}`), /eyJ/);
      assert.match(await fails('empty', credential({})), /neither a token nor a certificate/);
      assert.match(await fails('half', credential({ clientCertificateData: 'x' })), /but not both/);
      assert.match(
        await fails('old', credential({ token: 't' }, 'client.authentication.k8s.io/v1beta1')),
        /v1beta1, not/,
      );
      assert.match(
        await fails('alpha', '', { apiVersion: 'client.authentication.k8s.io/v1alpha1' }, 'config'),
        /Renew the kubeconfig/,
      );
      assert.match(await fails('asks', '', { interactiveMode: 'Always' }, 'config'), /asks for a terminal/);
      assert.match(await fails('modeless', '', { interactiveMode: undefined }, 'config'), /interactiveMode/);
      const locked = plugin('locked', '');
      chmodSync(workshop.file('locked'), 0o600);
      assert.match(
        await refused('credentials', async () => authorization(await as(exec(locked.command)))),
        /may not be executed/,
      );
    });

    it('names a missing program and how to get it', async () => {
      const more = { installHint: '\u001b[31mInstall it\u001b[0m from https://example.com' };
      const env = { SHELL: '' };
      const message = await refused('credentials', async () =>
        authorization(await as(exec('no-such-plugin', more), {}, env)),
      );
      assert.match(
        message,
        /needs the program no-such-plugin, which was not found\. Install it from https:\/\/example\.com$/,
      );
    });

    it('finds a program that only the login shell knows', async () => {
      mkdirSync(workshop.file('only-there'), { recursive: true });
      plugin('only-there/hidden-plugin', credential({ token: 'found' }));
      const shell = workshop.write(
        'shell',
        `#!/bin/sh\necho Welcome\nPATH="${workshop.file('only-there')}:$PATH"\nexec /bin/sh -c "$2"\n`,
        0o700,
      );
      assert.equal(await authorization(await as(exec('hidden-plugin'), {}, { SHELL: shell })), 'Bearer found');
    });

    it('is stopped with what it started, by cancelling and by disposing', async () => {
      const slow = plugin('slow', 'sleep 60 & echo $! > "$0.child"; wait');
      const client = await as(exec(slow.command));
      const started = Date.now();
      await refused('cancelled', () => client.json('/x', { signal: AbortSignal.timeout(300) }));
      const child = Number(workshop.read('slow.child'));
      assert.equal(running(child), true);
      client.dispose();
      await refused('cancelled', () => client.json('/x'));
      assert.ok(Date.now() - started < 5000);
      await sleep(100);
      assert.equal(running(child), false);
    });
  });

  describe('from an OpenID Connect issuer', () => {
    const jwt = (claims: object) =>
      `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
    const now = Math.floor(Date.now() / 1000);
    const expired = jwt({ exp: now - 60 });
    let issuer: Api;
    let grants: string[];

    beforeEach(async () => {
      grants = [];
      issuer = await startApi(workshop, { key: workshop.read('server.key'), cert: workshop.read('server.crt') });
      issuer.answer = async (ask, answer) => {
        answer.setHeader('Content-Type', 'application/json');
        if (ask.url?.startsWith('/.well-known/')) {
          return answer.end(JSON.stringify({ issuer: issuer.url, token_endpoint: `${issuer.url}/token` }));
        }
        let body = '';
        for await (const chunk of ask) body += chunk;
        grants.push(`${ask.headers.authorization ?? ''} ${body}`);
        const fresh = { iss: issuer.url, aud: 'kubernetes', sub: 'jane', iat: now, exp: now + 3600, n: grants.length };
        if (body.includes('bad-refresh')) {
          return answer.writeHead(400).end('{"error":"invalid_grant","error_description":"bad-refresh is used up"}');
        }
        const tokens = {
          access_token: 'a',
          token_type: 'Bearer',
          id_token: jwt(fresh),
          refresh_token: `r${grants.length}`,
        };
        return answer.end(JSON.stringify(tokens));
      };
    });

    const user = (config: object) => ({
      'auth-provider': {
        name: 'oidc',
        config: {
          'client-id': 'kubernetes',
          'client-secret': 's3cret',
          'idp-issuer-url': issuer.url,
          'idp-certificate-authority': 'ca.crt',
          'id-token': expired,
          'refresh-token': 'r0',
          ...config,
        },
      },
    });

    it('a token that is valid is sent as it is', async () => {
      const valid = jwt({ exp: now + 600 });
      assert.equal(await authorization(await as(user({ 'id-token': valid }))), `Bearer ${valid}`);
      assert.deepEqual(grants, []);
    });

    it('an expired one is renewed once, with the client secret, and written back', async () => {
      const client = await as(user({}));
      const [first] = await Promise.all([authorization(client), authorization(client)]);
      assert.equal(await authorization(client), first);
      assert.equal(grants.length, 1);
      assert.match(grants[0] ?? '', /refresh_token=r0/);
      assert.match(grants[0] ?? '', new RegExp(`^Basic ${Buffer.from('kubernetes:s3cret').toString('base64')} `));
      const config = parse(workshop.read('config')).users[0].user['auth-provider'].config;
      assert.equal(`Bearer ${config['id-token']}`, first);
      assert.equal(config['refresh-token'], 'r1');
      assert.equal(config['client-id'], 'kubernetes');
    });

    it('one that kubectl has renewed in the meantime is taken from the file', async () => {
      const client = await as(user({}));
      const theirs = jwt({ exp: now + 600, by: 'kubectl' });
      workshop.write('config', workshop.read('config').replace(expired, theirs));
      assert.equal(await authorization(client), `Bearer ${theirs}`);
      assert.deepEqual(grants, []);
    });

    it('a refused one is renewed', async () => {
      api.answer = (ask, answer) => {
        if (api.requests.length === 1) answer.writeHead(401).end('{}');
        else echo(ask, answer);
      };
      await authorization(await as(user({ 'id-token': jwt({ exp: now + 600 }) })));
      assert.equal(grants.length, 1);
    });

    it('says when it cannot be renewed, without the tokens', async () => {
      const used = await refused('credentials', async () =>
        authorization(await as(user({ 'refresh-token': 'bad-refresh' }))),
      );
      assert.match(used, /did not renew the id-token \(… is used up\)\. Log in again/);
      const without = await refused('credentials', async () => authorization(await as(user({ 'refresh-token': '' }))));
      assert.match(without, /has expired, and without refresh-token it cannot be renewed/);
    });
  });
});

/** Whether it still runs: a zombie that nobody has collected yet has a number, but does not. */
function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
