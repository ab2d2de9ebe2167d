/**
 * What an API server's refusal, or a connection that failed, means in a sentence. Never a header, a token, a key.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { AccessRule } from '../core/snapshot.ts';
import type { Target } from './connection.ts';
import { ClusterError, type ClusterErrorKind } from './errors.ts';
import { redact } from './secrets.ts';

/** An answer with another status than 2xx. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly method: string;
  readonly path: string;
  readonly target: Target;
}

/** The error of an answer, by its status and by the Status object that the API server sends along. */
export function errorOfAnswer({ status, headers, body, method, path, target }: Answer): ClusterError {
  const { server, user, context } = target.facts;
  const said = redact(messageOf(body));
  const saying = said ? `: ${said}` : '';
  const error = (kind: ClusterErrorKind, message: string) => new ClusterError(kind, message);
  if (status === 401) {
    const who = user ? `user "${user}" of context "${context}"` : `context "${context}", which names no user`;
    return new ClusterError('credentials', `${server} does not accept the credentials of ${who}.`, { refused: true });
  }
  if (status === 403) {
    const [needs, who] = [neededRule(said), / User "([^"]+)" cannot /.exec(said)?.[1]];
    const more = { ...(needs ? { needs } : {}), ...(who ? { user: who } : {}) };
    return new ClusterError('forbidden', said || `${server} forbids ${method} ${path}.`, more);
  }
  if (status === 404) return error('not-found', said || `${server} has no ${path}.`);
  if (status === 410) return error('gone', said || `${server} no longer has that version of ${path}.`);
  if (status >= 300 && status < 400) {
    const where = URL.parse(headers.location ?? '', server)?.host;
    return error(
      'server',
      `${server} sends ${path} elsewhere${where ? `, to ${where}` : ''}: it is no API server, or a log-in page is in between.`,
    );
  }
  if (status === 429) return error('server', `${server} is busy and asks to come back later${saying}`);
  if (status >= 500) return error('server', `${server} could not answer ${path} (${status})${saying}`);
  return error('server', `${server} refused ${method} ${path} (${status})${saying}`);
}

/** The rule that RBAC lacked, from the sentence the API server writes for it. */
export function neededRule(message: string): AccessRule | undefined {
  const found = /cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(message);
  if (!found) return undefined;
  const [, verb = '', resource = '', apiGroup = '', namespace] = found;
  return { apiGroup, resource, verbs: [verb], ...(namespace ? { namespace } : {}) };
}

function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}

/** The error of a connection that was not made, or that broke; `body`: after the answer had begun. */
export function errorOfConnection(
  cause: unknown,
  target: Target,
  during: 'connect' | 'body' = 'connect',
): ClusterError {
  const { server, proxyUrl } = target.facts;
  const { code = '', message = '' } = cause as NodeJS.ErrnoException;
  const host = target.base.hostname;
  const via = proxyUrl ? ` through the proxy ${proxyUrl}` : '';
  const sentence =
    during === 'body'
      ? `broke off in the middle of its answer (${code || redact(message)})`
      : tlsSentence(code, cause, host);
  const says: Record<string, string> = {
    ECONNREFUSED: `${server} cannot be reached${via}: the connection was refused. Is the cluster running?`,
    ENOTFOUND: `${server} cannot be reached${via}: the name ${host} is not known.`,
    EAI_AGAIN: `${server} cannot be reached${via}: the name ${host} could not be looked up.`,
    ETIMEDOUT: `${server} cannot be reached${via}: no answer to the connection.`,
    EHOSTUNREACH: `${server} cannot be reached${via}: there is no route to it.`,
    ENETUNREACH: `${server} cannot be reached${via}: there is no network to it.`,
    ECONNRESET: `${server} closed the connection${via} without an answer.`,
    EPROTO: `${server} does not speak TLS${via}; is it http, not https?`,
    ERR_SSL_WRONG_VERSION_NUMBER: `${server} does not speak TLS${via}; is it http, not https?`,
    HPE_INVALID_CONSTANT: `${server} does not speak HTTP${via}.`,
  };
  const explained = sentence
    ? `${server} ${sentence}.`
    : (says[code] ?? `${server} cannot be reached${via}: ${redact(message) || code}.`);
  return new ClusterError('unreachable', explained, { cause: code });
}

/** Why the server's certificate was not accepted, if that is what failed. */
function tlsSentence(code: string, cause: unknown, host: string): string | undefined {
  const { cert } = cause as { cert?: { valid_to?: string; subjectaltname?: string } };
  if (code === 'CERT_HAS_EXPIRED') return 'shows a certificate that has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'shows a certificate that is not valid yet; is the clock right?';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `shows a certificate for other names than ${host}${cert?.subjectaltname ? ` (${cert.subjectaltname})` : ''}; tls-server-name can name the right one`;
  }
  const unknown = [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'CERT_SIGNATURE_FAILURE',
  ];
  if (unknown.includes(code))
    return `shows a certificate of an unknown authority; certificate-authority of the cluster does not match it (${code})`;
  return undefined;
}

/** The proxy did not make the connection that it was asked for. */
export function refusedByProxy(target: Target, status: number, said: string): ClusterError {
  const why = status === 407 ? 'it asks for a user name and password' : `it answered ${status} ${redact(said)}`.trim();
  const { proxyUrl, server } = target.facts;
  return new ClusterError('unreachable', `The proxy ${proxyUrl} did not connect to ${server}: ${why}.`);
}

/** Nothing came in time. */
export function timedOut(target: Target, ms: number): ClusterError {
  return new ClusterError('timeout', `${target.facts.server} did not answer within ${ms / 1000} s.`);
}

/** The one who asked no longer wants to know. */
export function cancelled(): ClusterError {
  return new ClusterError('cancelled', 'The request was cancelled.');
}
