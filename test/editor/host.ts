/** Inside the extension host: a demo cluster that the test holds itself, parts of the editor on it, and what they need. */
import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as vscode from 'vscode';
import type { AskOptions } from '../../src/cluster/connection.ts';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { createClient } from '../../src/cluster/request.ts';
import { type Demo, startDemo } from '../../src/demo/demo.ts';
import { Contexts } from '../../src/editor/contexts.ts';
import { Knowledge } from '../../src/editor/knowledge.ts';
import type { Log } from '../../src/editor/log.ts';

/** Polls: much in VS Code is told only some time after what caused it. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  ms = 15_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(Date.now() < end, `${what}: not within ${ms} ms`);
    await sleep(50);
  }
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A demo cluster and the file that leads to it. */
export interface Bench {
  readonly demo: Demo;
  readonly file: string;
  /** Replaces the file as editors and kubectl do: a new one in its place. */
  write(text: string): Promise<void>;
  /** What was asked of the API server since the last call, without watches and heartbeats. */
  asked(): string[];
  /** Changes the cluster, over a connection that ends with it. */
  change(path: string, options: AskOptions): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a demo cluster in this process. */
export async function startBench(): Promise<Bench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'traffic-path-host-'));
  const file = path.join(folder, 'kubeconfig');
  const demo = await startDemo();
  const write = async (text: string) => {
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  await write(demo.kubeconfig);
  const { requests } = demo.test.trouble;
  return {
    demo,
    file,
    write,
    asked: () => requests.splice(0).filter((line) => !/[?&]watch=|\/version/.test(line)),
    async change(to, options) {
      const client = createClient(await (await loadKubeconfig({ env: {}, setting: [file] })).target());
      return client.json(to, options).finally(() => client.dispose());
    },
    async stop() {
      await demo.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A memory that forgets when the test ends. */
export function memory(): vscode.Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: (key: string, otherwise?: unknown) => values.get(key) ?? otherwise,
    update: async (key: string, value: unknown) => void values.set(key, value),
  } as vscode.Memento;
}

/** A log that keeps its lines. */
export function silentLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const put = (text: string) => void lines.push(text);
  return { lines, info: put, warn: put, error: put, debug: put, trace: put } as unknown as Log & { lines: string[] };
}

/** Contexts and knowledge of their own, on the bench's file. */
export function onBench(bench: Bench) {
  const log = silentLog();
  const contexts = new Contexts(log, memory(), async () => ({ env: {}, setting: [bench.file] }));
  return { contexts, knowledge: new Knowledge(), log };
}
