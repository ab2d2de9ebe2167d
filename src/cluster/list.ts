/**
 * Lists in chunks: each chunk is trimmed to facts as it comes, and other work gets its turn between two of them. A list
 * of 10,000 pods in one piece blocks for seconds.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Client } from './connection.ts';
import type { Followed } from './watch.ts';

/** A parsed JSON object. */
export type Json = Readonly<Record<string, unknown>>;

interface ListAnswer {
  readonly kind?: string;
  readonly items?: readonly Json[] | null;
  readonly rows?: unknown;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

const CHUNK = 250;

/** Reads all (at most `max`) items; gives the resourceVersion from which to watch, empty when the answer has none. */
export async function listAll<T>(
  client: Client,
  {
    path,
    query,
    accept,
    read,
    max = Number.POSITIVE_INFINITY,
  }: Pick<Followed<T>, 'path' | 'query' | 'accept' | 'read' | 'max'>,
  item: (key: string, item: T) => void,
  signal: AbortSignal,
): Promise<string> {
  let version = '';
  let next: string | undefined;
  let count = 0;
  do {
    const limit = Math.min(CHUNK, max - count);
    const answer = await client.json<ListAnswer>(path, {
      query: { ...query, limit, continue: next },
      signal,
      ...(accept ? { accept } : {}),
    });
    version ||= answer?.metadata?.resourceVersion ?? '';
    const objects = Array.isArray(answer?.items) ? answer.items : Array.isArray(answer?.rows) ? [answer as Json] : [];
    for (const object of objects) {
      for (const [key, facts] of read(object)) {
        if (count >= max) break;
        count++;
        item(key, facts);
      }
    }
    const before: string | undefined = next;
    next = answer?.metadata?.continue || undefined;
    // A server that sends us to where we are has no end.
    if (next === before) break;
    if (next) await turn();
  } while (next && count < max);
  return version;
}
