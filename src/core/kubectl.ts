/** The kubectl command that shows an object: what a person pastes into a terminal to see the same. */
import type { ObjectRef } from './path.ts';

/** One word for a POSIX shell, quoted only where it must be. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `kubectl --context minikube -n default get Service/api-service -o yaml`; kubectl takes a kind as it is written. */
export function kubectlGet(object: ObjectRef, context: string): string {
  const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/').reverse().join('.')}` : '';
  return [
    'kubectl',
    ...(context ? ['--context', context] : []),
    ...(object.namespace ? ['-n', object.namespace] : []),
    'get',
    `${object.kind.toLowerCase()}${group}/${object.name}`,
    '-o',
    'yaml',
  ]
    .map(shellWord)
    .join(' ');
}
