/** The Service's port and the container's port do not meet. */

import { kubectl } from '../kubectl.ts';
import type { Finding } from '../path.ts';
import type { ContainerPortFacts, PodFacts } from '../podFacts.ts';
import type { Protocol, ServicePortFacts } from '../snapshot.ts';
import { type Case, endpointsFor, evidence, listed, place, portName, type Rule } from './case.ts';
import { distance } from './near.ts';

/**
 * `target-port-name-missing`: targetPort is a name that no container (sidecars count) of the pod gives to a port of that
 * protocol; its slice then has the pod's address without this port, and kube-proxy passes it over.
 */
export const targetPortNameMissing: Rule = (c) => c.service.ports.flatMap((port) => forPort(c, port));

function forPort(c: Case, port: ServicePortFacts): Finding[] {
  if (typeof port.targetPort !== 'string' || Object.keys(c.service.selector).length === 0) return [];
  const wanted = port.targetPort;
  if (!c.serving.known) return fromSlicesAlone(c, port, wanted);
  const pods = c.serving.items;
  const lacking = pods.filter((p) => !hasPort(p, wanted, port.protocol));
  const first = lacking[0];
  if (!first) return [];
  const all = lacking.length === pods.length;
  const declared = lacking.flatMap(portsOf);
  // A port of another protocol is no answer: targetPort would still find nothing.
  const fitting = declared.filter((x) => x.protocol === port.protocol);
  const names = namesOf(fitting);
  const numbers = [...new Set(fitting.map((x) => x.containerPort))].sort((a, b) => a - b);
  const others = namesOf(
    declared.filter((x) => x.protocol !== port.protocol).map((x) => ({ name: x.name && `${x.name} (${x.protocol})` })),
  );
  const otherProtocol = declared.find((x) => x.name === wanted);
  const fix = bestName(c, port, wanted, lacking, names);
  const who = all
    ? pods.length === 1
      ? `its pod ${first.name}`
      : `its ${pods.length} pods`
    : `${lacking.length} of its ${pods.length} pods (${listed(lacking.map((p) => p.name))})`;
  return [
    {
      code: 'target-port-name-missing',
      level: all ? 'error' : 'warning',
      from: 'everywhere',
      hop: all ? place(c.path, 'endpoints', 'service') : place(c.path, `pod/${first.name}`, 'endpoints', 'service'),
      ...(all || lacking.length < 2 ? {} : { alsoHops: lacking.slice(1).map((p) => `pod/${p.name}`) }),
      port: portName(port),
      objects: [`Service ${c.name}`, ...lacking.slice(0, 10).map((p) => `Pod ${p.namespace}/${p.name}`)],
      says: `Service ${c.name} sends port ${port.port} to targetPort \`${wanted}\`, but no container of ${who} names a ${port.protocol} port \`${wanted}\` (${
        otherProtocol
          ? `the port \`${wanted}\` is ${otherProtocol.protocol}`
          : names.length + others.length > 0
            ? `they name: ${listed([...names, ...others], 6)}`
            : numbers.length > 0
              ? `they declare ${listed(numbers.map(String), 6)} without a name`
              : 'they declare no ports'
      }).`,
      try: fix
        ? `Set targetPort to \`${fix}\`, or name the container's port \`${wanted}\`.`
        : numbers[0] !== undefined && !otherProtocol
          ? `Set targetPort to ${numbers[0]}, or name the container's port \`${wanted}\`.`
          : `Give the container's port the name \`${wanted}\` and protocol ${port.protocol}, or set targetPort to its number.`,
      command:
        fix || (numbers[0] !== undefined && !otherProtocol)
          ? patch(c, port, fix ?? numbers[0] ?? 0)
          : kubectl(c.snapshot, 'describe', 'pod', first.name),
      evidence: [
        evidence(`Service ${c.name} spec.ports[${portName(port)}].targetPort`, wanted),
        evidence(`Pod ${first.namespace}/${first.name} spec.containers[*].ports`, portsInWords(first)),
        ...sliceEvidence(c, port),
      ],
    },
  ];
}

const namesOf = (ports: readonly { readonly name: string }[]): string[] =>
  [...new Set(ports.map((x) => x.name))].filter((n) => n !== '').sort();

/** Without a right to read pods: addresses that are ready but have no number for the port say the same, not the names. */
function fromSlicesAlone(c: Case, port: ServicePortFacts, wanted: string): Finding[] {
  const { slices } = c.snapshot;
  if (!slices.known || !c.anyReady || endpointsFor(slices.items, port) > 0) return [];
  return [
    {
      code: 'target-port-name-missing',
      level: 'error',
      from: 'everywhere',
      hop: place(c.path, 'endpoints', 'service'),
      port: portName(port),
      objects: [`Service ${c.name}`],
      says: `Service ${c.name} sends port ${port.port} to targetPort \`${wanted}\`, but its EndpointSlices have ready addresses without a number for this port: no container names a ${port.protocol} port \`${wanted}\`. Which names exist cannot be seen: ${c.serving.known ? '' : c.serving.why}.`,
      try: `Set targetPort to a name or number that the containers have, or name the container's port \`${wanted}\`.`,
      command: kubectl(c.snapshot, 'describe', 'service', c.service.name),
      evidence: [
        evidence(`Service ${c.name} spec.ports[${portName(port)}].targetPort`, wanted),
        ...sliceEvidence(c, port),
      ],
    },
  ];
}

/** `FindPort` of k8s.io/kubernetes/pkg/api/v1/pod looks at containers and restartable init containers. */
const portsOf = (pod: PodFacts): readonly ContainerPortFacts[] =>
  pod.containers.filter((x) => x.role !== 'init').flatMap((x) => x.ports);

/** The name that was most likely meant: spelt alike, better with the Service port's number, worse when another port has it. */
function bestName(
  c: Case,
  port: ServicePortFacts,
  wanted: string,
  pods: readonly PodFacts[],
  names: readonly string[],
) {
  const cost = (name: string) =>
    distance(wanted, name) -
    (pods.some((p) => portsOf(p).some((x) => x.name === name && x.containerPort === port.port)) ? 3 : 0) +
    (c.service.ports.some((other) => other.targetPort === name) ? 3 : 0);
  return names.filter((n) => n !== wanted).toSorted((a, b) => cost(a) - cost(b))[0];
}

const hasPort = (pod: PodFacts, name: string, protocol: Protocol): boolean =>
  pod.containers.some((x) => x.role !== 'init' && x.ports.some((p) => p.name === name && p.protocol === protocol));

const portsInWords = (pod: PodFacts): string =>
  portsOf(pod)
    .map((x) => `${x.name || '(unnamed)'} ${x.containerPort}/${x.protocol}`)
    .join(', ') || 'none';

function sliceEvidence(c: Case, port: ServicePortFacts) {
  const { slices } = c.snapshot;
  if (!slices.known) return [];
  return [
    evidence(
      `EndpointSlices of ${c.name}`,
      `ready with a number for port ${portName(port)}: ${endpointsFor(slices.items, port)}`,
    ),
  ];
}

/**
 * By the port's number, the merge key of a Service's ports: the snapshot may hold only the port that was asked for, so no
 * index is safe. Where two ports have the number (53/TCP and 53/UDP) a patch would change the first: then by hand.
 */
function patch(c: Case, { port }: ServicePortFacts, targetPort: string | number): string {
  const { name, ports, otherPorts = [] } = c.service;
  if ([...ports, ...otherPorts].filter((p) => p.port === port).length > 1)
    return kubectl(c.snapshot, 'edit', 'service', name);
  const spec = { ports: [{ port, targetPort }] };
  return kubectl(c.snapshot, 'patch', 'service', name, '-p', JSON.stringify({ spec }));
}
