/** The demo's API server: https on 127.0.0.1, a token, and one place where a request becomes an answer. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Ask, form, understand } from './api.ts';
import type { Identity } from './certificate.ts';
import { discovery } from './discovery.ts';
import { ApiError, badRequest, noSuchPath, unauthorized } from './errors.ts';
import type { Machinery } from './machinery.ts';
import { find, list, shaped, watch } from './read.ts';
import type { Store } from './store.ts';

/** Bookmarks come about once a minute from the real server. */
const BOOKMARK_MS = 60_000;

export interface ServerParts {
  readonly store: Store;
  readonly machinery: Machinery;
  readonly token: string;
  readonly identity: Identity;
}

export class ApiServer {
  readonly #parts: ServerParts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(parts: ServerParts) {
    this.#parts = parts;
    const { certificate: cert, key } = parts.identity;
    this.#server = createServer({ cert, key }, (request, response) => void this.#serve(request, response));
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

  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.headers.authorization !== `Bearer ${this.#parts.token}`) throw unauthorized();
      const ask = understand(request);
      if (ask) await this.#resource(ask, request, response);
      else answer(response, 200, discovery(request));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!response.headersSent) answer(response, error.code, error.status());
    }
  }

  async #resource(ask: Ask, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { store } = this.#parts;
    const wanted = form(request, ask.query);
    if (ask.verb === 'get') answer(response, 200, shaped(ask.kind, find(store, ask), wanted));
    else if (ask.verb === 'list') answer(response, 200, list(store, ask, wanted));
    else if (ask.verb === 'watch') watch(store, ask, wanted, response, BOOKMARK_MS);
    else throw noSuchPath();
  }
}

/** The kind of discovery is told in the type too: clients trust nothing else. */
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function answer(response: ServerResponse, code: number, body: object | string): void {
  const text = typeof body === 'string';
  const json =
    'kind' in Object(body) && (body as { kind: string }).kind === 'APIGroupDiscoveryList'
      ? AGGREGATED
      : 'application/json';
  response.writeHead(code, {
    'Content-Type': text ? 'text/plain; charset=utf-8' : json,
    'Cache-Control': 'no-cache, private',
  });
  response.end(text ? body : `${JSON.stringify(body)}\n`);
}

/** The whole body as JSON. */
export async function body(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw badRequest('the object provided is unrecognized (must be of type JSON)');
  }
}
