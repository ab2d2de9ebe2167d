/** The kubelet kills a container that its livenessProbe finds dead. */

import { kubectl } from '../../kubectl.ts';
import type { ContainerFacts, PodFacts } from '../../podFacts.ts';
import { type Case, eventsOf, evidence } from '../case.ts';
import { endOf, stateInWords } from './crash.ts';
import type { Trouble } from './pods.ts';

/** The process has terminationGracePeriodSeconds (30 by default) after the last failure; then it is looked at. */
const MOST_BETWEEN = 120_000;

/**
 * `liveness-killing`: the process did not end by itself. The kubelet sends SIGTERM, then SIGKILL, once the livenessProbe has
 * failed failureThreshold times (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes), so its
 * exit code, even 0, is only how it took that.
 */
export function livenessKilling(c: Case, pod: PodFacts, container: ContainerFacts): Trouble | undefined {
  const probe = container.livenessProbe;
  const ended = endOf(c, container);
  if (!probe || !ended || ended.reason === 'OOMKilled') return undefined;
  const events = eventsOf(c, pod)
    .filter((e) => e.reason === 'Unhealthy' && e.message.startsWith('Liveness probe'))
    .toSorted((a, b) => ((a.lastAt ?? '') < (b.lastAt ?? '') ? 1 : -1));
  const said = eventsOf(c, pod).find(
    (e) => e.reason === 'Killing' && e.message.startsWith(`Container ${container.name} failed liveness probe`),
  );
  const last = events[0];
  const failures = events.reduce((sum, e) => sum + e.count, 0);
  const between = Math.abs(Date.parse(ended.since ?? '') - Date.parse(last?.lastAt ?? ''));
  // An earlier failure is not what ended it now; without times there is nothing against it.
  if (!said && (failures < probe.failureThreshold || between > MOST_BETWEEN)) return undefined;
  const answer = last?.message
    .replace(/^Liveness probe (failed|errored)[^:]*: /, '')
    .trim()
    .slice(0, 300);
  const at = `Pod ${pod.namespace}/${pod.name}`;
  const { restartCount } = container;
  const { port } = probe;
  const declared = container.ports.some((p) => p.containerPort === port || p.name === port);
  return {
    code: 'liveness-killing',
    pod,
    container,
    cause: probe.says,
    tell: () => ({
      says: (who) =>
        `${who} is restarted by the kubelet because its livenessProbe ${probe.says} fails${answer ? ` (${answer})` : ''}${restartCount > 0 ? `, ${restartCount} restart${restartCount > 1 ? 's' : ''} so far` : ''}.`,
      try:
        port !== undefined && container.ports.length > 0 && !declared
          ? `The livenessProbe asks port ${port}, which container ${container.name} does not declare: correct the probe's port.`
          : `Correct the livenessProbe${probe.path === undefined ? '' : `'s path ${probe.path}`} of container ${container.name}, or make the container answer it; one that is slow to start needs a startupProbe.`,
      command: kubectl(c.snapshot, 'logs', pod.name, '-c', container.name, '--previous'),
      evidence: [
        evidence(
          `${at} spec.containers[${container.name}].livenessProbe`,
          `${probe.says}, after ${probe.initialDelaySeconds} s, every ${probe.periodSeconds} s, ${probe.failureThreshold} failures allowed`,
        ),
        ...[last, said].flatMap((e) =>
          e ? [evidence(`Event ${e.reason} of ${at}${e.lastAt ? ` (${e.lastAt}, ${e.count}×)` : ''}`, e.message)] : [],
        ),
        evidence(`${at} status.containerStatuses[${container.name}].state`, stateInWords(container.state)),
        ...(container.lastState.is === 'terminated'
          ? [evidence(`${at} status.containerStatuses[${container.name}].lastState`, stateInWords(container.lastState))]
          : []),
        evidence(`${at} status.containerStatuses[${container.name}].restartCount`, String(restartCount)),
      ],
    }),
  };
}
