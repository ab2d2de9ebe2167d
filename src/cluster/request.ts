/**
 * The transport: node:https over the target's keep-alive agent, so that a request costs no TLS handshake. Every way to fail is
 * a ClusterError with a sentence (answers.ts).
 */

import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { cancelled, errorOfAnswer, errorOfConnection, refusedByProxy, timedOut } from './answers.ts';
import type { AskOptions, Client, Reply, Target } from './connection.ts';
import { ClusterError } from './errors.ts';

const defaultTimeoutMs = 15_000;

/** Makes the client of a target. Disposing it stops its requests and disposes the target. */
export function createClient(target: Target): Client {
  const disposed = new AbortController();
  const seen = new WeakSet<Socket>();
  let connectionsOpened = 0;
  let renewals = 0;
  let renewed: ReturnType<Target['options']> | undefined;

  const count = (socket: Socket) => {
    if (seen.has(socket)) return;
    seen.add(socket);
    connectionsOpened += 1;
  };

  async function answer(path: string, ask: AskOptions): Promise<IncomingMessage> {
    const used = renewals;
    let response = await send(path, ask, await unlessAborted(target.options(), ask.signal));
    if (response.status === 401) {
      // The credentials may have expired or been renewed elsewhere: once more with new ones, which many may wait for.
      response.head.resume();
      if (used === renewals) {
        renewals += 1;
        renewed = target.options(true);
      }
      response = await send(path, ask, await unlessAborted(renewed ?? target.options(true), ask.signal));
    }
    const { head, status } = response;
    if (status >= 200 && status < 300) return head;
    throw errorOfAnswer({
      status,
      headers: head.headers,
      body: await textOf(head, ask),
      method: ask.method ?? 'GET',
      path,
      target,
    });
  }

  async function send(path: string, ask: AskOptions, options: RequestOptions) {
    for (let attempt = 0; ; attempt += 1) {
      const reused = { value: false };
      try {
        const head = await sendOnce(path, ask, options, reused);
        return { head, status: head.statusCode ?? 0 };
      } catch (error) {
        // The server may close an idle connection at the moment we reuse it: nothing was answered, so a read may be repeated.
        const repeatable = reused.value && attempt === 0 && (ask.method ?? 'GET') === 'GET';
        if (!repeatable || !['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')) {
          throw error instanceof ClusterError ? error : errorOfConnection(error, target);
        }
      }
    }
  }

  function sendOnce(path: string, ask: AskOptions, options: RequestOptions, reused: { value: boolean }) {
    const signal = ask.signal ? AbortSignal.any([ask.signal, disposed.signal]) : disposed.signal;
    if (signal.aborted) return Promise.reject(cancelled());
    const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
    const url = urlOf(target.base, path, ask.query);
    const timeoutMs = ask.timeoutMs ?? defaultTimeoutMs;
    return new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        'Accept-Encoding': 'gzip',
        ...options.headers,
        Accept: ask.accept ?? 'application/json',
        'User-Agent': 'traffic-path',
        ...(body === undefined
          ? {}
          : { 'Content-Type': contentType(ask.method), 'Content-Length': Buffer.byteLength(body) }),
      };
      const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
        ...options,
        method: ask.method ?? 'GET',
        headers,
      });
      const stop = () => request.destroy(cancelled());
      const timer = setTimeout(() => request.destroy(timedOut(target, timeoutMs)), timeoutMs);
      signal.addEventListener('abort', stop, { once: true });
      request.on('socket', count);
      // The proxy's refusal would otherwise look like the server's answer. The proxy agents emit it.
      request.on('proxyConnect', ({ statusCode, statusText }: { statusCode?: number; statusText?: string }) => {
        if (statusCode !== undefined && statusCode !== 200)
          request.destroy(refusedByProxy(target, statusCode, statusText ?? ''));
      });
      request.on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.on('error', (error) => {
        reused.value = request.reusedSocket;
        reject(error);
      });
      request.on('close', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      });
      request.end(body);
    });
  }

  /** The body as it comes, gzip undone; a body that breaks off is an error, never a short body. */
  async function* bytesOf(head: IncomingMessage, ask: AskOptions): AsyncGenerator<Uint8Array> {
    const body = head.headers['content-encoding'] === 'gzip' ? pipeline(head, createGunzip(), () => {}) : head;
    try {
      for await (const chunk of body) yield chunk as Uint8Array;
    } catch (error) {
      if (ask.signal?.aborted || disposed.signal.aborted) throw cancelled();
      throw error instanceof ClusterError ? error : errorOfConnection(error, target, 'body');
    } finally {
      head.destroy();
    }
  }

  /** The whole body; it may be slow, but not silent for longer than the time-out. */
  async function textOf(head: IncomingMessage, ask: AskOptions): Promise<string> {
    const timeoutMs = ask.timeoutMs ?? defaultTimeoutMs;
    const silence = setTimeout(() => head.destroy(timedOut(target, timeoutMs)), timeoutMs);
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of bytesOf(head, ask)) {
        chunks.push(chunk);
        silence.refresh();
      }
    } finally {
      clearTimeout(silence);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  return {
    target,
    get connectionsOpened() {
      return connectionsOpened;
    },
    async json<T>(path: string, ask: AskOptions = {}): Promise<T> {
      const body = await textOf(await answer(path, ask), ask);
      try {
        return JSON.parse(body) as T;
      } catch {
        throw new ClusterError('server', `${target.facts.server} answered ${path} with something that is not JSON.`);
      }
    },
    async stream(path, ask = {}): Promise<Reply> {
      const head = await answer(path, ask);
      return { status: head.statusCode ?? 0, headers: head.headers, body: bytesOf(head, ask) };
    },
    dispose() {
      disposed.abort();
      target.dispose();
    },
  };
}

/** A plugin may take its time; whoever no longer wants the answer need not wait for it. Others may: it runs on. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(cancelled());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function urlOf(base: URL, path: string, query: AskOptions['query'] = {}): URL {
  const url = new URL(base);
  const [pathname = '', search = ''] = path.split('?');
  url.pathname = base.pathname.replace(/\/$/, '') + pathname;
  url.search = search;
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function contentType(method = 'GET'): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
