/**
 * OpenID Connect: the id-token of a kubeconfig's user, renewed with its refresh-token when it has expired, and written back as
 * kubectl does it: issuers may let a refresh-token be used only once, so keeping it to ourselves would log kubectl out.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#option-1-oidc-authenticator
 */

import { request } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { ClientAuth } from 'openid-client';
import { ClusterError } from './errors.ts';
import { materialOf } from './identityFiles.ts';
import { type Entry, readKubeconfigFile, text } from './kubeconfigFile.ts';
import { rewriteAuthProvider } from './kubeconfigWrite.ts';
import { redact } from './secrets.ts';

/** What the issuer gave. `expires`: milliseconds since 1970. */
export interface OidcTokens {
  readonly idToken: string;
  readonly refreshToken: string;
  readonly expires?: number;
}

/** The user's tokens, from the kubeconfig while they are valid, else from the issuer. Rejects with ClusterError('credentials'). */
export async function oidcTokens(user: Entry, last: OidcTokens | undefined, renew: boolean): Promise<OidcTokens> {
  const config = configOf(user);
  const known = last ?? tokensIn(config);
  if (known.idToken && !renew && !hasExpired(known)) return known;
  // kubectl, or another window, may have renewed it in the meantime, and used up the refresh-token that we know.
  const written = tokensIn(configOf((await readKubeconfigFile(user.file)).entries.users.get(user.name) ?? user));
  if (written.idToken && written.idToken !== known.idToken && !hasExpired(written)) return written;
  const refreshToken = written.refreshToken || known.refreshToken;
  const who = `User "${user.name}" in ${user.file}`;
  const missing = ['idp-issuer-url', 'client-id'].filter((key) => !text(config[key]));
  if (!refreshToken || missing.length > 0) {
    const lacks = [...(refreshToken ? [] : ['refresh-token']), ...missing].join(', ');
    const why = renew ? 'was refused' : 'has expired';
    throw new ClusterError(
      'credentials',
      `${who}: the id-token ${why}, and without ${lacks} it cannot be renewed. Log in again.`,
    );
  }
  const tokens = await refresh(user, config, refreshToken);
  await rewriteAuthProvider(user, { 'id-token': tokens.idToken, 'refresh-token': tokens.refreshToken });
  return tokens;
}

function configOf(user: Entry): Record<string, unknown> {
  return (user.value['auth-provider'] as { config?: Record<string, unknown> } | undefined)?.config ?? {};
}

function tokensIn(config: Record<string, unknown>): OidcTokens {
  const idToken = text(config['id-token']);
  const expires = expiryOf(idToken);
  return { idToken, refreshToken: text(config['refresh-token']), ...(expires === undefined ? {} : { expires }) };
}

function hasExpired({ expires }: OidcTokens): boolean {
  return expires !== undefined && expires <= Date.now();
}

async function refresh(user: Entry, config: Record<string, unknown>, refreshToken: string): Promise<OidcTokens> {
  const issuer = text(config['idp-issuer-url']);
  const secret = text(config['client-secret']);
  const authority = { ...user, value: config };
  const ca = await materialOf(authority, 'idp-certificate-authority');
  try {
    // On first use only; client-node's own refresh forgets the client-secret and renews for ever after the first time.
    const oidc = await import('openid-client');
    const issuerUrl = new URL(issuer);
    const options = {
      ...(ca ? { [oidc.customFetch]: fetchTrusting(Buffer.from(ca, 'base64').toString('utf8')) } : {}),
      ...(issuerUrl.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : {}),
    };
    const client = await oidc.discovery(
      issuerUrl,
      text(config['client-id']),
      undefined,
      clientAuth(oidc, secret),
      options,
    );
    const answer = await oidc.refreshTokenGrant(client, refreshToken);
    if (!answer.id_token) throw new Error('it gave no id_token');
    const expires = expiryOf(answer.id_token);
    return {
      idToken: answer.id_token,
      refreshToken: answer.refresh_token ?? refreshToken,
      ...(expires === undefined ? {} : { expires }),
    };
  } catch (error) {
    const { error_description: described, message, cause } = error as Error & { error_description?: string };
    const why = described ?? [message, (cause as Error | undefined)?.message].filter(Boolean).join(': ');
    const said = redact(why, [refreshToken, secret]);
    throw new ClusterError(
      'credentials',
      `User "${user.name}" in ${user.file}: ${issuer} did not renew the id-token (${said}). Log in again.`,
    );
  }
}

/** How the issuer wants to be shown the client's secret; the standard's default is basic. */
function clientAuth(oidc: typeof import('openid-client'), secret: string): ClientAuth {
  if (!secret) return oidc.None();
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? [];
    const onlyPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
    (onlyPost ? post : basic)(server, client, body, headers);
  };
}

/** When a token says that it ends; its signature is the API server's business. */
function expiryOf(token: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown;
    };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** fetch() knows no certificate authority of its own: this one does, for the few small requests of a renewal. */
function fetchTrusting(ca: string) {
  return (url: string, options: { method?: string; headers?: Record<string, string>; body?: unknown }) =>
    new Promise<Response>((resolve, reject) => {
      const { method = 'GET', headers = {}, body } = options;
      const sent = request(url, { method, headers, ca: [...rootCertificates, ca], timeout: 15_000 }, (head) => {
        const chunks: Buffer[] = [];
        head.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        head.on('end', () => {
          const type = head.headers['content-type'];
          const init = { status: head.statusCode ?? 0, headers: type ? { 'content-type': type } : {} };
          resolve(new Response(Buffer.concat(chunks), init));
        });
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer in 15 s'))).on('error', reject);
      sent.end(body === undefined || body === null ? undefined : String(body));
    });
}
