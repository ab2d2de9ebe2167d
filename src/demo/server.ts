/** The demo's API server: https on 127.0.0.1, a token, and one place where a request becomes an answer. */

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { gzip } from 'node:zlib';
import type { Access, User } from './access.ts';
import { type Ask, form, understand } from './api.ts';
import type { Identity } from './certificate.ts';
import { discovery, isServed } from './discovery.ts';
import { ApiError, badRequest, noSuchPath } from './errors.ts';
import type { Machinery } from './machinery.ts';
import type { Obj } from './objects.ts';
import { fromProtobuf } from './protobuf.ts';
import { find, list, selected, shaped, watch } from './read.ts';
import { type Store, timestamp } from './store.ts';
import { Streams } from './streams.ts';
import type { Trouble } from './trouble.ts';
import { create, patch, remove, scale, update } from './write.ts';

/** Bookmarks come about once a minute from the real server. */
const BOOKMARK_MS = 60_000;

/** What the server is put together of. */
export interface ServerParts {
  readonly store: Store;
  readonly machinery: Machinery;
  readonly access: Access;
  readonly identity: Identity;
  readonly trouble?: Trouble;
}

/** The API server: listens, authorizes, answers. */
export class ApiServer {
  readonly #parts: ServerParts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #streams: Streams;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#streams = new Streams(parts.store, parts.machinery);
    const { certificate: cert, key } = parts.identity;
    this.#server = createServer({ cert, key }, (request, response) => void this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Listens; resolves with the port. */
  async start(port = 0): Promise<number> {
    await new Promise<void>((done, fail) => this.#server.once('error', fail).listen(port, '127.0.0.1', done));
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Breaks every open connection, streams among them. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#streams.stop();
    this.drop();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    try {
      const user = this.#parts.access.who(request);
      const ask = understand(request);
      if (!ask || !['exec', 'portforward'].includes(ask.subresource ?? '')) throw noSuchPath();
      this.#demand(ask, user);
      // Since Kubernetes 1.35 a WebSocket needs this right too, as SPDY's POST always did.
      this.#demand({ ...ask, verb: 'create' }, user);
      this.#streams.upgrade(ask, request, socket, head);
    } catch (error) {
      const refused = asApiError(error);
      const text = JSON.stringify(refused.status());
      const line = `HTTP/1.1 ${refused.code} ${STATUS_CODES[refused.code]}`;
      const length = Buffer.byteLength(text);
      socket.end(
        `${line}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${text}`,
      );
    }
  }

  #demand({ kind, subresource, verb, namespace, name }: Ask, user: User): void {
    const resource = subresource ? `${kind.plural}/${subresource}` : kind.plural;
    this.#parts.access.demand(user, { verb, group: kind.group, resource, namespace, name });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#parts.trouble?.meet(request, response)) return;
    try {
      const user = this.#parts.access.who(request);
      if (request.url?.startsWith(REVIEW)) {
        answer(response, 201, this.#review(user, (await body(request)) as Review));
        return;
      }
      if (!isServed(request)) {
        response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
        return;
      }
      const ask = understand(request);
      if (ask) await this.#resource(ask, user, request, response);
      else answer(response, 200, discovery(request));
    } catch (error) {
      const refused = asApiError(error);
      if (!response.headersSent) answer(response, refused.code, refused.status());
      else response.destroy();
    }
  }

  async #resource(ask: Ask, user: User, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { store, machinery } = this.#parts;
    const { kind, subresource, verb } = ask;
    this.#demand(ask, user);
    const wanted = form(request, ask.query);
    const one = (code: number, object: Obj) => answer(response, code, shaped(kind, object, wanted));
    if (subresource === 'scale') answer(response, 200, scale(store, ask, await body(request), request));
    else if (subresource === 'token') answer(response, 201, this.#token(ask, await body(request)));
    else if (subresource === 'log') this.#streams.log(ask, response);
    else if (subresource === 'eviction')
      answer(
        response,
        201,
        remove(store, machinery, { ...ask, verb: 'delete' }, {}, () => []),
      );
    else if (subresource === 'exec' || subresource === 'portforward') throw badRequest('Upgrade request required');
    else if (subresource && subresource !== 'status') throw noSuchPath();
    else if (verb === 'get') one(200, find(store, ask));
    else if (verb === 'list') answer(response, 200, list(store, ask, wanted));
    else if (verb === 'watch') watch(store, ask, wanted, response, BOOKMARK_MS);
    else if (verb === 'create') one(201, create(store, ask, await body(request)));
    else if (verb === 'update') one(200, update(store, ask, await body(request)));
    else if (verb === 'patch') one(200, patch(store, ask, await body(request), request));
    else
      answer(
        response,
        200,
        remove(store, machinery, ask, await body(request), (a) => selected(store, a)),
      );
  }

  #token(ask: Ask, body: unknown): object {
    const { name, namespace = '' } = find(this.#parts.store, ask).metadata;
    const { spec } = (body ?? {}) as { spec?: { expirationSeconds?: number } };
    const expirationSeconds = spec?.expirationSeconds ?? 3_600;
    const status = {
      token: this.#parts.access.issue(namespace, name, expirationSeconds),
      expirationTimestamp: timestamp(Date.now() + expirationSeconds * 1_000),
    };
    const metadata = { name, namespace, creationTimestamp: timestamp() };
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata,
      spec: { ...spec, expirationSeconds },
      status,
    };
  }

  #review(user: User, review: Review): object {
    const asked = review.spec?.resourceAttributes ?? {};
    const { verb = '', group = '', subresource, namespace, name } = asked;
    const resource = `${asked.resource ?? ''}${subresource ? `/${subresource}` : ''}`;
    const act = { verb, group, resource, namespace: namespace || undefined, name: name || undefined };
    const allowed = review.spec?.nonResourceAttributes !== undefined || this.#parts.access.may(user, act);
    return {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: review.spec,
      status: { allowed },
    };
  }
}

const REVIEW = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
interface Review {
  spec?: {
    resourceAttributes?: {
      verb?: string;
      group?: string;
      resource?: string;
      subresource?: string;
      namespace?: string;
      name?: string;
    };
    nonResourceAttributes?: object;
  };
}

/** The kind of discovery is told in the type too: clients trust nothing else. */
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Smaller answers are not worth it to the real server either. */
const GZIP_FROM = 128 * 1024;

function answer(response: ServerResponse, code: number, body: object | string): void {
  const aggregated = (body as { kind?: unknown }).kind === 'APIGroupDiscoveryList';
  const json = aggregated ? AGGREGATED : 'application/json';
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  response.setHeader('Content-Type', typeof body === 'string' ? 'text/plain; charset=utf-8' : json);
  response.setHeader('Cache-Control', 'no-cache, private');
  if (text.length < GZIP_FROM || !/\bgzip\b/.test(String(response.req.headers['accept-encoding']))) {
    response.writeHead(code).end(text);
    return;
  }
  response.writeHead(code, { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' });
  gzip(text, { level: 1 }, (_, packed) => response.end(packed));
}

/** A mistake of the demo's own is told like one of the API server's own; the demo goes on. */
const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError(500, 'InternalError', `Internal error occurred: ${(error as Error).message}`);

/** The object that was sent. */
export async function body(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.headers['content-type']?.includes('protobuf')) {
    const object = fromProtobuf(Buffer.concat(chunks));
    if (object) return object;
    const says =
      'The demo cluster reads objects of this kind as JSON only: write it to a file and use "kubectl apply -f FILE".';
    throw new ApiError(415, 'UnsupportedMediaType', says);
  }
  try {
    return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw badRequest('the object provided is unrecognized (must be of type JSON)');
  }
}
