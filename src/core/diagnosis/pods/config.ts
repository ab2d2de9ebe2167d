/** A container cannot be made from its spec. */

import { kubectl } from '../../kubectl.ts';
import type { ContainerFacts, PodFacts } from '../../podFacts.ts';
import { type Case, evidence } from '../case.ts';
import type { Trouble } from './pods.ts';

/** `container-config-error`: a ConfigMap, Secret or key that the container needs is missing; the kubelet names it. */
export function configError(c: Case, pod: PodFacts, container: ContainerFacts): Trouble | undefined {
  const { state } = container;
  if (state.is !== 'waiting' || !/^CreateContainer(Config)?Error$/.test(state.reason)) return undefined;
  return {
    code: 'container-config-error',
    pod,
    container,
    cause: state.message,
    tell: () => ({
      says: (who) => `${who} cannot be created: ${state.message || state.reason}.`,
      try: /not found|couldn't find key/.test(state.message)
        ? `Create what is missing, or correct its name in the pod template.`
        : 'Correct what the message names in the pod template.',
      command: kubectl(c.snapshot, 'describe', 'pod', pod.name),
      evidence: [
        evidence(
          `Pod ${pod.namespace}/${pod.name} status.containerStatuses[${container.name}].state.waiting`,
          `${state.reason}: ${state.message}`,
        ),
      ],
    }),
  };
}
