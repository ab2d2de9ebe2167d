/** get, list and watch. */

import type { ServerResponse } from 'node:http';
import type { Ask, Form } from './api.ts';
import { badRequest, gone, noSuchPath, notFound } from './errors.ts';
import { groupVersion, type Kind } from './kinds.ts';
import type { Obj } from './objects.ts';
import { fieldSelector, labelSelector } from './select.ts';
import type { Change, Store } from './store.ts';
import { partial, table } from './table.ts';

/** The object in the form that was asked for. */
export function shaped(kind: Kind, object: Obj, { as, includeObject }: Form, headers = true): object {
  if (as === 'PartialObjectMetadata') return partial(object);
  if (as === 'object') return object;
  return table(kind, [object], includeObject, { resourceVersion: object.metadata.resourceVersion }, headers);
}

/** The object that the request names. */
export function find(store: Store, { kind, namespace, name = '' }: Ask): Obj {
  const object = store.get(kind, namespace, name);
  if (!object) throw notFound(kind, name);
  return object;
}

function filter({ kind, query, namespace, name }: Ask): (object: Obj) => boolean {
  const labels = labelSelector(query.get('labelSelector'));
  const fields = fieldSelector(query.get('fieldSelector'), kind.plural);
  return (o) =>
    (namespace === undefined || o.metadata.namespace === namespace) &&
    (name === undefined || o.metadata.name === name) &&
    labels(o.metadata.labels ?? {}) &&
    fields(o);
}

/** All objects that the request's selectors leave. */
export function selected(store: Store, ask: Ask): readonly Obj[] {
  return store.list(ask.kind, ask.namespace).filter(filter(ask));
}

/** Where a page of a list ended. */
function place(token: string): [revision: number, after: string] {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw badRequest('invalid continue token: continue key is not valid');
  }
}

/** One page: `limit` and `continue` as the API server's, but a later page shows the present, not the first page's moment. */
export function list(store: Store, ask: Ask, wanted: Form): object {
  const { kind, namespace, query } = ask;
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue');
  const [revision, after] = token ? place(token) : [store.revision, ''];
  if (token && !store.since(revision))
    throw gone('The provided continue parameter is too old to display a consistent list result.');
  const key = (o: Obj) => `${o.metadata.namespace ?? ''}/${o.metadata.name}`;
  const passes = filter(ask);
  const all = store.list(kind, namespace).filter((o) => key(o) > after && passes(o));
  const page = limit > 0 ? all.slice(0, limit) : all;
  const last = page.at(-1);
  const left = all.length - page.length;
  const metadata = {
    resourceVersion: String(revision),
    ...(left > 0 &&
      last && {
        continue: Buffer.from(JSON.stringify([revision, key(last)])).toString('base64url'),
        // The real server cannot count what a selector leaves out, so it says nothing then.
        ...(!query.get('labelSelector') && !query.get('fieldSelector') && { remainingItemCount: left }),
      }),
  };
  if (wanted.as === 'Table') return table(kind, page, wanted.includeObject, metadata);
  if (wanted.as === 'PartialObjectMetadata')
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: page.map(partial) };
  // Items of a list carry neither kind nor apiVersion.
  const items = page.map(({ apiVersion: _, kind: __, ...rest }) => rest);
  return { kind: `${kind.kind}List`, apiVersion: groupVersion(kind), metadata, items };
}

/** Streams changes until the client leaves, or `timeoutSeconds`. Returns what ends it. */
export function watch(store: Store, ask: Ask, wanted: Form, response: ServerResponse, bookmarkMs: number): () => void {
  const { kind, query } = ask;
  const passes = filter(ask);
  const asked = query.get('resourceVersion') ?? '';
  if (asked && !/^\d+$/.test(asked)) throw noSuchPath();
  const initial = query.get('sendInitialEvents') === 'true' || asked === '' || asked === '0';
  response.writeHead(200, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' });
  response.flushHeaders();
  let headers = true;
  const send = (type: string, object: object) => response.write(`${JSON.stringify({ type, object })}\n`);
  const tell = (type: string, object: Obj) => {
    send(type, shaped(kind, object, wanted, headers));
    headers = false;
  };
  const bookmark = (annotations?: Record<string, string>) => {
    const metadata = {
      resourceVersion: String(store.revision),
      creationTimestamp: null,
      ...(annotations && { annotations }),
    };
    send('BOOKMARK', { kind: kind.kind, apiVersion: groupVersion(kind), metadata });
  };
  const follow = ({ kind: changed, revision, before, after }: Change) => {
    if (changed !== kind) return;
    const was = before !== undefined && passes(before);
    const is = after !== undefined && passes(after);
    if (is && after) tell(was ? 'MODIFIED' : 'ADDED', after);
    else if (was && before)
      tell('DELETED', {
        ...(after ?? before),
        metadata: { ...(after ?? before).metadata, resourceVersion: String(revision) },
      });
  };
  if (initial) for (const object of store.list(kind, ask.namespace).filter(passes)) tell('ADDED', object);
  if (query.get('sendInitialEvents') === 'true') bookmark({ 'k8s.io/initial-events-end': 'true' });
  if (!initial) {
    const missed = store.since(Number(asked));
    if (!missed) {
      // The real server answers 200 and tells 410 in the stream.
      send('ERROR', gone(`too old resource version: ${asked} (${store.revision})`).status());
      response.end();
      return () => {};
    }
    for (const change of missed) follow(change);
  }
  const unsubscribe = store.onChange(follow);
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  const ticking = setInterval(() => bookmarks && bookmark(), bookmarkMs);
  const seconds = Number(query.get('timeoutSeconds') ?? 0) || 1_800;
  const ending = setTimeout(() => {
    if (bookmarks) bookmark();
    stop();
  }, seconds * 1_000);
  const stop = () => {
    unsubscribe();
    clearInterval(ticking);
    clearTimeout(ending);
    response.end();
  };
  response.once('close', stop);
  return stop;
}
