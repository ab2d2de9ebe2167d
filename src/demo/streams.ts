/** pods/log, and what goes over a WebSocket: pods/exec and pods/portforward, with the channels of Kubernetes. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Duplex, PassThrough, Writable } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Ask } from './api.ts';
import { ApiError, badRequest, notFound } from './errors.ts';
import { PODS } from './kinds.ts';
import type { Machinery } from './machinery.ts';
import { Network, Unreachable } from './network.ts';
import type { Pod } from './objects.ts';
import { exists, run } from './shell.ts';
import type { Store } from './store.ts';

const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const FORWARD_PROTOCOLS = ['v4.channel.k8s.io'];
const WEBSOCKET_ONLY =
  'The demo cluster streams over WebSocket only (v4.channel.k8s.io, v5.channel.k8s.io), and this client asked for SPDY. "kubectl exec" of 1.31 or later works; in place of "kubectl port-forward" ask from inside: kubectl exec POD -- wget -qO- http://127.0.0.1:8080/health';

/** Logs, exec and port-forward. */
export class Streams {
  readonly #store: Store;
  readonly #machinery: Machinery;
  readonly #network: Network;
  readonly #sockets = new Set<WebSocket>();
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered, request) => {
      const known = request.url?.includes('/exec') ? EXEC_PROTOCOLS : FORWARD_PROTOCOLS;
      return known.find((p) => offered.has(p)) ?? false;
    },
  });

  constructor(store: Store, machinery: Machinery) {
    this.#store = store;
    this.#machinery = machinery;
    this.#network = new Network(store, machinery.kubelet);
  }

  log(ask: Ask, response: ServerResponse): void {
    const { query } = ask;
    const pod = this.#pod(ask);
    const name = this.#container(pod, query.get('container'));
    const status = pod.status.containerStatuses?.find((s) => s.name === name);
    const previous = query.get('previous') === 'true';
    if (previous && !status?.lastState.terminated)
      throw badRequest(`previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
    const waiting = status?.state.waiting?.reason ?? (status ? undefined : 'ContainerCreating');
    const pulling = waiting === 'ImagePullBackOff' || waiting === 'ErrImagePull';
    if (pulling || waiting === 'ContainerCreating')
      throw badRequest(
        `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${pulling ? 'trying and failing to pull image' : waiting}`,
      );
    const stamped = query.get('timestamps') === 'true';
    const since = Date.now() - Number(query.get('sinceSeconds') ?? Number.POSITIVE_INFINITY) * 1_000;
    const line = (entry: { at: number; line: string }) =>
      `${stamped ? `${new Date(entry.at).toISOString()} ` : ''}${entry.line}\n`;
    const tail = query.get('tailLines');
    const lines = this.#machinery.kubelet.logs(pod, previous).filter((l) => l.at >= since);
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.write((tail === null ? lines : Number(tail) > 0 ? lines.slice(-Number(tail)) : []).map(line).join(''));
    const app = this.#machinery.kubelet.app(pod);
    if (query.get('follow') !== 'true' || previous || !app) {
      response.end();
      return;
    }
    const unfollow = app.follow((entry) => (entry ? response.write(line(entry)) : response.end()));
    response.once('close', unfollow);
  }

  /** Answers an exec or a portforward: throws while it can still be refused. */
  upgrade(ask: Ask, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/);
    const known = ask.subresource === 'exec' ? EXEC_PROTOCOLS : FORWARD_PROTOCOLS;
    if (request.headers.upgrade?.toLowerCase() !== 'websocket' || !known.some((p) => offered.includes(p)))
      throw badRequest(WEBSOCKET_ONLY);
    const pod = this.#pod(ask);
    if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
    const ports = ask.query
      .getAll('ports')
      .flatMap((p) => p.split(','))
      .map(Number);
    if (ask.subresource === 'portforward' && (ports.length === 0 || ports.some((p) => !(p > 0 && p < 65_536))))
      throw badRequest('query parameter "port" is required');
    const name = ask.subresource === 'exec' ? this.#container(pod, ask.query.get('container')) : '';
    if (name && !this.#machinery.kubelet.app(pod))
      throw new ApiError(500, 'InternalError', `unable to upgrade connection: container not found ("${name}")`);
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      this.#sockets.add(ws);
      ws.once('close', () => this.#sockets.delete(ws));
      ws.on('error', () => ws.terminate());
      if (ask.subresource === 'exec') void this.#exec(pod, ask.query, ws);
      else this.#forward(pod, ports, ws);
    });
  }

  /** Drops every open stream, as a broken connection does. */
  drop(): void {
    for (const ws of this.#sockets) ws.terminate();
  }

  stop(): void {
    this.drop();
    this.#server.close();
  }

  #pod({ namespace, name = '' }: Ask): Pod {
    const pod = this.#store.get(PODS, namespace, name);
    if (!pod) throw notFound(PODS, name);
    return pod;
  }

  #container(pod: Pod, asked: string | null): string {
    const names = pod.spec.containers.map((c) => c.name);
    const name = asked || names[0] || '';
    if (!names.includes(name)) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`);
    return name;
  }

  /** Channels 0 stdin, 1 stdout, 2 stderr, 3 the final Status; 255 (v5 only) closes the channel that it names. */
  async #exec(pod: Pod, query: URLSearchParams, ws: WebSocket): Promise<void> {
    const command = query.getAll('command');
    const stdin = new PassThrough();
    const ended = new AbortController();
    ws.once('close', () => {
      ended.abort();
      stdin.destroy();
    });
    stdin.on('error', () => {});
    if (query.get('stdin') !== 'true') stdin.end();
    ws.on('message', (data: Buffer) => {
      if (data[0] === 0 && !stdin.write(data.subarray(1))) {
        ws.pause();
        stdin.once('drain', () => ws.resume());
      } else if (data[0] === 255 && data[1] === 0) stdin.end();
    });
    const channel = (number: number) =>
      new Writable({ write: (chunk: Buffer, _, done) => void send(ws, number, chunk).then(() => done()) });
    let status: object = { metadata: {}, status: 'Success' };
    if (!exists(command[0] ?? '') && command[0] !== 'timeout') {
      const says = `error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "${command[0]}": executable file not found in $PATH`;
      status = new ApiError(500, 'InternalError', `Internal error occurred: ${says}`).status();
    } else {
      const io = { pod, network: this.#network, stdin, stdout: channel(1), stderr: channel(2), signal: ended.signal };
      const code = await run(command, io);
      await Promise.all([io.stdout, io.stderr].map((s) => new Promise<void>((done) => s.end(() => done()))));
      if (code !== 0) {
        const causes = [{ reason: 'ExitCode', message: String(code) }];
        const message = `command terminated with non-zero exit code: exit status ${code}`;
        status = { metadata: {}, status: 'Failure', message, reason: 'NonZeroExitCode', details: { causes } };
      }
    }
    if (ended.signal.aborted) return;
    await send(ws, 3, Buffer.from(JSON.stringify(status)));
    ws.close(1000);
  }

  /** For the i-th port: channel 2i its data, 2i+1 its error text; both begin with the port in two bytes. */
  #forward(pod: Pod, ports: readonly number[], ws: WebSocket): void {
    let open = ports.length;
    const end = () => {
      if (--open === 0) ws.close(1000);
    };
    const streams = ports.map((port, i) => {
      const header = Buffer.alloc(2);
      header.writeUInt16LE(port);
      void send(ws, 2 * i, header);
      void send(ws, 2 * i + 1, header);
      try {
        const stream = this.#network.inside(pod, port);
        stream.on('error', () => {});
        void this.#pump(stream, ws, 2 * i).then(end);
        return stream;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        const says = `error forwarding port ${port} to pod ${pod.metadata.uid.replaceAll('-', '')}, uid : failed to execute portforward in network namespace "/var/run/netns/cni-${pod.metadata.uid}": failed to connect to localhost:${port} inside namespace "${pod.metadata.uid}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6 [::1]:${port}: connect: connection refused `;
        void send(ws, 2 * i + 1, Buffer.from(says)).then(end);
        return undefined;
      }
    });
    ws.on('message', (data: Buffer) => {
      const stream = streams[(data[0] ?? 0) >> 1];
      if (!stream || (data[0] ?? 0) % 2 === 1 || stream.writableEnded) return;
      if (stream.write(data.subarray(1))) return;
      ws.pause();
      stream.once('drain', () => ws.resume());
    });
    ws.once('close', () => {
      for (const stream of streams) stream?.destroy();
    });
  }

  async #pump(stream: Duplex, ws: WebSocket, channel: number): Promise<void> {
    try {
      for await (const chunk of stream) await send(ws, channel, chunk as Buffer);
    } catch {
      // Cut off by either side: the WebSocket's end says it.
    }
  }
}

/**
 * Resolves when it is handed to the system, which is what slows a sender down to its receiver. Never rejects: a client that
 * went away is told by the WebSocket's close, and ends whatever sends here.
 */
function send(ws: WebSocket, channel: number, data: Buffer): Promise<void> {
  return new Promise((done) => {
    ws.send(Buffer.concat([Buffer.of(channel), data]), () => done());
  });
}
