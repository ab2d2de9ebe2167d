/**
 * The one way in which looking at a cluster fails.
 * kind: `config` the kubeconfig is broken or names nothing; `credentials` no or refused identity (401, exec plugin);
 * `forbidden` 403; `not-found` 404; `gone` 410; `unreachable` no connection, TLS, proxy; `timeout`; `cancelled`;
 * `server` any other answer. Messages are for people and never hold tokens, keys or header values.
 */
import type { AccessRule } from '../core/snapshot.ts';

/** What kind of failure it is: see above. */
export type ClusterErrorKind =
  | 'config'
  | 'credentials'
  | 'forbidden'
  | 'not-found'
  | 'gone'
  | 'unreachable'
  | 'timeout'
  | 'cancelled'
  | 'server';

/** A look at a cluster that failed, with a sentence for people. */
export class ClusterError extends Error {
  readonly kind: ClusterErrorKind;
  /** The rule that is missing, for `forbidden`. */
  readonly needs?: AccessRule;
  /** Whom the API server calls the one that it refused, for `forbidden`. */
  readonly user?: string;
  /** Of `credentials`: the API server was asked and refused them (401); else there were none to ask with. */
  readonly refused?: boolean;
  constructor(
    kind: ClusterErrorKind,
    message: string,
    options?: { needs?: AccessRule; user?: string; refused?: boolean; cause?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ClusterError';
    this.kind = kind;
    if (options?.needs) this.needs = options.needs;
    if (options?.user) this.user = options.user;
    if (options?.refused) this.refused = true;
  }
}

/** Why something is not known, in few words: of a refusal the missing rule, since the API server's sentence is long. */
export function whyOf({ message, needs }: ClusterError): string {
  if (!needs) return message;
  return `forbidden: needs ${needs.verbs.join(', ')} ${needs.resource}${needs.namespace ? ` in ${needs.namespace}` : ''}`;
}
