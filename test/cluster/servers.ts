/**
 * What the connection tests talk to: an API server of a few lines, an issuer, proxies, and certificates, all on loopback.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp, type Socket, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
// Certificates without an openssl on the machine.
import { generate } from 'selfsigned';
import { stringify } from 'yaml';
import type { Target } from '../../src/cluster/connection.ts';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';

/** A folder with certificates, removed at the end. */
export class Workshop {
  readonly dir = mkdtempSync(join(tmpdir(), 'traffic-path-connect-'));
  readonly #closers: (() => Promise<void>)[] = [];

  file(name: string): string {
    return join(this.dir, name);
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  write(name: string, text: string, mode = 0o600): string {
    writeFileSync(this.file(name), text, { mode });
    return this.file(name);
  }

  /** An authority `NAME.crt`, `NAME.key`. */
  async authority(name: string): Promise<void> {
    const extensions = [
      { name: 'basicConstraints', cA: true, critical: true } as const,
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true } as const,
    ];
    this.#keep(name, await generate([{ name: 'commonName', value: name }], { ...strong, extensions }));
  }

  /** A certificate `NAME.crt` of the authority, for 127.0.0.1 unless it has another DNS name; expired if asked for. */
  async certificate(name: string, authority: string, only?: { dns?: string; expired?: boolean }): Promise<void> {
    const altNames = [only?.dns ? ({ type: 2, value: only.dns } as const) : ({ type: 7, ip: '127.0.0.1' } as const)];
    const dates = only?.expired ? { notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2021-01-01') } : {};
    const ca = { key: this.read(`${authority}.key`), cert: this.read(`${authority}.crt`) };
    const extensions = [{ name: 'subjectAltName', altNames } as const];
    this.#keep(name, await generate([{ name: 'commonName', value: name }], { ...strong, ...dates, ca, extensions }));
  }

  #keep(name: string, made: { cert: string; private: string }): void {
    this.write(`${name}.crt`, made.cert);
    this.write(`${name}.key`, made.private);
  }

  /** Listens on a free port of 127.0.0.1 until the workshop closes. */
  async listen(server: TcpServer): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    this.#closers.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    });
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const strong = { keyType: 'ec', algorithm: 'sha256' } as const;

/** An API server that remembers who asked for what. */
export interface Api {
  readonly url: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
  /** Handshakes so far. */
  connections: number;
  /** What it answers; by default the request's path and headers. */
  answer: RequestListener;
  readonly server: Server;
}

/** Starts an API server; without options over plain http. */
export async function startApi(workshop: Workshop, options?: ServerOptions): Promise<Api> {
  const api: Partial<Api> & { requests: IncomingMessage[] } = { requests: [], connections: 0, answer: echo };
  const listener: RequestListener = (ask, answer) => {
    api.requests.push(ask);
    api.answer?.(ask, answer);
  };
  const server = options ? createHttps(options, listener) : createHttp(listener);
  server.on(options ? 'secureConnection' : 'connection', () => {
    api.connections = (api.connections ?? 0) + 1;
  });
  const port = await workshop.listen(server);
  return Object.assign(api, { port, server, url: `${options ? 'https' : 'http'}://127.0.0.1:${port}` }) as Api;
}

/** Answers with what was asked. */
export const echo: RequestListener = ({ url, headers, socket }, answer) => {
  const certificate =
    'getPeerCertificate' in socket ? (socket as unknown as PeerNamed).getPeerCertificate() : undefined;
  answer.setHeader('Content-Type', 'application/json');
  answer.end(JSON.stringify({ url, headers, client: certificate?.subject?.CN }));
};

interface PeerNamed {
  getPeerCertificate(): { subject?: { CN?: string } };
}

/** What `echo` answers. */
export interface Echo {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly client?: string;
}

/** The target of a kubeconfig with one cluster and one user. */
export async function targetOf(
  workshop: Workshop,
  cluster: Record<string, unknown>,
  user: Record<string, unknown> = {},
  env: Record<string, string | undefined> = {},
): Promise<Target> {
  const file = workshop.write('config', kubeconfigOf(cluster, user));
  return (await loadKubeconfig({ env: { PATH: process.env['PATH'], KUBECONFIG: file, ...env } })).target();
}

/** A kubeconfig's text with one context `test`, its cluster and its user. */
export function kubeconfigOf(cluster: Record<string, unknown>, user: Record<string, unknown> = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'me' } }],
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'me', user }],
  });
}

/** A proxy, and the `host:port`s that were asked of it. */
export interface Proxy {
  readonly port: number;
  readonly asked: string[];
  /** Proxy-Authorization values seen. */
  readonly authorizations: (string | undefined)[];
  /** Set to refuse with this status. */
  refuse?: number;
}

/** An http (or, with options, https) proxy: CONNECT, and plain http by absolute address. */
export async function startHttpProxy(workshop: Workshop, options?: ServerOptions): Promise<Proxy> {
  const proxy: Omit<Proxy, 'port'> & { port: number } = { port: 0, asked: [], authorizations: [] };
  const forward: RequestListener = (ask, answer) => {
    const url = new URL(ask.url ?? '');
    proxy.asked.push(url.host);
    ask.pipe(
      request(url, { method: ask.method, headers: ask.headers }, (from) => {
        answer.writeHead(from.statusCode ?? 0, from.headers);
        from.pipe(answer);
      }),
    );
  };
  const server = options ? createHttps(options, forward) : createHttp(forward);
  server.on('connect', ({ url = '', headers }: IncomingMessage, client: Duplex) => {
    proxy.asked.push(url);
    proxy.authorizations.push(headers['proxy-authorization']);
    if (proxy.refuse) client.end(`HTTP/1.1 ${proxy.refuse} No\r\nContent-Length: 2\r\n\r\nno`);
    else tunnel(client, url, () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
  });
  proxy.port = await workshop.listen(server);
  return proxy;
}

/** A SOCKS5 proxy without authentication, names and IPv4. https://www.rfc-editor.org/rfc/rfc1928 */
export async function startSocksProxy(workshop: Workshop): Promise<Proxy> {
  const proxy: Omit<Proxy, 'port'> & { port: number } = { port: 0, asked: [], authorizations: [] };
  const server = createTcp((client) => {
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (ask: Buffer) => {
        const named = ask[3] === 3;
        const end = named ? 5 + (ask[4] ?? 0) : 8;
        const host = named ? ask.subarray(5, end).toString() : [...ask.subarray(4, 8)].join('.');
        const address = `${host}:${ask.readUInt16BE(end)}`;
        proxy.asked.push(address);
        tunnel(client, address, () => client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    });
  });
  proxy.port = await workshop.listen(server);
  return proxy;
}

function tunnel(client: Duplex, address: string, ready: () => void): void {
  const { hostname, port } = new URL(`http://${address}`);
  // Names that only the proxy knows, as behind a jump host.
  const server = connect(Number(port || 80), hostname.endsWith('.test') ? '127.0.0.1' : hostname, ready);
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.destroy());
}
