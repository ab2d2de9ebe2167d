/** The three kinds of patch. JSON Patch is a library's; the other two are few lines. */

import { applyPatch, type Operation } from 'rfc6902';
import { ApiError, badRequest } from './errors.ts';

type Json = { [key: string]: unknown };
const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v);

/** Applies a patch of that media type to a copy. */
export function patched(target: object, patch: unknown, mediaType: string): unknown {
  const type = mediaType.split(';')[0]?.trim();
  if (type === 'application/json-patch+json') {
    const copy = structuredClone(target);
    const failed = applyPatch(copy, patch as Operation[]).find((e) => e);
    if (failed)
      throw new ApiError(
        422,
        'Invalid',
        `the server rejected our request due to an error in our request: ${failed.message}`,
      );
    return copy;
  }
  if (!isObject(patch)) throw badRequest('the patch is no object');
  if (type === 'application/merge-patch+json') return mergePatch(target, patch);
  if (type === 'application/strategic-merge-patch+json') return strategic(target as Json, patch);
  if (type === 'application/apply-patch+yaml' || type === 'application/apply-patch+cbor')
    throw unsupported('The demo cluster does not keep field managers: apply without --server-side.');
  throw unsupported(
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json`,
  );
}

const unsupported = (message: string) => new ApiError(415, 'UnsupportedMediaType', message);

/** RFC 7396. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** `patchMergeKey` of the lists that have one (k8s.io/api types.go); any other list is replaced whole. */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  ports: ['containerPort', 'port'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  conditions: ['type'],
  addresses: ['type'],
  podIPs: ['ip'],
  ownerReferences: ['uid'],
};
const PRIMITIVE_LISTS = new Set(['finalizers']);

/** https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md */
function strategic(target: Json, patch: Json): Json {
  if (patch['$patch'] === 'replace') {
    const { $patch: _, ...rest } = patch;
    return rest;
  }
  const result: Json = { ...target };
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    const [directive, field] = key.split('/') as [string, string | undefined];
    if (directive === '$deleteFromPrimitiveList' && field)
      result[field] = list(result[field]).filter((v) => !list(value).includes(v));
    if (key.startsWith('$')) continue;
    const was = result[key];
    if (value === null) delete result[key];
    else if (isObject(value))
      result[key] = value['$patch'] === 'delete' ? undefined : strategic(isObject(was) ? was : {}, value);
    else if (Array.isArray(value))
      result[key] = strategicList(key, list(was), value, list(patch[`$setElementOrder/${key}`]));
    else result[key] = value;
  }
  return result;
}

const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);

function strategicList(field: string, was: unknown[], patch: unknown[], order: unknown[]): unknown[] {
  if (PRIMITIVE_LISTS.has(field)) return [...new Set([...was, ...patch])];
  const mergeKey = MERGE_KEYS[field]?.find((k) => [...patch, ...was].some((v) => isObject(v) && k in v));
  if (!mergeKey || patch.some((v) => isObject(v) && v['$patch'] === 'replace'))
    return patch.filter((v) => !isObject(v) || !('$patch' in v));
  const keyOf = (v: unknown) => (isObject(v) ? v[mergeKey] : v);
  let result = [...was];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const at = result.findIndex((v) => keyOf(v) === keyOf(item));
    const old = result[at];
    if (item['$patch'] === 'delete') result = result.filter((_, i) => i !== at);
    else if (at < 0) result.push(strategic({}, item));
    else result[at] = strategic(isObject(old) ? old : {}, item);
  }
  if (order.length === 0) return result;
  const place = (v: unknown) => {
    const at = order.findIndex((o) => keyOf(o) === keyOf(v));
    return at < 0 ? order.length : at;
  };
  return result.sort((a, b) => place(a) - place(b));
}
