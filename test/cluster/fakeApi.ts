/**
 * The least of a Kubernetes API that a list and a watch need, over plain http on loopback, made to fail on request. It
 * knows nothing about Kubernetes' objects: collections, labels, names and a history of changes.
 */
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Target } from '../../src/cluster/connection.ts';
import { ClusterError } from '../../src/cluster/errors.ts';
import type { Timing } from '../../src/cluster/timing.ts';

export interface Thing {
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [more: string]: unknown };
  [more: string]: unknown;
}

interface Change {
  readonly version: number;
  readonly type: string;
  readonly path: string;
  readonly object: Thing;
}

/** What a test lets happen to a request before the server looks at it: true when it answered, or left it hanging. */
export type Fault = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;

export class FakeApi {
  version = 100;
  fault: Fault = () => false;
  token = 'good';
  /** Every request, with the time of the test's clock. */
  readonly asked: { at: number; url: URL }[] = [];
  readonly sockets = new Set<Socket>();
  readonly streams = new Set<ServerResponse>();
  #collections = new Map<string, Map<string, Thing>>();
  #changes: Change[] = [];
  #watchers = new Map<ServerResponse, (change: Change) => void>();
  #server: Server | undefined;
  #now: () => number;
  port = 0;

  constructor(timing: Timing) {
    this.#now = () => timing.now();
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** As a killed process: every connection is cut, the port refuses. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  put(path: string, object: Thing): void {
    const collection = this.#collections.get(path) ?? new Map<string, Thing>();
    this.#collections.set(path, collection);
    const type = collection.has(object.metadata.name) ? 'MODIFIED' : 'ADDED';
    this.version++;
    const stored = {
      ...object,
      metadata: { uid: object.metadata.name, ...object.metadata, resourceVersion: String(this.version) },
    };
    collection.set(object.metadata.name, stored);
    this.#tell({ version: this.version, type, path, object: stored });
  }

  remove(path: string, name: string): void {
    const object = this.#collections.get(path)?.get(name);
    if (!object) return;
    this.#collections.get(path)?.delete(name);
    this.version++;
    this.#tell({ version: this.version, type: 'DELETED', path, object });
  }

  /** Forgets the history, as an API server does after some minutes: watches from before are Gone. */
  compact(): void {
    this.#changes = [];
    this.#compacted = this.version;
  }
  #compacted = 0;

  /** Another cluster's data at the same address: history begins anew. */
  replace(version: number): void {
    this.#collections.clear();
    this.#changes = [];
    this.#compacted = 0;
    this.version = version;
  }

  watchers(path: string): number {
    return [...this.#watchers.keys()].filter((r) => r.req.url?.startsWith(`${path}?`)).length;
  }

  requests(path: string, watch?: boolean): number {
    return this.asked.filter(
      ({ url }) => url.pathname === path && (watch === undefined || url.searchParams.has('watch') === watch),
    ).length;
  }

  /** A client of this server; `renewals` counts how often new credentials were asked for. */
  target(): Target & { renewals: number; token: string } {
    const agent = new Agent({ keepAlive: true }) as HttpsAgent;
    const facts = {
      context: 'fake',
      cluster: 'fake',
      server: `http://127.0.0.1:${this.port}`,
      user: 'me',
      extensions: [],
      insecureSkipTlsVerify: false,
    };
    const target = {
      facts,
      namespace: 'default',
      base: new URL(facts.server),
      renewals: 0,
      token: 'good',
      async options(renew = false) {
        if (renew) {
          target.renewals++;
          target.token = 'renewed';
        }
        return { agent, headers: { Authorization: `Bearer ${target.token}` } };
      },
      dispose: () => agent.destroy(),
    };
    return target;
  }

  #tell(change: Change): void {
    this.#changes.push(change);
    for (const watcher of this.#watchers.values()) watcher(change);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://fake');
    this.asked.push({ at: this.#now(), url });
    if (this.fault(request, response, url)) return;
    if (request.headers.authorization !== `Bearer ${this.token}`) refuse(response, 401, 'Unauthorized');
    else if (url.pathname === '/version') json(response, 200, { gitVersion: 'v1.99.0' });
    else this.#read(response, url);
  }

  #read(response: ServerResponse, url: URL): void {
    const query = Object.fromEntries(url.searchParams);
    const path = url.pathname;
    const [, parent = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
    const one = this.#collections.get(parent)?.get(name);
    if (query['watch']) this.#watch(response, path, query);
    else if (one) json(response, 200, one);
    else if (/\/namespaces\/[^/]+\/[^/]+\/[^/]+$/.test(path)) refuse(response, 404, `${name} not found`);
    else this.#list(response, path, query);
  }

  #list(response: ServerResponse, path: string, query: Record<string, string>): void {
    const all = [...this.#all(path)].filter((object) => matches(object, query));
    const from = Number(query['continue'] ?? 0);
    const to = from + Number(query['limit'] ?? Number.POSITIVE_INFINITY);
    const metadata = { resourceVersion: String(this.version), ...(to < all.length ? { continue: String(to) } : {}) };
    json(response, 200, { kind: 'List', metadata, items: all.slice(from, to) });
  }

  /** A path without namespace is of all of them. */
  *#all(path: string): Iterable<Thing> {
    for (const [collection, things] of this.#collections) if (within(collection, path)) yield* things.values();
  }

  #watch(response: ServerResponse, path: string, query: Record<string, string>): void {
    const since = Number(query['resourceVersion']);
    if (since < this.#compacted) {
      refuse(response, 410, 'too old resource version');
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    const send = (change: Change) => {
      if (change.version <= since || !within(change.path, path)) return;
      const type = matches(change.object, query) ? change.type : 'DELETED';
      response.write(`${JSON.stringify({ type, object: change.object })}\n`);
    };
    for (const change of this.#changes) send(change);
    this.#watchers.set(response, send);
    this.streams.add(response);
    response.on('close', () => {
      this.#watchers.delete(response);
      this.streams.delete(response);
    });
  }
}

const within = (collection: string, path: string) =>
  collection === path || collection.replace(/\/namespaces\/[^/]+/, '') === path;

function matches({ metadata }: Thing, query: Record<string, string>): boolean {
  const pairs = (text = '') =>
    text
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split('=') as [string, string]);
  return (
    pairs(query['labelSelector']).every(([key, value]) => metadata.labels?.[key] === value) &&
    pairs(query['fieldSelector']).every(([key, value]) => key !== 'metadata.name' || metadata.name === value)
  );
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, code: number, message: string): void {
  json(response, code, { kind: 'Status', status: 'Failure', code, message });
}

/** A clock that runs `times` as fast, so that minutes of patience are tested in seconds. `skip` lets it jump. */
export function fastTiming(times: number): Timing & { skip(ms: number): void; readonly sleeping: number } {
  const start = Date.now();
  let skipped = 0;
  let sleeping = 0;
  return {
    now: () => start + (Date.now() - start) * times + skipped,
    skip: (ms) => {
      skipped += ms;
    },
    get sleeping() {
      return sleeping;
    },
    random: Math.random,
    async sleep(ms, signal) {
      if (signal.aborted) throw new ClusterError('cancelled', 'aborted');
      sleeping++;
      try {
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(done, ms / times);
          function done() {
            signal.removeEventListener('abort', aborted);
            resolve();
          }
          function aborted() {
            clearTimeout(timer);
            reject(signal.reason);
          }
          signal.addEventListener('abort', aborted, { once: true });
        });
      } finally {
        sleeping--;
      }
    },
  };
}

/** Waits until something holds; says what was there instead when it does not within `ms`. */
export async function until<T>(
  what: () => T | undefined | false,
  ms = 3000,
  now: () => unknown = () => '',
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = what();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what.toString()} ${JSON.stringify(now())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
