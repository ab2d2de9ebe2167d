/**
 * For the tests of who we are: an API server that answers with the identity it saw.
 */

import assert from 'node:assert/strict';
import type { Client } from '../../src/cluster/connection.ts';
import { ClusterError } from '../../src/cluster/errors.ts';
import { createClient } from '../../src/cluster/request.ts';
import { type Api, type Echo, echo, startApi, targetOf, Workshop } from './servers.ts';

/** Certificates `ca`, `server`, `jane`, `john`, and clients of the API server, in the suite that calls it. */
export function identityFixture() {
  const workshop = new Workshop();
  const clients: Client[] = [];
  const fixture = {
    workshop,
    api: undefined as unknown as Api,

    /** A client as the user of a kubeconfig. */
    async as(user: Record<string, unknown>, cluster: Record<string, unknown> = {}, env: Record<string, string> = {}) {
      const server = { server: fixture.api.url, 'certificate-authority': 'ca.crt', ...cluster };
      return fixture.owned(createClient(await targetOf(workshop, server, user, env)));
    },

    /** Disposed after the test. */
    owned(client: Client): Client {
      clients.push(client);
      return client;
    },
  };

  before(async () => {
    await workshop.authority('ca');
    for (const name of ['server', 'jane', 'john']) await workshop.certificate(name, 'ca');
    const files = { key: workshop.read('server.key'), cert: workshop.read('server.crt'), ca: workshop.read('ca.crt') };
    fixture.api = await startApi(workshop, { ...files, requestCert: true, rejectUnauthorized: false });
  });

  beforeEach(() => {
    Object.assign(fixture.api, { answer: echo, connections: 0 });
    fixture.api.requests.length = 0;
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.dispose();
  });

  after(() => workshop.close());
  return fixture;
}

/** The Authorization header that the API server saw. */
export async function authorization(client: Client): Promise<string | undefined> {
  return (await client.json<Echo>('/x')).headers['authorization'];
}

/** The message of the ClusterError of that kind that comes. */
export async function refused(kind: string, act: () => Promise<unknown>): Promise<string> {
  const error: unknown = await act().then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ClusterError, String(error));
  assert.equal(error.kind, kind, error.message);
  return error.message;
}
