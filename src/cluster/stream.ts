/**
 * One watch request and its lines.
 */
import type { Client } from './connection.ts';
import { ClusterError } from './errors.ts';
import type { Json } from './list.ts';
import type { Timing } from './timing.ts';
import type { Followed } from './watch.ts';

const LONGEST_LINE = 32 * 1024 * 1024;

/** A change that the API server tells; `version` is the place in its history after it. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: Json;
  readonly version: string | undefined;
}

/** Watches until the stream ends or breaks. A 410, as answer or as ERROR event, rejects with ClusterError('gone'). */
export async function* watchOnce(
  client: Client,
  { path, query, accept }: Pick<Followed<unknown>, 'path' | 'query' | 'accept'>,
  resourceVersion: string,
  timing: Timing,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const reply = await client.stream(path, {
    query: {
      ...query,
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds: Math.round(290 + timing.random() * 60),
    },
    signal,
    ...(accept ? { accept } : {}),
  });
  for await (const line of lines(reply.body)) {
    const event = parse(line);
    const { type, object } = event;
    if (type === 'ERROR') throw errorOf(object);
    if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK')
      throw new ClusterError('server', 'The API server sent a watch event that is none.');
    const version = (object['metadata'] as Json | undefined)?.['resourceVersion'];
    yield { type, object, version: typeof version === 'string' ? version : undefined };
  }
}

function parse(line: string): { type: unknown; object: Json } {
  try {
    const event = JSON.parse(line) as { type?: unknown; object?: unknown };
    if (typeof event.object === 'object' && event.object !== null)
      return { type: event.type, object: event.object as Json };
  } catch {
    // Said below.
  }
  throw new ClusterError('server', 'The API server sent a watch event that is no JSON.');
}

/** The Status in an ERROR event. */
function errorOf(status: Json): ClusterError {
  const message = typeof status['message'] === 'string' ? status['message'] : 'The API server ended the watch.';
  return new ClusterError(status['code'] === 410 || status['reason'] === 'Expired' ? 'gone' : 'server', message);
}

/** Whole lines only: half a line at the end of a dropped stream is nothing. */
async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      const line = rest.join('') + part;
      rest = [];
      length = 0;
      if (line.trim()) yield line;
    }
    if (last) rest.push(last);
    length += last.length;
    if (length > LONGEST_LINE) throw new ClusterError('server', 'The API server sent a watch event without end.');
  }
}
