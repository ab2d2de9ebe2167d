/** Which container a connection ends in. */
import type { ContainerFacts, PodFacts } from '../podFacts.ts';
import type { ServicePortFacts } from '../snapshot.ts';

/**
 * The container behind an endpoint: the one that declares the port, else the only one there is. Container ports are
 * information only, so with several containers and no declaration it is the first, and its hop says that this is a guess.
 */
export function containerOf(pod: PodFacts, number: number | undefined, port: ServicePortFacts | undefined) {
  let first: ContainerFacts | undefined;
  let regular = 0;
  for (const c of pod.containers) {
    if (c.role === 'init') continue;
    for (const p of c.ports)
      if (p.containerPort === number && (!port || p.protocol === port.protocol))
        return { container: c, declared: true, only: false };
    if (c.role === 'container') {
      regular++;
      first ??= c;
    }
  }
  return { container: first, declared: false, only: regular === 1 };
}

/** The hop of the container that an endpoint's connections end in; undefined when the pod could not be read. */
export function containerHop(
  pod: PodFacts | undefined,
  number: number | undefined,
  port: ServicePortFacts | undefined,
): string | undefined {
  const container = pod && containerOf(pod, number, port).container;
  return pod && container ? `container/${pod.name}/${container.name}` : undefined;
}

/**
 * The number that the Service's targetPort means in this pod; undefined for a name that none of its containers has. As
 * `FindPort` of k8s.io/kubernetes/pkg/api/v1/pod: containers first, then sidecars, never init containers that end.
 */
export function targetOf(pod: PodFacts, port: ServicePortFacts | undefined): number | undefined {
  if (!port) return undefined;
  if (typeof port.targetPort === 'number') return port.targetPort;
  for (const role of ['container', 'sidecar'] as const)
    for (const c of pod.containers)
      if (c.role === role)
        for (const p of c.ports) if (p.name === port.targetPort && p.protocol === port.protocol) return p.containerPort;
  return undefined;
}
