/**
 * A list kept current: list in chunks, then watch. Our own, because client-node's informer ends for good on most errors
 * and asks for no bookmarks. Relists only when the server says that our place in its history is gone (410), or
 * after the server itself was away; anything else goes on from the last resourceVersion.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { isDeepStrictEqual } from 'node:util';
import type { AccessRule, Known } from '../core/snapshot.ts';
import type { AskOptions, Client } from './connection.ts';
import { ClusterError, whyOf } from './errors.ts';
import type { Gate, Trouble } from './gate.ts';
import { type Json, listAll } from './list.ts';
import { watchOnce } from './stream.ts';
import type { Timing } from './timing.ts';

const POLL = 5000;
/** A 403 just after an API server's start may be a 403 that is gone in a moment: look again soon, then rarely. */
const FORBIDDEN_AGAIN = [3000, 60_000] as const;

/** An API server and how to wait for it. */
export interface Server {
  readonly client: Client;
  readonly gate: Gate;
  readonly timing: Timing;
}

/** What to keep current. */
export interface Followed<T> {
  readonly path: string;
  readonly query?: AskOptions['query'];
  readonly accept?: string;
  /** Items that one object of the answer holds (a Table has several), with their keys. */
  read(object: Json): readonly (readonly [key: string, item: T])[];
  /** The right that it takes; named when it is missing. */
  readonly rule: AccessRule;
  /** At most so many are kept. */
  readonly max?: number;
  /** When that many are there, the oldest makes room for a new one; otherwise the new one is left out. */
  readonly newest?: boolean;
  /** Where the one object can be had by `get` when `list` is not allowed. */
  readonly single?: string;
}

/** A list that is kept current until disposed. */
export interface Feed<T> {
  /** Undefined until first read. */
  readonly value: Known<T> | undefined;
  /** Present while this list is older than it should be: it cannot be followed, though the server answers others. */
  readonly trouble: Trouble | undefined;
  dispose(): void;
}

/** Follows a list. `changed` is called after each change of value or trouble. Never throws. */
export function follow<T>(server: Server, what: Followed<T>, changed: () => void): Feed<T> {
  return new Follower(server, what, changed);
}

class Follower<T> implements Feed<T> {
  value: Known<T> | undefined;
  trouble: Trouble | undefined;
  #server: Server;
  #what: Followed<T>;
  #changed: () => void;
  #items = new Map<string, T>();
  #end = new AbortController();
  #stream: AbortController | undefined;
  #detach: () => void;
  #version: string | undefined;
  #tries = 0;
  #refusals = 0;
  #polls = 0;

  constructor(server: Server, what: Followed<T>, changed: () => void) {
    this.#server = server;
    this.#what = what;
    this.#changed = changed;
    this.#detach = server.gate.attach((news) => {
      // A server that was away may be back with another history, in which our place means nothing.
      if (news === 'up') this.#version = undefined;
      else this.#stream?.abort();
      // What we have stays old, also when the server is back, until it was read again.
      if (news === 'down' && this.value?.known) this.trouble = server.gate.down;
    });
    void this.#run();
  }

  dispose(): void {
    this.#detach();
    this.#end.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await this.#server.gate.open(signal);
        if (this.#version === undefined) await this.#list(signal);
        else await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#failed(error, signal).catch(() => {});
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, gate, timing } = this.#server;
    const items = new Map<string, T>();
    const kept = (key: string, item: T) => {
      const before = this.#items.get(key);
      items.set(key, before !== undefined && isDeepStrictEqual(before, item) ? before : item);
    };
    let version = '';
    try {
      version = await listAll(client, this.#what, kept, signal);
    } catch (error) {
      if (!(error instanceof ClusterError && error.kind === 'forbidden' && this.#what.single)) throw error;
      const one = await client.json<Json>(this.#what.single, { signal }).catch((e) => {
        if (e instanceof ClusterError && e.kind === 'not-found') return undefined;
        throw e instanceof ClusterError && e.kind === 'forbidden' ? error : e;
      });
      if (one) for (const [key, item] of this.#what.read(one)) kept(key, item);
    }
    gate.heard();
    this.#items = items;
    this.#refusals = 0;
    this.#publish();
    // Without list or watch we look every few seconds, and now and then whether watching is allowed by now.
    if (version !== '' && this.#polls === 0) this.#version = version;
    else {
      this.#polls = Math.max(0, this.#polls - 1);
      await timing.sleep(POLL * (1 + timing.random() * 0.2), signal);
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, gate, timing } = this.#server;
    const stream = new AbortController();
    this.#stream = stream;
    const started = timing.now();
    let events = 0;
    try {
      const ends = AbortSignal.any([signal, stream.signal]);
      for await (const { type, object, version } of watchOnce(client, this.#what, this.#version ?? '', timing, ends)) {
        gate.heard();
        events++;
        this.#tries = 0;
        if (version) this.#version = version;
        this.#clear();
        if (type !== 'BOOKMARK') this.#apply(type, object);
      }
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'forbidden') {
        this.#version = undefined;
        this.#polls = 12;
        return;
      }
      throw error;
    } finally {
      this.#stream = undefined;
    }
    if (signal.aborted) return;
    gate.doubt();
    // A server, or something between, that ends every stream at once would make this loop spin.
    if (events === 0 && timing.now() - started < 5000) await gate.pace(this.#backOff(), signal);
  }

  #apply(type: string, object: Json): void {
    const { max = Number.POSITIVE_INFINITY, newest } = this.#what;
    let touched = false;
    for (const [key, item] of this.#what.read(object)) {
      const before = this.#items.get(key);
      if (type === 'DELETED') touched = this.#items.delete(key) || touched;
      else if (before === undefined || !isDeepStrictEqual(before, item)) {
        const full = before === undefined && this.#items.size >= max;
        if (full && !newest) continue;
        const [oldest] = full ? this.#items.keys() : [];
        if (oldest !== undefined) this.#items.delete(oldest);
        this.#items.set(key, item);
        touched = true;
      }
    }
    if (touched) this.#publish();
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const { gate, timing } = this.#server;
    const failed = error instanceof ClusterError ? error : new ClusterError('server', String(error));
    if (failed.kind === 'gone') {
      const again = this.#version === undefined;
      this.#version = undefined;
      if (again) await gate.pace(this.#backOff(), signal);
      return;
    }
    if (failed.kind === 'forbidden' || failed.kind === 'not-found') {
      this.#version = undefined;
      this.#items = new Map();
      this.#unknown(failed);
      const wait = FORBIDDEN_AGAIN[Math.min(this.#refusals++, 1)] ?? 0;
      return timing.sleep(wait * (1 + timing.random() * 0.3), signal);
    }
    gate.doubt();
    if (this.#stream?.signal.aborted || failed.kind === 'cancelled') return;
    await gate.open(signal);
    // The server answers, but not this: say so once it is more than a hiccup.
    if (this.#tries >= 1 && !this.trouble) {
      this.trouble = { since: timing.now(), why: failed.message };
      if (this.value === undefined) this.#unknown(failed);
      else this.#changed();
    }
    await gate.pace(this.#backOff(), signal);
  }

  #backOff(): number {
    return Math.min(30_000, 500 * 2 ** this.#tries++);
  }

  #unknown(error: ClusterError): void {
    const user = error.user === undefined ? {} : { user: error.user };
    const rule = error.kind === 'forbidden' ? { needs: this.#what.rule, ...user } : {};
    const value: Known<T> = { known: false, why: whyOf(error), ...rule };
    if (isDeepStrictEqual(value, this.value)) return;
    this.value = value;
    this.trouble = undefined;
    this.#changed();
  }

  #publish(): void {
    const items = [...this.#items.values()];
    const before = this.value;
    const same =
      before?.known && before.items.length === items.length && items.every((item, i) => item === before.items[i]);
    if (!same) this.value = { known: true, items };
    if (same && !this.trouble) return;
    this.trouble = undefined;
    this.#changed();
  }

  #clear(): void {
    if (!this.trouble) return;
    this.trouble = undefined;
    this.#changed();
  }
}
