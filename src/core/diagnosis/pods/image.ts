/** A container has no image to run. */

import { kubectl } from '../../kubectl.ts';
import type { ContainerFacts, ContainerStateFacts, PodFacts } from '../../podFacts.ts';
import { type Case, eventsOf, evidence } from '../case.ts';
import type { Told, Trouble } from './pods.ts';

/** Waiting reasons of the kubelet's image manager: k8s.io/kubernetes/pkg/kubelet/images/types.go. */
const reasons = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
];

type Waiting = Extract<ContainerStateFacts, { is: 'waiting' }>;

/** `image-pull-failed`: the kubelet waits with one of its image reasons; the registry's answer is in it or in an event. */
export function imagePull(c: Case, pod: PodFacts, container: ContainerFacts): Trouble | undefined {
  const { state, image } = container;
  if (state.is !== 'waiting' || !reasons.includes(state.reason)) return undefined;
  return {
    code: 'image-pull-failed',
    pod,
    container,
    // The kubelet alternates between ErrImagePull and ImagePullBackOff: the image alone is the cause.
    cause: image,
    tell: () => told(c, pod, container, state),
  };
}

function told(c: Case, pod: PodFacts, { name, image }: ContainerFacts, state: Waiting): Told {
  const source = `Pod ${pod.namespace}/${pod.name} status.containerStatuses[${name}].state.waiting`;
  const event = eventsOf(c, pod).findLast(
    (e) => e.reason === 'Failed' && e.message.includes(image) && /pull/i.test(e.message),
  );
  const answer = answerIn(event?.message ?? '', image) || answerIn(state.message, image);
  const never = state.reason === 'ErrImageNeverPull';
  return {
    says: (who) =>
      state.reason === 'InvalidImageName'
        ? `${who} cannot start: \`${image}\` is not a valid image name.`
        : never
          ? `${who} cannot start: image ${image} is not on the node, and imagePullPolicy is Never.`
          : `${who} cannot start: image ${image} cannot be pulled${answer ? ` (${answer})` : ''}.`,
    try: tryFor(answer, image, never || state.reason === 'InvalidImageName'),
    command: kubectl(c.snapshot, 'describe', 'pod', pod.name),
    evidence: [
      evidence(source, `${state.reason}${state.message ? `: ${state.message}` : ''}`),
      evidence(`Pod ${pod.namespace}/${pod.name} spec.containers[${name}].image`, image),
      ...(event
        ? [
            evidence(
              `Event Failed of Pod ${pod.namespace}/${pod.name}${event.lastAt ? ` (${event.lastAt})` : ''}`,
              event.message,
            ),
          ]
        : []),
    ],
  };
}

/** The registry's words, without the frames that containerd and the kubelet put around them. */
function answerIn(message: string, image: string): string {
  const parts = message
    .replaceAll(`"${image}"`, '')
    .replace(/rpc error: code = \w+ desc = /g, '')
    .split(/: (?=[a-zA-Z])/)
    .map((p) => p.trim())
    .filter(
      (p) =>
        p &&
        !/^(Back-off pulling image|Failed to pull image|failed to pull and unpack image|failed to resolve (reference|image)|ErrImagePull|Error|$)/i.test(
          p,
        ),
    );
  return parts.join(': ').slice(0, 300);
}

function tryFor(answer: string, image: string, localFault: boolean): string {
  if (localFault) return 'Correct the image in the pod template, or load it onto the node.';
  if (/unauthorized|denied|forbidden|authentication/i.test(answer))
    return `Check the name ${image}; if it is private, give the pod an imagePullSecret that may read it.`;
  if (/not found|manifest unknown|no such image/i.test(answer))
    return `Correct the image's name or tag in the pod template, or push ${image}.`;
  if (/no such host|dial tcp|i\/o timeout|connection refused|TLS|x509/i.test(answer))
    return `The node cannot reach the registry: check its network, DNS and proxy, or load ${image} onto the node.`;
  return `Check that ${image} exists and that the node may pull it.`;
}
