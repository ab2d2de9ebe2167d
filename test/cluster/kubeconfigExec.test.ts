import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorization, identityFixture, refused } from './identityFixture.ts';
import { type Echo, echo } from './servers.ts';

describe('credentials from an exec plugin', function () {
  this.timeout(20_000);
  const fixture = identityFixture();
  const { workshop, as } = fixture;
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
        server: fixture.api.url,
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
    fixture.api.answer = (ask, answer) => {
      if (ask.headers.authorization === 'Bearer t1') answer.writeHead(401).end('{}');
      else echo(ask, answer);
    };
    const client = await as(exec(counted.command));
    assert.equal(await authorization(client), 'Bearer t2');
    assert.equal(counted.runs(), 2);
    assert.equal(fixture.api.connections, 1);
  });

  it('runs once for many that are refused at once', async () => {
    const counted = plugin(
      'many',
      `n=$(wc -l < "$0.runs" | tr -d ' '); printf '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"t%s"}}' "$n"`,
    );
    fixture.api.answer = (ask, answer) => {
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
    await refused('cancelled', () => client.json('/x', { signal: AbortSignal.timeout(300) }));
    const child = Number(workshop.read('slow.child'));
    assert.equal(running(child), true);
    client.dispose();
    await refused('cancelled', () => client.json('/x'));
    await sleep(100);
    assert.equal(running(child), false);
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
