import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { createClient } from '../../src/cluster/request.ts';
import { authorization, identityFixture, refused } from './identityFixture.ts';
import { type Echo, echo, targetOf } from './servers.ts';

describe('who we are to the API server', function () {
  this.timeout(20_000);
  const fixture = identityFixture();
  const { workshop, as } = fixture;

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

  it('an agent of an identity that is no longer ours is let go', async () => {
    workshop.write('me.crt', workshop.read('jane.crt'));
    workshop.write('me.key', workshop.read('jane.key'));
    const target = await targetOf(
      workshop,
      { server: fixture.api.url, 'certificate-authority': 'ca.crt' },
      { 'client-certificate': 'me.crt', 'client-key': 'me.key' },
      {},
    );
    const before = new WeakRef((await target.options()).agent as object);
    workshop.write('me.crt', workshop.read('john.crt'));
    workshop.write('me.key', workshop.read('john.key'));
    await sleep(550);
    await target.options();
    assert.notEqual((await target.options()).agent, before.deref());
    await sleep(0);
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    assert.equal(before.deref(), undefined);
    target.dispose();
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
      KUBERNETES_SERVICE_PORT: String(fixture.api.port),
    };
    const kubeconfig = await loadKubeconfig({ env, inClusterDir: workshop.file('sa') });
    assert.deepEqual(
      kubeconfig.contexts.map(({ name, namespace, current }) => [name, namespace, current]),
      [['in-cluster', 'shop', true]],
    );
    const target = await kubeconfig.target();
    assert.equal(target.namespace, 'shop');
    const client = fixture.owned(createClient(target));
    assert.equal(await authorization(client), 'Bearer pod-token');
    workshop.write('sa/token', 'renewed-token');
    // A refused one at once, otherwise within half a second.
    fixture.api.answer = (ask, answer) => {
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
});
