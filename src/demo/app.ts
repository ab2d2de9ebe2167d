/**
 * What runs in the demo's containers: the tutorial's HTTP application. A real node:http server, but it listens nowhere:
 * connections are handed to it (dial.ts), so that nothing of the demo but its API is on the network.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Pod, Probe } from './objects.ts';

/** Go's duration format, whole seconds: `5m30s`. */
function duration(ms: number): string {
  const s = Math.round(ms / 1000);
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return `${h ? `${h}h` : ''}${s >= 60 ? `${m}m` : ''}${s % 60}s`;
}

const parseDuration = (text: string): number => {
  const [, n = '0', unit] = /^([\d.]+)(ms|s|m)?$/.exec(text) ?? [];
  return Number(n) * (unit === 'ms' ? 1 : unit === 'm' ? 60_000 : 1_000);
};

/** The application of one running container. */
export class App {
  readonly startedAt: number;
  readonly log: { at: number; line: string }[] = [];
  /** TCP ports that it listens on. */
  readonly ports: readonly number[];
  ready: boolean;
  #status: number;
  #latency: number;
  readonly #counts = new Map<string, number>();
  readonly #pod: string;
  readonly #server: Server;
  readonly #changed: (exitCode?: number) => void;
  readonly #followers = new Set<(entry?: { at: number; line: string }) => void>();
  readonly #sockets = new Set<Duplex>();

  /** `changed` is called when its readiness changes, or with the code that it exits with. */
  constructor(pod: Pod, changed: (exitCode?: number) => void, startedAt = Date.now()) {
    const env = (name: string) => pod.spec.containers[0]?.env?.find((e) => e.name === name)?.value ?? '';
    const declared = pod.spec.containers.flatMap((c) => c.ports ?? []).map((p) => p.containerPort);
    this.ports = env('LISTEN_PORT')
      ? [Number(env('LISTEN_PORT'))]
      : pod.spec.containers[0]?.image.startsWith('traffic-path/api')
        ? [8080]
        : declared;
    this.startedAt = startedAt;
    this.#pod = pod.metadata.name;
    this.#changed = changed;
    this.ready = !['true', '1'].includes(env('FAIL_READY'));
    this.#status = Number(env('STATUS'));
    this.#latency = parseDuration(env('LATENCY'));
    this.#server = createServer((request, response) => {
      setTimeout(() => this.#answer(request, response), this.#latency).unref();
    });
    // As Go's server: who has sent its request and closed that half still gets the answer.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.print(`listening on [::]:${this.ports[0] ?? '?'} (tls=false)`, startedAt);
  }

  print(line: string, at = Date.now()): void {
    const entry = {
      at,
      line: `${new Date(at).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/')} ${line}`,
    };
    this.log.push(entry);
    for (const follower of this.#followers) follower(entry);
    if (this.log.length > 1_000) this.log.shift();
  }

  /** Calls back with each line from now on, and with nothing when it ends. Returns the unsubscriber. */
  follow(listener: (entry?: { at: number; line: string }) => void): () => void {
    this.#followers.add(listener);
    return () => this.#followers.delete(listener);
  }

  /** Takes a connection, as if it had been accepted. */
  accept(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    this.#server.emit('connection', socket);
  }

  /** What the kubelet's probe of it comes to: undefined when it passes, else the words of the Unhealthy event. */
  probe(probe: Probe, pod: Pod): string | undefined {
    const wanted = probe.httpGet?.port ?? probe.tcpSocket?.port;
    if (wanted === undefined) return undefined;
    const named = pod.spec.containers.flatMap((c) => c.ports ?? []).find((p) => p.name === wanted);
    const port = typeof wanted === 'number' ? wanted : named?.containerPort;
    const { path = '/', scheme = 'HTTP' } = probe.httpGet ?? {};
    const address = `${pod.status.podIP}:${port}`;
    if (port === undefined) return `couldn't find port "${wanted}"`;
    const refused = `dial tcp ${address}: connect: connection refused`;
    if (!this.ports.includes(port))
      return probe.tcpSocket ? refused : `Get "${scheme.toLowerCase()}://${address}${path}": ${refused}`;
    if (!probe.httpGet) return undefined;
    const code = this.#code(path);
    return code < 400 ? undefined : `HTTP probe failed with statuscode: ${code}`;
  }

  close(): void {
    for (const follower of this.#followers) follower();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #code(path: string): number {
    if (path === '/ready') return this.ready ? 200 : 503;
    if (path === '/metrics' || path === '/fault') return 200;
    if (this.#status) return this.#status;
    return path === '/health' || path.startsWith('/api/v1/') || this.ports[0] === 80 ? 200 : 404;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://pod');
    const path = url.pathname;
    const code = this.#code(path);
    const key = `method="${request.method}",code="${code}"`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (path !== '/ready' && path !== '/metrics')
      this.print(`127.0.0.1:${40_000 + this.#sockets.size} ${request.method} ${path} ${code}`);
    if (path === '/metrics') {
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(this.#metrics());
      return;
    }
    if (path === '/fault' && request.method === 'POST') this.#fault(url.searchParams);
    response.writeHead(code, { 'Content-Type': 'application/json' });
    response.end(`${JSON.stringify(this.#body(path, code, request))}\n`);
  }

  #body(path: string, code: number, request: IncomingMessage): object {
    if (path === '/fault')
      return { latency: `${this.#latency / 1000}s`, pod: this.#pod, ready: this.ready, status: this.#status };
    if (path === '/ready') return { status: this.ready ? 'ready' : 'not ready' };
    if (code >= 400)
      return code === 404 ? { error: 'not found', path } : { error: 'asked to', pod: this.#pod, status: code };
    if (path === '/health') return { status: 'healthy', uptime: duration(Date.now() - this.startedAt) };
    // Names and values as Go's http.Header prints them; Host is none of them.
    const headers: Record<string, string[]> = {};
    for (const [name, values = []] of Object.entries(request.headersDistinct))
      if (name !== 'host') headers[name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase())] = values;
    const { host } = request.headers;
    return { headers, host, method: request.method, path, pod: this.#pod, remoteAddress: '127.0.0.1:40000' };
  }

  #fault(query: URLSearchParams): void {
    if (query.get('ready')) this.ready = query.get('ready') === 'true';
    if (query.get('status')) this.#status = Number(query.get('status'));
    if (query.get('latency')) this.#latency = parseDuration(query.get('latency') ?? '');
    this.#changed(query.get('exit') ? Number(query.get('exit')) : undefined);
  }

  #metrics(): string {
    const lines = [...this.#counts].map(([labels, n]) => `http_requests_total{${labels}} ${n}\n`);
    const uptime = ((Date.now() - this.startedAt) / 1000).toFixed(3);
    return (
      `# HELP http_requests_total HTTP requests answered.\n# TYPE http_requests_total counter\n${lines.join('')}` +
      `# HELP process_uptime_seconds Seconds since the start.\n# TYPE process_uptime_seconds gauge\nprocess_uptime_seconds ${uptime}\n`
    );
  }
}
