/**
 * A cluster, connected: the one thing that the editor and the CLI make of a Target.
 */
import type { ObjectRef } from '../core/path.ts';
import type { Known, ServiceName } from '../core/snapshot.ts';
import type { Cluster, LiveList, LiveTrace, ServiceRow } from './cluster.ts';
import type { Client, Target } from './connection.ts';
import { Gate } from './gate.ts';
import { Live } from './live.ts';
import { Lookup } from './lookup.ts';
import { createClient } from './request.ts';
import { listServices, servicesTable } from './services.ts';
import { Shared } from './shared.ts';
import { realTiming, type Timing } from './timing.ts';
import { follow, type Server } from './watch.ts';

/** For tests: another clock, another transport. */
export interface ConnectOptions {
  readonly timing?: Timing;
  readonly client?: Client;
}

/** Connects on first use. The target is disposed with the cluster. */
export function connect(target: Target, options: ConnectOptions = {}): Cluster {
  const timing = options.timing ?? realTiming;
  const client = options.client ?? createClient(target);
  const gate = new Gate(client, timing);
  const server: Server = { client, gate, timing };
  const shared = new Shared(server);
  const lookup = new Lookup(client, target.namespace, timing);
  const open = new Set<{ dispose(): void }>();
  /** What ends with the cluster, unless it ended before. */
  const owned = <T extends { dispose(): void }>(part: T): T => {
    const dispose = part.dispose.bind(part);
    part.dispose = () => {
      open.delete(part);
      dispose();
    };
    open.add(part);
    return part;
  };
  return {
    connection: target.facts,
    trace: (service: ServiceName): LiveTrace => owned(new Live(server, shared, target.facts, service)),
    services: (namespace, signal) => listServices(client, namespace, signal),
    service: (name, signal) => lookup.service(name, signal),
    watchServices: (namespace) => owned(liveServices(server, namespace)),
    namespaces: (signal) => lookup.namespaces(signal),
    servicesOf: (object: ObjectRef, signal) => lookup.servicesOf(object, signal),
    ownerOf: (address, signal) => lookup.ownerOf(address, signal),
    object: (ref: ObjectRef, signal) => lookup.object(ref, signal),
    dispose() {
      for (const part of [...open]) part.dispose();
      shared.dispose();
      gate.dispose();
      client.dispose();
    },
  };
}

function liveServices(server: Server, namespace: string | undefined): LiveList<ServiceRow> {
  const listeners = new Set<(value: Known<ServiceRow>) => void>();
  // A server that never answered is told as such: whoever shows the list must not wait for it forever.
  const value = (): Known<ServiceRow> | undefined =>
    feed.value ?? (server.gate.down && { known: false, why: server.gate.down.why });
  const tell = () => {
    const now = value();
    if (now) for (const listener of [...listeners]) listener(now);
  };
  const feed = follow<ServiceRow>(server, servicesTable(namespace), tell);
  const detach = server.gate.attach((news) => news === 'down' && tell());
  return {
    get value() {
      return value();
    },
    get trouble() {
      return feed.value?.known ? feed.trouble : undefined;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose() {
      listeners.clear();
      detach();
      feed.dispose();
    },
  };
}
