/** The log: one LogOutputChannel. What goes in is for people and never holds tokens; ClusterError messages keep to that. */
import { inspect } from 'node:util';
import { type LogOutputChannel, window } from 'vscode';

/** Where we write what happens. */
export type Log = LogOutputChannel;

/** The channel behind "Show Log". */
export const createLog = (): Log => window.createOutputChannel('Traffic Path', { log: true });

/** Writes an error down. A ClusterError is a fact about the world: its sentence is enough; any other is our mistake: with its stack. */
export function logError(log: Log, what: string, error: unknown): void {
  if (isClusterError(error)) log.warn(`${what}: ${error.message} (${error.kind})${causeOf(error)}`);
  else log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : inspect(error)}`);
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? `: ${error.cause.message}` : '';
}

/** By name, not by class: the class itself is in a chunk that may not be loaded. */
export function isClusterError(error: unknown): error is Error & { readonly kind: string } {
  return error instanceof Error && error.name === 'ClusterError' && 'kind' in error;
}

/** The user stopped it; nothing to say. */
export function isCancelled(error: unknown): boolean {
  return (
    (isClusterError(error) && error.kind === 'cancelled') ||
    (error instanceof Error && (error.name === 'AbortError' || error.name === 'Canceled'))
  );
}
