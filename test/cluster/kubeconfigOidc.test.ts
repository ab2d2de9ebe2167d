import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { authorization, identityFixture, refused } from './identityFixture.ts';
import { type Api, echo, startApi } from './servers.ts';

describe('credentials from an OpenID Connect issuer', function () {
  this.timeout(20_000);
  const fixture = identityFixture();
  const { workshop, as } = fixture;
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
    fixture.api.answer = (ask, answer) => {
      if (fixture.api.requests.length === 1) answer.writeHead(401).end('{}');
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
