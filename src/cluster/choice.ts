/**
 * One context chosen from a kubeconfig, with the cluster and the user that it names.
 */

import { ClusterError } from './errors.ts';
import { type Entries, type Entry, text } from './kubeconfigFile.ts';

/** A context with all that it refers to. */
export interface Choice {
  readonly context: Entry;
  readonly cluster: Entry;
  /** Absent: the context names no user; requests go out without one. */
  readonly user?: Entry;
}

/** The context of that name with its cluster and user. Throws ClusterError('config') that says what is missing and where. */
export function chooseContext(
  entries: Entries,
  name: string,
  files: readonly string[],
  warnings: readonly string[],
): Choice {
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
