/** create, update, patch and delete. */

import type { IncomingMessage } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { admitted } from './admit.ts';
import type { Ask } from './api.ts';
import { ApiError, alreadyExists, badRequest, conflict, invalid, notFound } from './errors.ts';
import { groupVersion, type Kind, NAMESPACES, PODS } from './kinds.ts';
import type { Machinery } from './machinery.ts';
import type { Meta, Obj, Workload } from './objects.ts';
import { patched } from './patch.ts';
import { find } from './read.ts';
import { furnish } from './seed.ts';
import type { Store } from './store.ts';
import { suffix } from './workloads.ts';

type WithStatus = Obj & { status?: unknown; spec?: unknown };

/** The object as a client sent it, checked as far as its identity goes. */
function sent(ask: Ask, body: unknown): WithStatus {
  const object = body as WithStatus | undefined;
  const { kind } = ask;
  if (typeof object !== 'object' || object === null) throw badRequest('the body of the request is no object');
  if (object.kind !== kind.kind || object.apiVersion !== groupVersion(kind)) {
    const { kind: what, apiVersion } = object;
    throw badRequest(`${what} in version "${apiVersion}" cannot be handled as a ${kind.kind}: unknown conversion`);
  }
  const metadata = { ...object.metadata } as Meta;
  if (metadata.namespace && ask.namespace !== undefined && metadata.namespace !== ask.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (kind.namespaced) metadata.namespace = ask.namespace ?? 'default';
  delete (metadata as Partial<Meta> & { managedFields?: unknown }).managedFields;
  return { ...object, metadata };
}

const dry = (ask: Ask) => ask.query.get('dryRun') === 'All';

/** POST. */
export function create(store: Store, ask: Ask, body: unknown): Obj {
  const { kind, namespace } = ask;
  const object = sent(ask, body);
  const { metadata } = object;
  if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}${suffix()}`;
  if (!metadata.name)
    throw invalid(kind, '', [
      {
        field: 'metadata.name',
        message: 'Required value: name or generateName is required',
        reason: 'FieldValueRequired',
      },
    ]);
  if (namespace !== undefined && !store.get(NAMESPACES, undefined, namespace)) throw notFound(NAMESPACES, namespace);
  if (store.get(kind, namespace, metadata.name)) throw alreadyExists(kind, metadata.name);
  const { uid: _, resourceVersion: __, creationTimestamp: ___, ...own } = metadata;
  const made = admitted(store, kind, { ...object, metadata: { ...own, generation: 1 } as Meta }, undefined);
  if (dry(ask)) return made;
  const stored = store.create(kind, made);
  if (kind === NAMESPACES) furnish(store, stored.metadata.name);
  return stored;
}

/** Stores what comes of the old one: the status through `/status` only, everything else not. */
function replace(store: Store, ask: Ask, before: WithStatus, next: WithStatus): Obj {
  const { kind, subresource } = ask;
  const { name, resourceVersion, uid, creationTimestamp } = before.metadata;
  const asked = next.metadata.resourceVersion;
  if (asked && asked !== resourceVersion)
    throw conflict(
      kind,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  const identity = {
    uid,
    creationTimestamp,
    resourceVersion,
    ...(before.metadata.deletionTimestamp && { deletionTimestamp: before.metadata.deletionTimestamp }),
  };
  const whole =
    subresource === 'status'
      ? { ...before, status: next.status }
      : { ...next, ...('status' in before && { status: before.status }) };
  const same = isDeepStrictEqual(whole.spec, before.spec);
  const generation = (before.metadata.generation ?? 1) + (same ? 0 : 1);
  const metadata = { ...(subresource === 'status' ? before : next).metadata, ...identity, generation };
  const made = admitted(store, kind, { ...whole, metadata }, before);
  return dry(ask) ? made : store.update(kind, made);
}

/** PUT. */
export function update(store: Store, ask: Ask, body: unknown): Obj {
  return replace(store, ask, find(store, ask), sent(ask, body));
}

/** PATCH. */
export function patch(store: Store, ask: Ask, body: unknown, request: IncomingMessage): Obj {
  const before = find(store, ask);
  const next = patched(before, body, request.headers['content-type'] ?? '') as WithStatus;
  return replace(store, ask, before, next);
}

interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  preconditions?: { uid?: string };
}

/** One object, or (without a name) all that the selectors leave. */
export function remove(
  store: Store,
  machinery: Machinery,
  ask: Ask,
  body: unknown,
  matching: (ask: Ask) => readonly Obj[],
): Obj | object {
  const options = (body ?? {}) as DeleteOptions;
  const query = (key: string) => ask.query.get(key) ?? undefined;
  const grace =
    options.gracePeriodSeconds ??
    (query('gracePeriodSeconds') === undefined ? undefined : Number(query('gracePeriodSeconds')));
  const orphan = (options.propagationPolicy ?? query('propagationPolicy')) === 'Orphan';
  const go = (object: Obj) => {
    if (!dry(ask)) machinery.remove(ask.kind, object, grace, orphan);
  };
  if (!ask.name) {
    const all = matching(ask);
    for (const object of all) go(object);
    return {
      kind: `${ask.kind.kind}List`,
      apiVersion: groupVersion(ask.kind),
      metadata: { resourceVersion: String(store.revision) },
      items: all,
    };
  }
  const object = find(store, ask);
  const { uid, name } = object.metadata;
  if (options.preconditions?.uid && options.preconditions.uid !== uid)
    throw conflict(
      ask.kind,
      name,
      `Precondition failed: UID in precondition: ${options.preconditions.uid}, UID in object meta: ${uid}`,
    );
  go(object);
  const leaving = ask.kind === (PODS as Kind) && store.get(PODS, ask.namespace, name);
  if (leaving) return leaving;
  const { group, plural } = ask.kind;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group && { group }), kind: plural, uid },
  };
}

/** GET, PUT and PATCH of `/scale`: autoscaling/v1 Scale. */
export function scale(store: Store, ask: Ask, body: unknown, request: IncomingMessage): object {
  const kind = ask.kind as Kind<Workload>;
  const view = (w: Workload) => {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = w.metadata;
    const selector = Object.entries(w.spec.selector.matchLabels ?? {}).map(([k, v]) => `${k}=${v}`);
    return {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: { replicas: w.spec.replicas ?? 1 },
      status: { replicas: Number(w.status['replicas'] ?? 0), selector: selector.join(',') },
    };
  };
  const before = find(store, ask) as Workload;
  if (ask.verb === 'get') return view(before);
  const wanted = (ask.verb === 'patch' ? patched(view(before), body, request.headers['content-type'] ?? '') : body) as {
    spec?: { replicas?: number };
    metadata?: Partial<Meta>;
  };
  const replicas = wanted.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas) || replicas < 0)
    throw new ApiError(
      422,
      'Invalid',
      `Scale.autoscaling "${ask.name}" is invalid: spec.replicas: Invalid value: ${replicas}: must be greater than or equal to 0`,
    );
  const metadata = {
    ...before.metadata,
    resourceVersion: wanted.metadata?.resourceVersion ?? before.metadata.resourceVersion,
  };
  const after = replace(store, { ...ask, subresource: undefined }, before, {
    ...before,
    metadata,
    spec: { ...before.spec, replicas },
  } as WithStatus);
  return view(store.get(kind, ask.namespace, after.metadata.name) ?? before);
}
