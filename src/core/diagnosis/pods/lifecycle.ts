/** Where a pod stands in its life, when no container of it is at fault: on its way, finished, held back, or its node is gone. */

import { kubectl } from '../../kubectl.ts';
import type { PodFacts } from '../../podFacts.ts';
import { type Case, eventsOf, evidence, hasHop, isReady, listed, place, type Rule } from '../case.ts';
import type { Trouble } from './pods.ts';

/** `startup-unfinished`: its containers are being made. The newest warning of the kubelet is quoted. */
export function onItsWay(c: Case, pod: PodFacts): Trouble | undefined {
  const waiting = pod.containers.find((x) => x.state.is === 'waiting' || x.state.is === 'none');
  if (pod.phase !== 'Pending' || !waiting) return undefined;
  const reason =
    waiting.state.is === 'waiting' ? waiting.state.reason : pod.nodeName ? 'ContainerCreating' : 'not scheduled yet';
  return {
    code: 'startup-unfinished',
    pod,
    cause: reason,
    note: true,
    tell: () => {
      const event = eventsOf(c, pod).findLast((e) => e.type === 'Warning');
      return {
        says: (who) =>
          `${who} is being started (${reason})${event ? `. The last warning says: “${event.message}”` : ''}.`,
        try: event ? 'Remove what the warning names, if it stays.' : 'Wait. If it does not get on, its events say why.',
        command: kubectl(c.snapshot, 'describe', 'pod', pod.name),
        evidence: [
          evidence(
            `Pod ${pod.namespace}/${pod.name} status.phase`,
            `${pod.phase}, container ${waiting.name}: ${reason}`,
          ),
          ...(event ? [evidence(`Event ${event.reason} of Pod ${pod.namespace}/${pod.name}`, event.message)] : []),
        ],
      };
    },
  };
}

/** `readiness-gate-unmet`: all containers are ready, the pod is not: a condition that its readinessGates ask for is not True. */
export function gateUnmet(c: Case, pod: PodFacts): Trouble | undefined {
  const is = (type: string) => pod.conditions.find((x) => x.type === type)?.status;
  const unmet = pod.readinessGates.filter((g) => is(g) !== 'True');
  if (unmet.length === 0 || is('ContainersReady') !== 'True' || isReady(pod)) return undefined;
  const gates = listed(unmet);
  return {
    code: 'readiness-gate-unmet',
    pod,
    cause: gates,
    note: c.service.publishNotReadyAddresses,
    tell: () => ({
      says: (who) => `${who} is not ready, though its containers are: its readiness gate ${gates} is not met.`,
      try: `See whether the controller that sets the condition ${gates} runs, and what it says of this pod.`,
      command: kubectl(c.snapshot, 'describe', 'pod', pod.name),
      evidence: unmet.map((g) =>
        evidence(`Pod ${pod.namespace}/${pod.name} status.conditions[${g}]`, is(g) ?? 'missing'),
      ),
    }),
  };
}

/** `node-lost`: the pod's node has stopped reporting, so the control plane has taken the pod out of service. */
export function nodeLost(c: Case, pod: PodFacts): Trouble | undefined {
  const { nodes } = c.snapshot;
  if (!nodes.known || isReady(pod) || !pod.nodeName) return undefined;
  const condition = nodes.items.find((n) => n.name === pod.nodeName)?.conditions.find((x) => x.type === 'Ready');
  if (!condition || condition.status === 'True') return undefined;
  const node = pod.nodeName;
  return {
    code: 'node-lost',
    pod,
    cause: node,
    hop: `node/${node}`,
    tell: () => ({
      says: (who) =>
        `${who} runs on node ${node}, which is not Ready${condition.message ? ` (${condition.message})` : ''}, so the Service sends no traffic there.`,
      try: `Bring node ${node} back. When their tolerations run out (after 5 minutes by default) its pods are deleted, and a Deployment makes new ones on other nodes.`,
      command: kubectl(c.snapshot, 'describe', 'node', node),
      evidence: [
        evidence(
          `Node ${node} status.conditions[Ready]`,
          `${condition.status}, ${condition.reason}${condition.since ? `, since ${condition.since}` : ''}`,
        ),
      ],
    }),
  };
}

/** `pod-finished`: all that the selector finds has ended (a Job's pods, evicted ones); ended pods get no traffic. */
export const podFinished: Rule = (c) => {
  if (c.anyReady || !c.selected.known || !c.serving.known || c.serving.items.length > 0) return [];
  const ended = c.selected.items.filter((p) => !p.deletedAt);
  const first = ended[0];
  if (!first) return [];
  const names = ended.map((p) => p.name);
  const who =
    names.length === 1
      ? `The only pod that Service ${c.name} selects, ${names[0]}, has`
      : `All ${names.length} pods that Service ${c.name} selects (${listed(names)}) have`;
  const why = first.reason ? `${first.phase}: ${first.reason}` : first.phase;
  return [
    {
      code: 'pod-finished',
      level: 'error',
      from: 'everywhere',
      hop: place(c.path, `pod/${first.name}`, 'endpoints', 'service'),
      ...(names.length > 1
        ? {
            alsoHops: names
              .slice(1)
              .map((n) => `pod/${n}`)
              .filter((h) => hasHop(c.path, h)),
          }
        : {}),
      port: null,
      objects: ended.slice(0, 10).map((p) => `Pod ${p.namespace}/${p.name}`),
      says: `${who} finished (${why}), and finished pods get no traffic.`,
      try:
        first.owner?.kind === 'Job'
          ? "A Job's pods end: let a Deployment serve, or correct the selector."
          : 'See why they ended, and what should make new ones.',
      command: kubectl(c.snapshot, 'describe', 'pod', first.name),
      evidence: ended
        .slice(0, 5)
        .map((p) =>
          evidence(
            `Pod ${p.namespace}/${p.name} status.phase`,
            p.reason ? `${p.phase}, ${p.reason}${p.message ? `: ${p.message}` : ''}` : p.phase,
          ),
        ),
    },
  ];
};
