/** From this computer there is no way in, though the Service itself may be well. */

import { kubectl } from '../kubectl.ts';
import type { Finding, Hop, HopKind, Provider, TrafficPath } from '../path.ts';
import { minikubeCommand } from '../provider.ts';
import { type Case, evidence, place, type Rule } from './case.ts';

/**
 * `load-balancer-pending`: type LoadBalancer and no controller has given an address. Clients in the cluster are not
 * concerned, so it holds for the laptop's side only.
 */
export const loadBalancerPending: Rule = (c) => {
  const { service, path, snapshot } = c;
  if (service.type !== 'LoadBalancer' || service.loadBalancerIngress.length > 0) return [];
  const { provider } = path;
  const events = snapshot.events.known ? snapshot.events.items : [];
  const event = events.findLast((e) => e.kind === 'Service' && e.name === service.name && e.type === 'Warning');
  const klass = service.loadBalancerClass;
  // A cloud needs some minutes for it: until then, and without a complaint of its controller, it is only worth knowing.
  const young = Date.parse(snapshot.at) - Date.parse(service.createdAt) < 5 * 60_000;
  const level = young && !event && onCloud(c) ? 'note' : 'error';
  return [
    {
      code: 'load-balancer-pending',
      level,
      from: 'laptop',
      hop: place(path, ...hopsOf(path, 'load-balancer'), 'service'),
      port: null,
      objects: [`Service ${c.name}`],
      says: `Service ${c.name} is of type LoadBalancer, but no address has been given to it (EXTERNAL-IP is pending)${klass ? `; only a controller for class ${klass} may do so` : ''}${
        event ? `. The last event says: “${event.message}”` : ''
      }.`,
      ...fixFor(c),
      evidence: [
        evidence(`Service ${c.name} status.loadBalancer.ingress`, 'empty'),
        ...(klass ? [evidence(`Service ${c.name} spec.loadBalancerClass`, klass)] : []),
        ...(event ? [evidence(`Event ${event.reason} of Service ${c.name}`, event.message)] : []),
        ...provider.evidence.slice(0, 1),
      ],
    },
  ];
};

const clouds: readonly Provider['name'][] = ['eks', 'gke', 'aks'];

/** Whether a cloud's own controller may give the address. OpenShift runs on clouds, on vSphere and on bare metal: its nodes tell. */
function onCloud({ path: { provider }, snapshot: { nodes } }: Case): boolean {
  if (provider.name !== 'openshift') return clouds.includes(provider.name);
  return (
    nodes.known && nodes.items.some((n) => /^(aws|azure|gce|ibm|openstack|oci|alicloud):/.test(n.providerID ?? ''))
  );
}

function fixFor(c: Case): { try: string; command: string } {
  const { provider } = c.path;
  const describe = kubectl(c.snapshot, 'describe', 'service', c.service.name);
  switch (provider.name) {
    case 'minikube':
      return {
        try: 'Run minikube tunnel and leave it running: it gives the Service an address and a route to it from this computer.',
        command: minikubeCommand(c.snapshot, 'minikube-tunnel'),
      };
    case 'kind':
      return {
        try: 'There is no load-balancer controller in kind: run cloud-provider-kind, install MetalLB, or use a NodePort or a port-forward.',
        command: describe,
      };
    default:
      if (onCloud(c))
        return {
          try: "The cloud's controller makes the address, usually within some minutes. If it does not, its events on the Service say why.",
          command: describe,
        };
      return {
        try: 'A load-balancer controller must give the address (MetalLB, for example): see whether one runs, or use a NodePort or a port-forward.',
        command: describe,
      };
  }
}

/**
 * `tunnel-needed`: this computer would reach the Service through a node, cannot reach the nodes, and the provider has a
 * tunnel for that which does not run. A ClusterIP is not meant to be reached from outside: no finding.
 */
export const tunnelNeeded: Rule = (c) => {
  const { provider } = c.path;
  const { tunnel } = provider;
  const offered = offeredHops(c);
  if (!blocked(c) || !tunnel || offered.length === 0) return [];
  return [
    {
      ...outside(c, 'tunnel-needed', place(c.path, ...offered.filter((h) => h.startsWith('tunnel/')), 'service')),
      try: `Open minikube's tunnel and leave it running: it prints the address to use. It goes to the node and from there to the Service.`,
      command: tunnel.command,
    },
  ];
};

/** `node-not-reachable`: the same where the provider has no tunnel command of its own, or none that carries the protocol. */
export const nodeNotReachable: Rule = (c) => {
  const tcp = tcpPort(c);
  if (!blocked(c) || offeredHops(c).length > 0) return [];
  const found = outside(c, 'node-not-reachable', place(c.path, ...hopsOf(c.path, 'node'), 'service'));
  const publish =
    c.path.provider.name === 'kind'
      ? ', or publish the nodePort with extraPortMappings when the kind cluster is made'
      : '';
  if (!tcp)
    return [
      {
        ...found,
        try: `Ask from inside the cluster${publish}: port-forward and the tunnels of minikube carry TCP only.`,
      },
    ];
  const local = tcp.port < 1024 ? tcp.port + 8000 : tcp.port;
  return [
    {
      ...found,
      try: `Use a port-forward, which goes through the API server${publish}.`,
      command: kubectl(c.snapshot, 'port-forward', `service/${c.service.name}`, `${local}:${tcp.port}`),
    },
  ];
};

/** The way through the provider's own tunnel; none for an externalIP alone (it goes to a nodePort), nor for UDP and SCTP. */
const offeredHops = ({ path: { entrances, provider } }: Case): readonly string[] =>
  provider.tunnel ? entrances.filter((e) => e.kind === provider.tunnel?.kind).flatMap((e) => e.hops) : [];

const tcpPort = (c: Case) => c.service.ports.find((p) => p.protocol === 'TCP');

/** Is every way that is meant for this computer, when the client stands here, shut? A tunnel that runs, or any entrance that works, opens one. */
function blocked(c: Case): boolean {
  const { service, path, snapshot } = c;
  const meant = service.type === 'NodePort' || service.type === 'LoadBalancer' || service.externalIPs.length > 0;
  if (!meant || path.from.kind !== 'laptop' || path.provider.nodesReachable !== 'no' || snapshot.tunnels.length > 0)
    return false;
  return !path.entrances.some(
    (e) =>
      e.client === 'laptop' && e.open && e.kind !== 'port-forward' && (e.status === 'works' || e.status === 'degraded'),
  );
}

function outside(c: Case, code: string, hop: string): Omit<Finding, 'try'> {
  const { service, path } = c;
  const ports = service.ports.flatMap((p) => (p.nodePort ? [String(p.nodePort)] : []));
  return {
    code,
    level: 'error',
    from: 'laptop',
    hop,
    port: null,
    objects: [`Service ${c.name}`],
    says: `This computer cannot reach Service ${c.name} through the nodes${ports.length > 0 ? ` (nodePort ${ports.join(', ')})` : ''}. ${path.provider.why}`.trim(),
    evidence: [
      evidence(`Service ${c.name} spec.type`, service.type),
      ...(ports.length > 0 ? [evidence(`Service ${c.name} spec.ports[*].nodePort`, ports.join(', '))] : []),
      ...path.provider.evidence,
    ],
  };
}

const hopsOf = (path: TrafficPath, kind: HopKind): string[] =>
  path.hops.filter((h: Hop) => h.kind === kind).map((h) => h.id);
