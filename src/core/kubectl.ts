/** Commands that a person can paste into a terminal: names of a cluster and of a kubeconfig are hostile ground there too. */
import type { ObjectRef } from './path.ts';
import type { ConnectionFacts, Snapshot } from './snapshot.ts';

/** One word for a POSIX shell, quoted only where it must be. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What leads kubectl to the cluster that was traced: a context of the same name in another file is another cluster. */
function which({ kubeconfig, explicit, context }: Where): string[] {
  return [...(explicit && kubeconfig ? ['--kubeconfig', kubeconfig] : []), ...(context ? ['--context', context] : [])];
}

type Where = Pick<ConnectionFacts, 'context' | 'kubeconfig' | 'explicit'>;

/** `kubectl --context minikube -n default …`: always with both, so that it acts on what was traced. */
export function kubectl(snapshot: Snapshot, ...words: readonly string[]): string {
  return ['kubectl', ...which(snapshot.connection), '-n', snapshot.namespace, ...words].map(shellWord).join(' ');
}

/** `kubectl --context minikube -n default get Service/api-service -o yaml`; kubectl takes a kind as it is written. */
export function kubectlGet(object: ObjectRef, connection: Where): string {
  const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/').reverse().join('.')}` : '';
  return [
    'kubectl',
    ...which(connection),
    ...(object.namespace ? ['-n', object.namespace] : []),
    'get',
    `${object.kind.toLowerCase()}${group}/${object.name}`,
    '-o',
    'yaml',
  ]
    .map(shellWord)
    .join(' ');
}
