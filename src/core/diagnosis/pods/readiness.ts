/** A container runs and is not (yet) ready for traffic. */

import { kubectl } from '../../kubectl.ts';
import type { ContainerFacts, HealthProbeFacts, PodFacts } from '../../podFacts.ts';
import type { EventFacts } from '../../snapshot.ts';
import { type Case, eventsOf, evidence } from '../case.ts';
import type { Trouble } from './pods.ts';

/**
 * `readiness-failing`: the kubelet's readiness probe fails. A container that just starts is no fault: it has
 * initialDelaySeconds + periodSeconds × failureThreshold from its start, unless it was ready before or the kubelet's
 * events already count as many failures as the threshold.
 */
export function readiness(c: Case, pod: PodFacts, container: ContainerFacts): Trouble | undefined {
  const probe = container.readinessProbe;
  if (!isUnready(container) || !probe || !(container.started || !container.startupProbe)) return undefined;
  const last = lastAnswer(c, pod, 'Readiness');
  const left = secondsLeft(c, container, probe);
  if (left > 0 && !wasReady(pod, container) && (last?.count ?? 0) < probe.failureThreshold) return undefined;
  const answer = last && answerOf(last);
  const wrongPort = declaredElse(container, probe);
  return {
    code: 'readiness-failing',
    pod,
    container,
    cause: probe.says,
    note: c.service.publishNotReadyAddresses,
    tell: () => ({
      says: (who) =>
        `${who} runs, but is not ready: readiness probe ${probe.says} fails${answer ? ` (${answer})` : ''}, so the Service sends ${c.service.publishNotReadyAddresses ? 'traffic there only because publishNotReadyAddresses is set' : 'no traffic there'}.`,
      try: wrongPort
        ? `The probe asks port ${probe.port}, but the container declares ${wrongPort}: correct the probe's port, or look why nothing healthy answers there.`
        : `Find out why ${probe.says} does not succeed: read the container's log, and check the probe's port and path.`,
      command: kubectl(c.snapshot, 'logs', pod.name, '-c', container.name),
      evidence: [
        evidence(`Pod ${pod.namespace}/${pod.name} status.containerStatuses[${container.name}].ready`, 'false'),
        evidence(
          `Pod ${pod.namespace}/${pod.name} spec.containers[${container.name}].readinessProbe`,
          `${probe.says}, every ${probe.periodSeconds} s, ${probe.failureThreshold} failures allowed`,
        ),
        ...(last
          ? [
              evidence(
                `Event Unhealthy of Pod ${pod.namespace}/${pod.name}${last.lastAt ? ` (${last.lastAt}, ${last.count}×)` : ''}`,
                last.message,
              ),
            ]
          : c.snapshot.events.known
            ? []
            : [evidence(`Events of Pod ${pod.namespace}/${pod.name}`, c.snapshot.events.why)]),
      ],
    }),
  };
}

/** `startup-unfinished`: within the time that its startup or readiness probe gives it; a note that says how long is left. */
export function starting(c: Case, pod: PodFacts, container: ContainerFacts): Trouble | undefined {
  const inStartup = container.startupProbe !== undefined && !container.started;
  const probe = inStartup ? container.startupProbe : container.readinessProbe;
  if (!isUnready(container) || !probe || container.role === 'init') return undefined;
  const left = Math.ceil(secondsLeft(c, container, probe));
  const kind = inStartup ? 'startup' : 'readiness';
  return {
    code: 'startup-unfinished',
    pod,
    container,
    cause: probe.says,
    note: true,
    tell: () => ({
      says: (who) =>
        `${who} is starting: ${kind} probe ${probe.says} has not succeeded yet${left > 0 ? `, and may take ${left} s more before that is a fault` : ''}.`,
      try: 'Wait. If it never gets ready, read its log.',
      command: kubectl(c.snapshot, 'logs', pod.name, '-c', container.name),
      evidence: [
        evidence(
          `Pod ${pod.namespace}/${pod.name} status.containerStatuses[${container.name}]`,
          `ready false, started ${container.started}, running${since(container)}`,
        ),
        evidence(
          `Pod ${pod.namespace}/${pod.name} spec.containers[${container.name}].${kind}Probe`,
          `${probe.says}, after ${probe.initialDelaySeconds} s, every ${probe.periodSeconds} s, ${probe.failureThreshold} failures allowed`,
        ),
      ],
    }),
  };
}

const isUnready = (container: ContainerFacts): boolean =>
  container.role !== 'init' && container.state.is === 'running' && !container.ready;

const since = (container: ContainerFacts): string =>
  container.state.is === 'running' && container.state.since ? ` since ${container.state.since}` : '';

/** Seconds until the probe has had its full chance; none when the start is not known. */
function secondsLeft(c: Case, container: ContainerFacts, probe: HealthProbeFacts): number {
  const started = container.state.is === 'running' ? Date.parse(container.state.since ?? '') : Number.NaN;
  const budget = probe.initialDelaySeconds + probe.periodSeconds * probe.failureThreshold;
  const left = budget - (Date.parse(c.snapshot.at) - started) / 1000;
  return Number.isFinite(left) ? Math.min(left, budget) : 0;
}

/** Ready turned False after this run of the container began: it was ready, and lost it. */
function wasReady(pod: PodFacts, container: ContainerFacts): boolean {
  const lost = Date.parse(pod.conditions.find((x) => x.type === 'ContainersReady')?.since ?? '');
  const began = Date.parse(container.state.is === 'running' ? (container.state.since ?? '') : '');
  // Times have whole seconds: within one second the order cannot be told.
  return lost - began > 1000;
}

/** What the kubelet's newest event says about a probe of the pod. */
function lastAnswer(c: Case, pod: PodFacts, kind: 'Readiness' | 'Startup'): EventFacts | undefined {
  return eventsOf(c, pod)
    .filter((e) => e.reason === 'Unhealthy' && e.message.startsWith(`${kind} probe`))
    .toSorted((a, b) => ((a.lastAt ?? '') < (b.lastAt ?? '') ? 1 : -1))[0];
}

const answerOf = (event: EventFacts): string =>
  event.message
    .replace(/^(Readiness|Startup) probe (failed|errored)( and resulted in unknown state)?: /, '')
    .trim()
    .slice(0, 300);

/** The ports the container declares, when the probe's is none of them: the usual cause. */
function declaredElse(container: ContainerFacts, probe: HealthProbeFacts): string | undefined {
  const { port } = probe;
  if (port === undefined || container.ports.length === 0) return undefined;
  const known = container.ports.some(
    (p) => p.containerPort === port || p.name === port || String(p.containerPort) === port,
  );
  return known
    ? undefined
    : container.ports.map((p) => (p.name ? `${p.name} ${p.containerPort}` : String(p.containerPort))).join(', ');
}
