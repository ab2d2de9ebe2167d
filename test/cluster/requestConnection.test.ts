import assert from 'node:assert/strict';
import { errorOfConnection } from '../../src/cluster/answers.ts';
import { createClient } from '../../src/cluster/request.ts';
import { refused } from './identityFixture.ts';
import { type Api, type Echo, startApi, targetOf, Workshop } from './servers.ts';

describe('connections that cannot be made', function () {
  this.timeout(20_000);
  const workshop = new Workshop();
  const token = 'very-secret-token-1234567890';
  let api: Api;

  before(async () => {
    await workshop.authority('ca');
    await workshop.certificate('server', 'ca');
    api = await startApi(workshop, { key: workshop.read('server.key'), cert: workshop.read('server.crt') });
  });

  after(() => workshop.close());

  const to = async (cluster: Record<string, unknown>) => createClient(await targetOf(workshop, cluster, { token }));
  const says = async (cluster: Record<string, unknown>) => {
    const other = await to(cluster);
    const message = await refused('unreachable', () => other.json('/version'));
    assert.ok(!message.includes(token));
    other.dispose();
    return message;
  };
  const served = async (certificate: string) => {
    const files = { key: workshop.read(`${certificate}.key`), cert: workshop.read(`${certificate}.crt`) };
    return { server: (await startApi(workshop, files)).url, 'certificate-authority': 'ca.crt' };
  };

  it('say that it was refused', async () => {
    assert.match(
      await says({ server: 'https://127.0.0.1:9' }),
      /127\.0\.0\.1:9 cannot be reached: the connection was refused/,
    );
  });

  it('say that a name is not known', async () => {
    // Made by hand: a look-up would leave this computer.
    const target = await targetOf(workshop, { server: 'https://api.shop.test:6443' });
    const error = errorOfConnection(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), target);
    assert.equal(error.message, 'https://api.shop.test:6443 cannot be reached: the name api.shop.test is not known.');
  });

  it('say that the authority is not the right one', async () => {
    await workshop.authority('other');
    assert.match(await says({ server: api.url, 'certificate-authority': 'other.crt' }), /unknown authority/);
    assert.match(await says({ server: api.url }), /unknown authority/);
  });

  it('say that the certificate has expired', async () => {
    await workshop.certificate('expired', 'ca', { expired: true });
    assert.match(await says(await served('expired')), /has expired/);
  });

  it('say which names the certificate is for, and accept it under tls-server-name', async () => {
    await workshop.certificate('named', 'ca', { dns: 'kubernetes' });
    const cluster = await served('named');
    assert.match(await says(cluster), /other names than 127\.0\.0\.1 \(DNS:kubernetes\); tls-server-name/);
    const named = await to({ ...cluster, 'tls-server-name': 'kubernetes' });
    assert.equal((await named.json<Echo>('/version')).url, '/version');
    named.dispose();
  });

  it('not look at the certificate under insecure-skip-tls-verify, and say so in the facts', async () => {
    const insecure = await to({ server: api.url, 'insecure-skip-tls-verify': true });
    assert.equal(insecure.target.facts.insecureSkipTlsVerify, true);
    assert.equal((await insecure.json<Echo>('/version')).url, '/version');
    insecure.dispose();
  });

  it('say that the server does not speak TLS', async () => {
    const plain = await startApi(workshop);
    assert.match(await says({ server: plain.url.replace('http:', 'https:') }), /does not speak TLS/);
  });

  it('and speak plain http where the kubeconfig says so', async () => {
    const plain = await startApi(workshop);
    const open = await to({ server: plain.url });
    await open.json('/a');
    assert.equal((await open.json<Echo>('/b')).headers['authorization'], `Bearer ${token}`);
    assert.equal(plain.connections, 1);
    open.dispose();
  });
});
