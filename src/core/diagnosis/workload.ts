/** The workload fits the selector and wants pods, but has made none. */

import { kubectl } from '../kubectl.ts';
import { evidence, inWords, place, type Rule } from './case.ts';
import { matching, withoutPods } from './selector.ts';

/**
 * `workload-makes-no-pods`: an error once an event or a condition says what stops it (quota, admission, PodSecurity, a
 * missing ServiceAccount); before that the controller may simply not have come to it, and it is a note.
 */
export const workloadMakesNoPods: Rule = (c) => {
  if (!withoutPods(c) || !c.selected.known || c.serving.known === false || c.serving.items.length > 0) return [];
  const found = matching(c).filter((w) => w.kind !== 'Job' && (w.wanted ?? 0) > 0);
  const workload = found[0];
  if (!workload) return [];
  const all = c.snapshot.workloads.known ? c.snapshot.workloads.items : [];
  // A Deployment's refusal is told to its ReplicaSet.
  const family = [workload, ...all.filter((w) => w.owner?.uid === workload.uid)];
  const events = c.snapshot.events.known ? c.snapshot.events.items : [];
  const event = events.findLast(
    (e) =>
      e.reason === 'FailedCreate' && family.some((w) => w.uid === e.uid || (w.name === e.name && w.kind === e.kind)),
  );
  const condition = family.flatMap((w) => w.conditions).find((x) => x.type === 'ReplicaFailure' && x.status === 'True');
  const why = event?.message ?? condition?.message;
  const title = `${workload.kind} ${workload.name}`;
  return [
    {
      code: 'workload-makes-no-pods',
      level: why ? 'error' : 'note',
      from: 'everywhere',
      hop: place(c.path, 'service'),
      port: null,
      objects: [`${workload.kind} ${workload.namespace}/${workload.name}`],
      says: `${title} should run ${workload.wanted} pod${workload.wanted === 1 ? '' : 's'} for Service ${c.name} and has none${why ? `: “${why}”` : ' yet'}.`,
      try: why
        ? `Remove what the message names, then ${title} makes its pods by itself.`
        : 'Wait a moment. If no pod comes, its events say why.',
      command: kubectl(c.snapshot, 'describe', `${workload.kind.toLowerCase()}/${workload.name}`),
      evidence: [
        evidence(`${workload.kind} ${workload.namespace}/${workload.name} spec.replicas`, String(workload.wanted)),
        evidence(`Service ${c.name} spec.selector`, inWords(c.service.selector)),
        ...(event ? [evidence(`Event FailedCreate of ${event.kind} ${event.name}`, event.message)] : []),
        ...(condition ? [evidence(`${title} status.conditions[ReplicaFailure]`, condition.message)] : []),
      ],
    },
  ];
};
