/** A container's process does not stay up. */

import { kubectl } from '../../kubectl.ts';
import type { ContainerFacts, ContainerStateFacts, PodFacts } from '../../podFacts.ts';
import { type Case, evidence } from '../case.ts';
import type { Trouble } from './pods.ts';

type Ended = Extract<ContainerStateFacts, { is: 'terminated' }>;

/**
 * `container-crashing`: the process ended and the kubelet starts it again and again. Between two crashes the container
 * runs for a moment: from the second restart on it counts as crashing until it is ready, or has lived for a minute.
 * `init-container-stuck`: the same of an init container, behind which all others wait.
 */
export function crashing(c: Case, pod: PodFacts, container: ContainerFacts): Trouble | undefined {
  const ended = endOf(c, container);
  const waits = container.state.is === 'waiting' ? container.state : undefined;
  if (!ended && waits?.reason !== 'CrashLoopBackOff' && waits?.reason !== 'RunContainerError') return undefined;
  const memory = ended?.reason === 'OOMKilled';
  const cannotStart =
    waits?.reason === 'RunContainerError' || ended?.reason === 'StartError' || ended?.reason === 'ContainerCannotRun';
  const message = (waits?.reason === 'RunContainerError' ? waits.message : ended?.message)?.trim().slice(0, 300);
  // A first end is one crash, until the kubelet calls it a loop.
  const again = container.restartCount > 0 || waits?.reason === 'CrashLoopBackOff';
  const times =
    container.restartCount > 0
      ? `, ${container.restartCount} restart${container.restartCount > 1 ? 's' : ''} so far`
      : '';
  const source = `Pod ${pod.namespace}/${pod.name} status.containerStatuses[${container.name}]`;
  return {
    code: container.role === 'init' ? 'init-container-stuck' : 'container-crashing',
    pod,
    container,
    cause: memory ? 'memory' : cannotStart ? 'start' : `exit ${ended?.exitCode ?? ''}`,
    tell: () => ({
      says: (who) => {
        if (memory)
          return `${who} ${again ? 'is killed again and again' : 'was killed'} for using more memory than its limit (OOMKilled, exit code ${ended?.exitCode ?? 137}${times}).`;
        if (cannotStart) return `${who} cannot be started${message ? `: “${message}”` : ''}${times}.`;
        if (!ended) return `${who} crashes again and again${times}.`;
        if (ended.exitCode === 0) return `${who} ends instead of serving: its process exits with code 0${times}.`;
        return `${who} ${again ? 'keeps crashing: its process exits' : 'has crashed: its process exited'} with code ${ended.exitCode}${meaning(ended.exitCode)}${times}${message ? `. It says: “${message}”` : ''}.`;
      },
      try: memory
        ? `Raise resources.limits.memory of container ${container.name}, or make it use less.`
        : cannotStart
          ? `Correct command and args of container ${container.name}: the program must be in the image.`
          : ended?.exitCode === 0
            ? `Run a process in container ${container.name} that stays in the foreground.`
            : `Read what container ${container.name} wrote before it ended.`,
      command: cannotStart
        ? kubectl(c.snapshot, 'describe', 'pod', pod.name)
        : kubectl(c.snapshot, 'logs', pod.name, '-c', container.name, '--previous'),
      evidence: [
        evidence(`${source}.state`, stateInWords(container.state)),
        ...(container.lastState.is === 'terminated'
          ? [evidence(`${source}.lastState`, stateInWords(container.lastState))]
          : []),
        evidence(`${source}.restartCount`, String(container.restartCount)),
      ],
    }),
  };
}

/** How the process ended, when that is a fault: an init container's exit 0 is its success, an old end of a ready one is past. */
export function endOf(c: Case, container: ContainerFacts): Ended | undefined {
  const { state, lastState, role, ready } = container;
  const fault = (x: ContainerStateFacts): Ended | undefined =>
    x.is === 'terminated' && (x.exitCode !== 0 || role !== 'init') ? x : undefined;
  if (state.is === 'terminated') return fault(state);
  if (state.is === 'waiting')
    return state.reason === 'CrashLoopBackOff' || state.reason === 'RunContainerError' ? fault(lastState) : undefined;
  if (state.is !== 'running' || ready || container.restartCount < 2) return undefined;
  // One that has lived for a minute and is still not ready has another trouble.
  const lived = Date.parse(c.snapshot.at) - Date.parse(state.since ?? c.snapshot.at);
  return lived < 60_000 ? fault(lastState) : undefined;
}

/** Exit codes that say something by themselves: 128 + signal, and the shell's own. */
function meaning(code: number): string {
  const known: Record<number, string> = {
    126: ', not executable',
    127: ', command not found',
    134: ', SIGABRT',
    137: ', SIGKILL',
    139: ', SIGSEGV',
    143: ', SIGTERM',
  };
  return known[code] ?? '';
}

/** What a container does or did, in a line. */
export function stateInWords(s: ContainerStateFacts): string {
  if (s.is === 'waiting') return `waiting, ${s.reason}${s.message ? `: ${s.message}` : ''}`;
  if (s.is === 'terminated')
    return `terminated, ${s.reason || 'no reason'}, exit code ${s.exitCode}${s.since ? `, at ${s.since}` : ''}`;
  return s.is === 'running' ? `running${s.since ? ` since ${s.since}` : ''}` : 'none';
}
