/** The scheduler finds no node for a pod. */

import { kubectl } from '../../kubectl.ts';
import type { PodFacts } from '../../podFacts.ts';
import { type Case, evidence } from '../case.ts';
import type { Trouble } from './pods.ts';

/** `pod-unschedulable`: condition PodScheduled is False; the scheduler's own words say why. */
export function unschedulable(c: Case, pod: PodFacts): Trouble | undefined {
  const condition = pod.conditions.find((x) => x.type === 'PodScheduled');
  if (condition?.status !== 'False' || pod.nodeName) return undefined;
  const gated = condition.reason === 'SchedulingGated';
  const words = condition.message || condition.reason || 'no reason given';
  return {
    code: 'pod-unschedulable',
    pod,
    cause: words,
    tell: () => ({
      says: (who) =>
        `${who} waits for a node: ${gated ? 'scheduling gates hold it back' : 'the scheduler says'}: “${words}”.`,
      try: gated ? 'See which controller put spec.schedulingGates there and has not removed them.' : hintFor(words),
      command: kubectl(c.snapshot, 'describe', 'pod', pod.name),
      evidence: [
        evidence(
          `Pod ${pod.namespace}/${pod.name} status.conditions[PodScheduled]`,
          `False, ${condition.reason}: ${condition.message}`,
        ),
      ],
    }),
  };
}

/** The scheduler's reasons: k8s.io/kubernetes/pkg/scheduler/framework/plugins. */
function hintFor(words: string): string {
  if (/Insufficient/.test(words))
    return 'Lower the requests of the containers, or make room: another node, or fewer pods.';
  if (/untolerated taint/.test(words))
    return 'Give the pod a toleration for that taint, or remove the taint from a node.';
  if (/node affinity|node selector/.test(words))
    return "Make the pod's nodeSelector or affinity fit the labels of a node.";
  if (/free ports/.test(words))
    return 'Another pod has that hostPort on every node: drop the hostPort, or run no more replicas than there are nodes.';
  if (/persistentvolumeclaim|PersistentVolume/i.test(words))
    return 'Look at the PersistentVolumeClaim: it must exist and be bound on a node the pod may run on.';
  if (/unschedulable/.test(words)) return 'A node is cordoned: kubectl uncordon it when it is fit again.';
  return 'Change what the scheduler names, in the pod or at the nodes.';
}
