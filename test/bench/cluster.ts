// Reading: one Service against the same requests made by hand, and the Services list against what client-node makes of it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { connect } from '../../src/cluster/connect.ts';
import type { Client, Target } from '../../src/cluster/connection.ts';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { createClient } from '../../src/cluster/request.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import type { Seen } from './bigCluster.ts';
import { median, milliseconds, type Row } from './row.ts';

interface Taken {
  readonly seen: readonly Seen[];
  readonly connections: number;
}

/** The cluster with 10,000 pods, in a process of its own, and ours connected to it. */
export class Bench {
  readonly #server: ChildProcess;
  readonly #folder: string;
  readonly kubeconfig: string;
  readonly cluster: Cluster;
  /** Our transport alone. */
  readonly client: Client;

  private constructor(server: ChildProcess, folder: string, kubeconfig: string, targets: readonly [Target, Target]) {
    this.#server = server;
    this.#folder = folder;
    this.kubeconfig = kubeconfig;
    this.cluster = connect(targets[0]);
    this.client = createClient(targets[1]);
  }

  static async start(): Promise<Bench> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'traffic-path-bench-'));
    const server = fork(new URL('./bigCluster.ts', import.meta.url));
    const [{ kubeconfig }] = (await once(server, 'message', { signal: AbortSignal.timeout(60_000) })) as [
      { kubeconfig: string },
    ];
    const file = path.join(folder, 'kubeconfig');
    writeFileSync(file, kubeconfig);
    const found = await loadKubeconfig({ env: { KUBECONFIG: file, HOME: folder } });
    // Two targets: the transport's connections are its own, whatever a trace does with its watches.
    return new Bench(server, folder, file, [await found.target(), await found.target()]);
  }

  /** What the server saw since it was asked last. */
  async take(): Promise<Taken> {
    this.#server.send('take');
    const [taken] = (await once(this.#server, 'message')) as [Taken];
    return taken;
  }

  async snapshot(name: string, namespace = 'big'): Promise<Snapshot> {
    const live = this.cluster.trace({ namespace, name });
    try {
      const first = await live.first();
      // On a busy machine the first snapshot may go out before the last list is read: that would be measured as nothing.
      if (first.pods.known && first.slices.known) return first;
      return await new Promise((resolve) => {
        live.onChange((next) => next.pods.known && next.slices.known && resolve(next));
      });
    } finally {
      live.dispose();
    }
  }

  stop(): void {
    this.client.dispose();
    this.cluster.dispose();
    this.#server.disconnect();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The requests of one refresh, made again by hand: each begins when those before it, that it waited for, have ended. */
async function replay(seen: readonly Seen[], get: (each: Seen) => Promise<unknown>): Promise<void> {
  const done = new Map<Seen, Promise<unknown>>();
  for (const each of [...seen].sort((a, b) => a.start - b.start)) {
    const before = seen.filter((other) => other.end <= each.start).map((other) => done.get(other));
    done.set(
      each,
      Promise.all(before).then(() => get(each)),
    );
  }
  await Promise.all(done.values());
}

function get(agent: Agent, url: URL, token: string, accept: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const ask = request(url, {
      agent,
      headers: { Authorization: `Bearer ${token}`, Accept: accept || 'application/json' },
    });
    ask.on('error', reject).on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject).on('end', () => {
        JSON.parse(Buffer.concat(chunks).toString());
        resolve();
      });
    });
    ask.end();
  });
}

const isWatch = (each: Seen) => /[?&]watch=/.test(each.url);

/** One refresh of one Service, and the connections that it opened. */
export async function refresh(bench: Bench): Promise<Row[]> {
  const ours = () => bench.snapshot('api-service', 'default');
  const lone = async (): Promise<readonly Seen[]> => {
    await bench.take();
    await ours();
    return (await bench.take()).seen.filter((each) => !isWatch(each) && each.end < Number.POSITIVE_INFINITY);
  };
  await ours();
  await ours();
  const seen = await lone();
  const config = new KubeConfig();
  config.loadFromFile(bench.kubeconfig);
  const { server = '', caData } = config.getCurrentCluster() ?? {};
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(caData ?? '', 'base64') });
  const token = config.getCurrentUser()?.token ?? '';
  // In turn, so that what else the machine does meets both.
  const times = { ours: [] as number[], byHand: [] as number[], transport: [] as number[] };
  let opened = 0;
  let reopened = 0;
  for (let run = -3; run < 20; run++) {
    await bench.take();
    const start = performance.now();
    await ours();
    const middle = performance.now();
    const { connections } = await bench.take();
    const again = performance.now();
    await replay(seen, (each) => get(agent, new URL(each.url, server), token, each.accept));
    const third = performance.now();
    await bench.take();
    const fourth = performance.now();
    await replay(seen, (each) => bench.client.json(each.url, each.accept ? { accept: each.accept } : {}));
    if (run < 0) continue;
    opened += connections;
    times.ours.push(middle - start);
    times.byHand.push(third - again);
    times.transport.push(performance.now() - fourth);
    reopened += (await bench.take()).connections;
  }
  agent.destroy();
  const peer = {
    name: `the same ${seen.length} requests over raw keep-alive https`,
    value: median(times.byHand),
    limit: 1.3,
  };
  return [
    {
      what: 'the requests of one refresh of one Service, through our transport',
      value: median(times.transport),
      unit: 'ms',
      peer,
    },
    { what: 'new TLS connections in 20 of these', value: reopened, unit: 'connections', limit: 0 },
    {
      what: 'a trace from nothing: lists, watches opened, first snapshot',
      value: median(times.ours),
      unit: 'ms',
      peer: { name: peer.name, value: peer.value },
    },
    { what: 'new TLS connections in 20 of these: each watch takes one along', value: opened, unit: 'connections' },
  ];
}

/** The Services of a cluster with 10,000 pods, for the list and for the quick pick. */
export async function servicesList(bench: Bench): Promise<Row[]> {
  await bench.cluster.services(undefined);
  await bench.take();
  const ours = await milliseconds(() => bench.cluster.services(undefined), 7, 0);
  const { seen } = await bench.take();
  const podLists = seen.filter((each) => /\/pods(\?|$)/.test(each.url) && !each.url.includes('labelSelector'));
  const config = new KubeConfig();
  config.loadFromFile(bench.kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const theirs = await milliseconds(
    async () => {
      await Promise.all([api.listServiceForAllNamespaces(), api.listPodForAllNamespaces()]);
    },
    3,
    1,
  );
  return [
    {
      what: 'Services list of a 10,000-pod cluster',
      value: ours,
      unit: 'ms',
      peer: { name: 'client-node lists Services and pods', value: theirs, limit: 1 / 20 },
    },
    { what: 'lists of all pods for it', value: podLists.length, unit: 'requests', limit: 0 },
    {
      what: 'longest block of the event loop, Services list',
      value: await longestBlock(() => bench.cluster.services(undefined)),
      unit: 'ms',
      limit: 50,
    },
    {
      what: 'longest block of the event loop, Service with 1,000 pods',
      value: await longestBlock(() => bench.snapshot('thousand')),
      unit: 'ms',
      limit: 50,
    },
    {
      what: 'longest block of the event loop, Service with 8,888 pods',
      value: await longestBlock(() => bench.snapshot('rest')),
      unit: 'ms',
      limit: 50,
    },
  ];
}

/** The median of five runs' longest: a process that the machine gave no processor to for a while looks blocked as well. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const longest: number[] = [];
  for (let run = 0; run < 5; run++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await work();
    await new Promise((resolve) => setTimeout(resolve, 20));
    delay.disable();
    longest.push(delay.max / 1e6);
  }
  return median(longest);
}
