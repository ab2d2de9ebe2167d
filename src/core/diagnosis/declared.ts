/** The Service's targetPort is a number that the pods say nothing about. */
import { kubectl } from '../kubectl.ts';
import type { Finding } from '../path.ts';
import type { ContainerPortFacts, PodFacts } from '../podFacts.ts';
import type { ServicePortFacts } from '../snapshot.ts';
import { containerHop } from '../trace/container.ts';
import { type Case, evidence, hasHop, listed, place, portName, type Rule } from './case.ts';

/**
 * `target-port-not-declared`: the pods declare ports, but not this number. A note, never more: containerPort is information
 * only, a process listens where it likes (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports).
 * Pods that declare nothing say nothing about it either.
 */
export const targetPortNotDeclared: Rule = (c) => c.service.ports.flatMap((port) => forPort(c, port));

const declaredBy = (pod: PodFacts): readonly ContainerPortFacts[] =>
  pod.containers.filter((x) => x.role !== 'init').flatMap((x) => x.ports);

function forPort(c: Case, port: ServicePortFacts): Finding[] {
  const wanted = port.targetPort;
  if (typeof wanted !== 'number' || !c.serving.known) return [];
  const pods = c.serving.items;
  const lacks = (pod: PodFacts) => {
    const ports = declaredBy(pod);
    return ports.length > 0 && !ports.some((p) => p.containerPort === wanted && p.protocol === port.protocol);
  };
  const first = pods[0];
  if (!first || !pods.every(lacks)) return [];
  const declared = [...new Set(pods.flatMap(declaredBy).map((p) => `${p.containerPort}/${p.protocol}`))];
  const hops = pods.flatMap((p) => containerHop(p, wanted, port) ?? []).filter((id) => hasHop(c.path, id));
  const who = pods.length === 1 ? `its pod ${first.name}` : `its ${pods.length} pods`;
  return [
    {
      code: 'target-port-not-declared',
      level: 'note',
      from: 'everywhere',
      hop: hops[0] ?? place(c.path, 'endpoints', 'service'),
      ...(hops.length > 1 ? { alsoHops: hops.slice(1) } : {}),
      port: portName(port),
      objects: [`Service ${c.name}`, ...pods.slice(0, 10).map((p) => `Pod ${p.namespace}/${p.name}`)],
      says: `Service ${c.name} sends port ${port.port} to targetPort ${wanted}, and no container of ${who} declares ${wanted}/${port.protocol} (they declare: ${listed(declared, 6)}). containerPort is information only: a process may listen there all the same.`,
      try: `If nothing answers, see on which port the process listens: set targetPort to it, or declare ${wanted} where the container does listen there.`,
      command: kubectl(c.snapshot, 'get', 'pod', first.name, '-o', 'jsonpath={.spec.containers[*].ports}'),
      evidence: [
        evidence(`Service ${c.name} spec.ports[${portName(port)}].targetPort`, String(wanted)),
        evidence(`Pod ${first.namespace}/${first.name} spec.containers[*].ports`, listed(declared, 6)),
      ],
    },
  ];
}
