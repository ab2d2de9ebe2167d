/**
 * The seam between "which cluster, as whom" (kubeconfig.ts, auth) and "what is asked" (request.ts and all above it).
 */

import type { Agent, RequestOptions } from 'node:https';
import type { ConnectionFacts } from '../core/snapshot.ts';

/** One kubeconfig context, ready to be asked. Made by kubeconfig.ts; disposed by whoever made it. */
export interface Target {
  readonly facts: ConnectionFacts;
  /** Default namespace of the context, `default` when it names none. */
  readonly namespace: string;
  /** Base URL of the API server, with its path prefix (Rancher has one), no trailing slash. */
  readonly base: URL;
  /**
   * Options for one request: authentication headers, client certificate, CA, servername, keep-alive agent (a proxy's
   * where one applies). Renews expired credentials; `renew: true` after a 401 asks for new ones. Also used for WebSockets.
   * Rejects with ClusterError('credentials' | 'config').
   */
  options(renew?: boolean): Promise<RequestOptions & { agent: Agent }>;
  dispose(): void;
}

/** One answer of the API server, body unread. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What one request may differ in. */
export interface AskOptions {
  readonly method?: string;
  /** Query parameters, undefined ones left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly accept?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Until the answer's head; default 15 s. */
  readonly timeoutMs?: number;
}

/** The transport: request.ts implements it over node:https. */
export interface Client {
  readonly target: Target;
  /** GETs (by default) a path such as `/api/v1/namespaces/default/pods` and parses JSON. Rejects with ClusterError for any non-2xx. */
  json<T>(path: string, options?: AskOptions): Promise<T>;
  /** For watches, logs: the answer as it comes. Rejects with ClusterError for any non-2xx. gzip already undone. */
  stream(path: string, options?: AskOptions): Promise<Reply>;
  /** TLS connections opened so far, for the bench and its test. */
  readonly connectionsOpened: number;
  dispose(): void;
}
