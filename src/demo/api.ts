/** One request → what is asked for: which resource, which verb, in which form. */

import type { IncomingMessage } from 'node:http';
import { noSuchPath } from './errors.ts';
import { KINDS, type Kind } from './kinds.ts';

/** A request for a resource, understood. `namespace` undefined: all of them, or a resource outside namespaces. */
export interface Ask {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly verb: string;
  readonly query: URLSearchParams;
  readonly path: string;
}

/** Which form the client accepts first, of those that we have. */
export interface Form {
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata';
  readonly includeObject: string;
}

const VERBS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  GET: ['get', 'list'],
  HEAD: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', 'update'],
  PATCH: ['patch', 'patch'],
  DELETE: ['delete', 'deletecollection'],
};

/** Undefined: not the path of a resource. Throws 404 when it is one that is not served. */
export function understand(request: IncomingMessage): Ask | undefined {
  const url = new URL(request.url ?? '/', 'https://demo');
  const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const group = parts[0] === 'api' ? '' : parts[0] === 'apis' ? parts[1] : undefined;
  if (group === undefined) return undefined;
  let [version, ...rest] = parts.slice(group === '' ? 1 : 2);
  if (rest.length === 0) return undefined;
  const watching = rest[0] === 'watch';
  if (watching) rest = rest.slice(1);
  let namespace: string | undefined;
  // "/namespaces/x/status" is the Namespace's own, "/namespaces/x/pods" is in it.
  if (rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status') [namespace, rest] = [rest[1], rest.slice(2)];
  const [plural, name, subresource] = rest;
  const kind = KINDS.find((k) => k.plural === plural && k.group === group && k.version === version);
  if (!kind || (namespace !== undefined && !kind.namespaced)) throw noSuchPath();
  if (subresource && !kind.subresources.includes(subresource)) throw noSuchPath();
  const query = url.searchParams;
  const [one, many] = VERBS[request.method ?? 'GET'] ?? ['get', 'list'];
  const follows = watching || ['1', 'true'].includes(query.get('watch') ?? '');
  const verb = name ? one : follows && many === 'list' ? 'watch' : many;
  return { kind, namespace, name, subresource, verb, query, path: url.pathname };
}

/** From Accept: `application/json;as=Table;v=v1;g=meta.k8s.io,application/json`. */
export function form(request: IncomingMessage, query: URLSearchParams): Form {
  const as = /;as=(Table|PartialObjectMetadata)(List)?\b/.exec(request.headers.accept ?? '')?.[1];
  return { as: (as as Form['as'] | undefined) ?? 'object', includeObject: query.get('includeObject') ?? 'Metadata' };
}
