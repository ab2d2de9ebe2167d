/** Commands that a person can paste: always with the context and the namespace, so that they act on what was traced. */
import { shellWord } from '../kubectl.ts';
import type { Snapshot } from '../snapshot.ts';

/** `kubectl --context minikube -n default …`. */
export function kubectl(snapshot: Snapshot, ...words: readonly string[]): string {
  const context = snapshot.connection.context;
  return ['kubectl', ...(context ? ['--context', context] : []), '-n', snapshot.namespace, ...words]
    .map(shellWord)
    .join(' ');
}
