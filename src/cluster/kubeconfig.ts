/**
 * Which clusters there are, and as whom: the kubeconfig, found and merged as kubectl does it. Where it is looked for, first
 * wins, nothing of the later ones is read: the setting, the Microsoft extension's path, KUBECONFIG, ~/.kube/config, the
 * service account of the pod we run in. docs/kubeconfig.md says what differs from kubectl on purpose.
 */

import { stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
// Globs in the setting: small, without dependencies that matter, used by the bundlers of the field.
import { glob, isDynamicPattern } from 'tinyglobby';
import { chooseContext } from './choice.ts';
import type { Target } from './connection.ts';
import { inClusterEntries } from './inCluster.ts';
import { type Entries, homeOf, mergeEntries, readKubeconfigFile, text } from './kubeconfigFile.ts';
import { redact } from './secrets.ts';
import { createTarget } from './target.ts';

/** How often followed files are looked at. */
const intervalMs = 1000;

/** How often new files are looked for: `~/**` walks the whole home. A walk that takes long is made yet more seldom. */
const expandMs = 10_000;
const expandShare = 20;

/** Where to look for a kubeconfig. */
export interface Sources {
  /** KUBECONFIG, HOME, HTTPS_PROXY …; exec plugins run in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Setting `trafficPath.kubeconfig` or --kubeconfig: a path, several, globs, `~`. Relative ones to the working folder. */
  readonly setting?: string | readonly string[];
  /** The path that the Microsoft Kubernetes extension is set to. */
  readonly companion?: string;
  /** Folder of the pod's service account; for tests. */
  readonly inClusterDir?: string;
}

/** One context, as `kubectl config get-contexts` lists it, and the file that defines it. */
export interface Context {
  readonly name: string;
  readonly cluster: string;
  /** Empty when the cluster is not defined or names no server. */
  readonly server: string;
  readonly user: string;
  /** Empty when the context names none: `default` is meant. */
  readonly namespace: string;
  readonly current: boolean;
  readonly file: string;
}

/** All contexts that can be chosen now. */
export interface Kubeconfig {
  /** Sorted by name, as kubectl sorts them. */
  readonly contexts: readonly Context[];
  /** Name of the current context; empty when none is set. It may name a context that does not exist. */
  readonly current: string;
  /** What was wrong with a file, a sentence each. The contexts of the other files are there all the same. */
  readonly warnings: readonly string[];
  /** Files that were looked at, missing ones too: what to watch. */
  readonly files: readonly string[];
  /** The definitions themselves, for whoever needs more than the list. */
  readonly entries: Entries;
  /** Makes a context (the current one by default) ready to be asked; the caller disposes it. Rejects with ClusterError('config'). */
  target(contextName?: string): Promise<Target>;
}

/** Reads the kubeconfig as it is now. Never rejects: no file, or a broken one, is an empty list and a warning. */
export async function loadKubeconfig(sources: Sources): Promise<Kubeconfig> {
  const { files, explicit, unmatched } = await kubeconfigFiles(sources);
  const readings = await Promise.all(files.map(readKubeconfigFile));
  const warnings = [
    ...unmatched.map((pattern) => `${pattern} matches no file.`),
    ...readings.flatMap(({ file, missing, warnings: found }) =>
      missing && explicit ? [`${file} cannot be read: there is no such file.`] : found,
    ),
  ];
  let entries = mergeEntries(readings.map((reading) => reading.entries));
  if (readings.every((reading) => reading.missing) && !explicit) {
    entries = (await inClusterEntries(sources.env, sources.inClusterDir)) ?? entries;
  }
  const current = entries.currentContext;
  return {
    contexts: contextsOf(entries),
    current,
    warnings,
    files,
    entries,
    async target(contextName = current) {
      const choice = chooseContext(entries, contextName, files, warnings);
      const { file } = choice.context;
      return createTarget(choice, sources.env, files.includes(file) ? { file, explicit } : undefined);
    },
  };
}

/**
 * The files that a kubeconfig is read from, in order of precedence. `explicit`: the user named them, so a missing one is told;
 * `unmatched`: globs that find nothing.
 */
export async function kubeconfigFiles(
  sources: Sources,
): Promise<{ files: readonly string[]; explicit: boolean; unmatched: readonly string[] }> {
  const home = homeOf(sources.env);
  const absolute = (path: string) => resolve(path.replace(/^~(?=$|[/\\])/, () => home));
  const setting = [sources.setting ?? []].flat().filter((path) => path.trim() !== '');
  if (setting.length > 0) {
    const found = await Promise.all(setting.map((path) => matching(absolute(path))));
    const unmatched = setting.filter((_, n) => found[n]?.length === 0);
    return { files: [...new Set(found.flat())], explicit: true, unmatched };
  }
  if (sources.companion) return { files: [absolute(sources.companion)], explicit: true, unmatched: [] };
  // kubectl knows no `~` here: the shell expands it. A relative path is relative to the working folder.
  const listed = (sources.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0)
    return { files: [...new Set(listed.map((path) => resolve(path)))], explicit: false, unmatched: [] };
  return { files: home ? [join(home, '.kube', 'config')] : [], explicit: false, unmatched: [] };
}

async function matching(path: string): Promise<string[]> {
  // A real file may have a glob's characters in its path, such as `(x86)`.
  const literal = !isDynamicPattern(path) || (await stat(path).catch(() => undefined));
  return literal
    ? [path]
    : (await glob(path.replaceAll('\\', '/'), { absolute: true, dot: true }).catch(() => [])).sort();
}

function contextsOf(entries: Entries): Context[] {
  const contexts = [...entries.contexts.values()].map(({ name, file, value }) => ({
    name,
    cluster: text(value['cluster']),
    server: redact(text(entries.clusters.get(text(value['cluster']))?.value['server'])),
    user: text(value['user']),
    namespace: text(value['namespace']),
    current: name === entries.currentContext,
    file,
  }));
  return contexts.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/**
 * Calls back with the kubeconfig each time its meaning has changed, within 2 s, until disposed; within some 10 s for a new file
 * that a glob finds. Asked of the file system once a second: a watcher follows neither an atomic rename, nor a file that does
 * not exist yet, nor a network drive on every system.
 */
export function followKubeconfig(
  sources: Sources,
  onChange: (kubeconfig: Kubeconfig) => void,
  expandEveryMs = expandMs,
): { dispose(): void } {
  let disposed = false;
  let seen: string | undefined;
  let meaning: string | undefined;
  let files: readonly string[] = [];
  let expandAt = 0;

  async function look(): Promise<void> {
    const began = performance.now();
    if (began >= expandAt) {
      files = (await kubeconfigFiles(sources)).files;
      const ended = performance.now();
      expandAt = ended + Math.max(expandEveryMs, (ended - began) * expandShare);
    }
    const now = await stateOf(files);
    if (now !== seen) {
      const kubeconfig = await loadKubeconfig(sources);
      // What changed between the two is seen at the next look.
      const means = meaningOf(kubeconfig);
      if (!disposed && meaning !== undefined && means !== meaning) onChange(kubeconfig);
      meaning = means;
      seen = now;
    }
    if (!disposed) timer = setTimeout(look, intervalMs).unref();
  }

  let timer: NodeJS.Timeout | undefined;
  void look();
  return {
    dispose() {
      disposed = true;
      clearTimeout(timer);
    },
  };
}

async function stateOf(files: readonly string[]): Promise<string> {
  const states = files.map(async (file) => {
    const found = await stat(file).catch(() => undefined);
    return [file, found?.mtimeMs, found?.ctimeMs, found?.size, found?.ino];
  });
  return JSON.stringify(await Promise.all(states));
}

function meaningOf({ entries, warnings }: Kubeconfig): string {
  const { currentContext, contexts, clusters, users } = entries;
  // Renewed OIDC tokens, ours among them, are no reason to connect anew: oidc.ts looks for them itself.
  const without = (key: string, value: unknown) => (key === 'id-token' || key === 'refresh-token' ? undefined : value);
  return JSON.stringify([currentContext, [...contexts], [...clusters], [...users], warnings], without);
}
