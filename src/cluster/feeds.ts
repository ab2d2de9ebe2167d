/**
 * What can be followed: each list that a trace is made of, with its place, its right and its trimming.
 */
import type { Known } from '../core/snapshot.ts';
import type { Json } from './list.ts';
import { pathOf, resourceOf, ruleOf } from './resources.ts';
import { type Feed, type Followed, follow, type Server } from './watch.ts';

/** Which objects of a kind. */
export interface Choice {
  readonly namespace?: string;
  /** The one object of that name. */
  readonly name?: string;
  /** Equality label selector. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly fields?: string;
  readonly max?: number;
  readonly newest?: boolean;
}

/** Follows objects of a kind as facts. `from` gets each object with its kind and apiVersion, which lists leave out. */
export function followKind<T>(
  server: Server,
  kind: string,
  { namespace, name, labels, fields, max, newest = false }: Choice,
  from: (object: Json) => T,
  changed: () => void,
): Feed<T> {
  const resource = resourceOf(kind);
  if (!resource) throw new Error(`no resource for kind ${kind}`);
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const what: Followed<T> = {
    path: pathOf(resource, namespace),
    query: {
      labelSelector: labels && selectorText(labels),
      // Also what makes a Role with resourceNames enough: the authorizer takes the name from this selector.
      fieldSelector: name === undefined ? fields : `metadata.name=${name}`,
    },
    read: (object) => [[keyOf(object), from({ ...object, kind, apiVersion })]],
    rule: ruleOf(resource, namespace),
    newest,
    ...(max === undefined ? {} : { max }),
    ...(name === undefined ? {} : { single: pathOf(resource, namespace, name) }),
  };
  return follow(server, what, changed);
}

/** A label map as the API's labelSelector. */
export function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

function keyOf(object: Json): string {
  const { namespace = '', name = '' } = (object['metadata'] ?? {}) as { namespace?: string; name?: string };
  return `${namespace}/${name}`;
}

/** Nothing to read: a list that is known to be empty. */
export const nothing: Known<never> = { known: true, items: [] };

/** The same list again where nothing in it changed, so that whoever compares by identity sees no change. */
export function keep<T>(before: Known<T> | undefined, now: Known<T>): Known<T> {
  if (!before || before === now) return now;
  if (before.known && now.known)
    return before.items.length === now.items.length && before.items.every((item, i) => item === now.items[i])
      ? before
      : now;
  if (!before.known && !now.known) return before.why === now.why && before.needs === now.needs ? before : now;
  return now;
}
