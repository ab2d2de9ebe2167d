/**
 * Which clusters there are, and as whom: the kubeconfig, found and merged as kubectl does it. Where it is looked for, first
 * wins, nothing of the later ones is read: the setting, the Microsoft extension's path, KUBECONFIG, ~/.kube/config, the
 * service account of the pod we run in. docs/kubeconfig.md says what differs from kubectl on purpose.
 */

import { delimiter, join, resolve } from 'node:path';
// Globs in the setting: small, without dependencies that matter, used by the bundlers of the field.
import { glob, isDynamicPattern } from 'tinyglobby';
import type { Target } from './connection.ts';
import { ClusterError } from './errors.ts';
import { inClusterEntries } from './inCluster.ts';
import { type Entries, type Entry, mergeEntries, readKubeconfigFile, text } from './kubeconfigFile.ts';
import { createTarget } from './target.ts';

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
  const { files, explicit } = await kubeconfigFiles(sources);
  const readings = await Promise.all(files.map(readKubeconfigFile));
  const warnings = readings.flatMap((reading) => [
    ...reading.warnings,
    ...(reading.missing && explicit ? [`${reading.file} cannot be read: there is no such file.`] : []),
  ]);
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
      const choice = resolveContext(entries, contextName, files, warnings);
      return createTarget(choice, sources.env);
    },
  };
}

/** The files that a kubeconfig is read from, in order of precedence; `explicit`: the user named them, so a missing one is told. */
export async function kubeconfigFiles(sources: Sources): Promise<{ files: readonly string[]; explicit: boolean }> {
  const home = homeOf(sources.env);
  const absolute = (path: string) => resolve(path.replace(/^~(?=$|[/\\])/, () => home));
  const setting = [sources.setting ?? []].flat().filter((path) => path.trim() !== '');
  if (setting.length > 0) {
    const found = await Promise.all(
      setting.map(async (path) => {
        const pattern = absolute(path);
        if (!isDynamicPattern(pattern)) return [pattern];
        return (await glob(pattern.replaceAll('\\', '/'), { absolute: true, dot: true })).sort();
      }),
    );
    return { files: [...new Set(found.flat())], explicit: true };
  }
  if (sources.companion) return { files: [absolute(sources.companion)], explicit: true };
  // kubectl knows no `~` here: the shell expands it. A relative path is relative to the working folder.
  const listed = (sources.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return { files: [...new Set(listed.map((path) => resolve(path)))], explicit: false };
  return { files: home ? [join(home, '.kube', 'config')] : [], explicit: false };
}

/** A context with all that it refers to. */
export interface Choice {
  readonly context: Entry;
  readonly cluster: Entry;
  /** Absent: the context names no user; requests go out without one. */
  readonly user?: Entry;
}

function resolveContext(entries: Entries, name: string, files: readonly string[], warnings: readonly string[]): Choice {
  const where = files.length > 0 ? files.join(', ') : 'no file';
  const also = warnings.length > 0 ? ` ${warnings.join(' ')}` : '';
  if (entries.contexts.size === 0) {
    throw new ClusterError('config', `No context is defined (looked in ${where}).${also}`);
  }
  if (!name) throw new ClusterError('config', `No current context is set in ${where}.${also}`);
  const context = entries.contexts.get(name);
  if (!context) throw new ClusterError('config', `There is no context "${name}" in ${where}.${also}`);
  const clusterName = text(context.value['cluster']);
  const cluster = entries.clusters.get(clusterName);
  if (!cluster) {
    const what = clusterName ? `cluster "${clusterName}", which is not defined` : 'no cluster';
    throw new ClusterError('config', `Context "${name}" in ${context.file} names ${what}.${also}`);
  }
  const userName = text(context.value['user']);
  const user = entries.users.get(userName);
  if (userName && !user) {
    const what = `user "${userName}", which is not defined`;
    throw new ClusterError('config', `Context "${name}" in ${context.file} names ${what}.${also}`);
  }
  return user ? { context, cluster, user } : { context, cluster };
}

function contextsOf(entries: Entries): Context[] {
  const contexts = [...entries.contexts.values()].map(({ name, file, value }) => ({
    name,
    cluster: text(value['cluster']),
    server: text(entries.clusters.get(text(value['cluster']))?.value['server']),
    user: text(value['user']),
    namespace: text(value['namespace']),
    current: name === entries.currentContext,
    file,
  }));
  return contexts.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** The user's home folder, by the variables that kubectl reads. */
export function homeOf(env: Sources['env']): string {
  return env['HOME'] || env['USERPROFILE'] || (env['HOMEDRIVE'] ?? '') + (env['HOMEPATH'] ?? '');
}
