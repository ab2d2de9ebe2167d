/** Ways in that somebody has to open on this computer: kubectl port-forward, minikube service, minikube tunnel. */

import { hostPort } from '../addresses.ts';
import { kubectl } from '../kubectl.ts';
import type { Hop } from '../path.ts';
import type { ConditionFacts, PodFacts } from '../podFacts.ts';
import { minikubeCommand } from '../provider.ts';
import type { ServicePortFacts, TunnelFacts } from '../snapshot.ts';
import { containerHop, targetOf } from './container.ts';
import { type Draft, draft } from './entrance.ts';
import { undoer } from './wayBack.ts';
import { condition, urlOf } from './words.ts';
import { proxyHop, type World } from './world.ts';

/** The entrances of one port: tunnels that run, then those that could be opened. */
export function tunnelEntrances(world: World, port: ServicePortFacts | undefined): Draft[] {
  // All three carry TCP only.
  if (world.from.kind !== 'laptop' || port?.protocol !== 'TCP') return [];
  const open = world.snapshot.tunnels.filter((t) => t.port === port.port);
  const running = open.flatMap((t) =>
    t.kind === 'port-forward' ? portForward(world, port, t) : minikube(world, port, t.kind, t),
  );
  const isOpen = (kind: TunnelFacts['kind']) => open.some((t) => t.kind === kind);
  const { name, nodesReachable } = world.provider;
  const needs = name === 'minikube' && nodesReachable !== 'yes';
  const pending = world.service.type === 'LoadBalancer' && world.service.loadBalancerIngress.length === 0;
  return [
    ...running,
    ...(needs && port.nodePort !== undefined && !isOpen('minikube-service')
      ? minikube(world, port, 'minikube-service')
      : []),
    ...(name === 'minikube' && pending && !isOpen('minikube-tunnel') ? minikube(world, port, 'minikube-tunnel') : []),
    ...(isOpen('port-forward') ? [] : portForward(world, port)),
  ];
}

/** kubectl needs no root for the local end: a privileged port is moved up by 8000. */
const localPort = (port: ServicePortFacts) => (port.port < 1024 ? port.port + 8000 : port.port);

/**
 * `minikube service` with a container driver is `ssh -L PORT:CLUSTER-IP:PORT` into the node, and so is `minikube tunnel`
 * for a LoadBalancer: minikube/pkg/minikube/tunnel/kic. The node's own kube-proxy takes it from there.
 */
function minikube(
  world: World,
  port: ServicePortFacts,
  kind: 'minikube-service' | 'minikube-tunnel',
  open?: TunnelFacts,
): Draft[] {
  const node = world.nodes.find((n) => n.labels['minikube.k8s.io/primary'] === 'true') ?? world.nodes[0];
  if (!node || world.headless || world.service.type === 'ExternalName') return [];
  const at = { name: node.name, ...(node.zone === undefined ? {} : { zone: node.zone }) };
  const tail = world.tail(port, world.service.ipFamilies[0] ?? 'IPv4', {
    by: world.service.internalTrafficPolicy,
    policy: 'internalTrafficPolicy Local',
    at,
  });
  const clusterIP = hostPort(world.service.clusterIPs[0] ?? '', port.port);
  const local = open ? hostPort(open.localAddress, open.localPort) : '';
  const undo = undoer(world);
  return [
    draft(world, {
      kind,
      port,
      address: local,
      url: open
        ? urlOf(open.localAddress, open.localPort, port)
        : kind === 'minikube-tunnel'
          ? urlOf('127.0.0.1', port.port, port)
          : urlOf('127.0.0.1', 'PORT', port),
      client: 'laptop',
      open: open !== undefined,
      status: tail.status,
      front: ['client', `tunnel/${open?.id ?? kind}`, `node/${node.name}`, proxyHop(at), 'service'],
      tail,
      whySkips: `minikube's tunnel ends on the node and dials the ClusterIP ${clusterIP} there: the NodePort is never used.`,
      wayBack: `The pod answers to node ${node.name}, where ${undo.who} puts ${clusterIP} back${undo.named('un-DNAT')}; the tunnel carries the answer to the client as a connection of its own.`,
    }),
  ];
}

/** kubectl takes one pod of the Service and dials 127.0.0.1 inside it; no rule of the cluster's network is on the way. */
function portForward(world: World, port: ServicePortFacts, open?: TunnelFacts): Draft[] {
  const pod = open?.pod === undefined ? attachable(world) : world.pods.get(open.pod);
  // The kubelet forwards to a pod that runs only: nothing is offered to one that waits for its node, its image or its config.
  if (open?.pod === undefined && pod?.phase !== 'Running') return [];
  const name = pod?.name ?? open?.pod ?? '';
  const hop = `pod/${name}`;
  // kubectl takes the port of a headless Service for the container's own: it does not look at targetPort there.
  const number = pod ? (world.headless ? port.port : targetOf(pod, port)) : undefined;
  const container = containerHop(pod, number, port);
  const runs = pod?.phase === 'Running' && number !== undefined;
  const local = open ? hostPort(open.localAddress, open.localPort) : '';
  return [
    draft(world, {
      kind: 'port-forward',
      port,
      address: local,
      url: open ? urlOf(open.localAddress, open.localPort, port) : urlOf('127.0.0.1', localPort(port), port),
      client: 'laptop',
      open: open !== undefined,
      status: pod ? (runs ? 'works' : 'broken') : world.snapshot.pods.known ? 'broken' : 'unknown',
      front: ['client', `tunnel/${open?.id ?? 'port-forward'}`],
      tail: { hops: container ? [hop, container] : [hop], links: container ? [{ from: hop, to: container }] : [] },
      whySkips:
        'kubectl port-forward goes through the API server and the kubelet to one pod, stays with it, and dials 127.0.0.1 inside it: Service, kube-proxy and NodePort are not on its way, and its success proves nothing about them.',
      wayBack: `The answer comes back through the same stream: container, kubelet, API server, this computer. No packet of it crosses the Service network.`,
    }),
  ];
}

/** The pod that kubectl would attach to: podutils.ActivePods, best first, https://github.com/kubernetes/kubectl/blob/master/pkg/util/podutils/podutils.go */
function attachable(world: World): PodFacts | undefined {
  const wanted = Object.entries(world.service.selector);
  if (wanted.length === 0) return undefined;
  let best: PodFacts | undefined;
  for (const p of world.pods.values()) {
    if (!wanted.every(([k, v]) => p.labels[k] === v) || p.phase === 'Succeeded' || p.phase === 'Failed') continue;
    if (!best || isBetter(p, best)) best = p;
  }
  return best;
}

function isBetter(a: PodFacts, b: PodFacts): boolean {
  const [readyA, readyB] = [condition(a.conditions, 'Ready'), condition(b.conditions, 'Ready')];
  // On a node before on none, then by phase, then ready, then not being deleted.
  const rank = (p: PodFacts, ready: ConditionFacts | undefined) =>
    (p.nodeName ? 12 : 0) +
    (p.phase === 'Running' ? 8 : p.phase === 'Unknown' ? 4 : 0) +
    (ready?.status === 'True' ? 2 : 0) +
    (p.deletedAt ? 0 : 1);
  const more = rank(a, readyA) - rank(b, readyB);
  if (more !== 0) return more > 0;
  const [sa, sb] = [readyA?.since ?? '', readyB?.since ?? ''];
  // Longest ready first; a pod that says nothing about it comes last.
  if (sa !== sb) return sb === '' || (sa !== '' && sa < sb);
  const restarts = (p: PodFacts) => Math.max(0, ...p.containers.map((c) => c.restartCount));
  if (restarts(a) !== restarts(b)) return restarts(a) < restarts(b);
  return a.createdAt !== '' && a.createdAt < b.createdAt;
}

/** The tunnel's hop: the command that opens it, or where it listens. */
export function tunnelHop(world: World, id: string): Hop {
  const tunnel = world.snapshot.tunnels.find((t) => id === `tunnel/${t.id}`);
  const { service: s } = world;
  if (tunnel)
    return {
      id,
      kind: 'tunnel',
      name: tunnelName(tunnel.kind),
      address: hostPort(tunnel.localAddress, tunnel.localPort),
      status: 'ok',
      note:
        tunnel.kind === 'port-forward'
          ? `runs, to pod ${tunnel.pod ?? 'unknown'}`
          : 'runs, to the ClusterIP by way of the node',
      facts: { listens: hostPort(tunnel.localAddress, tunnel.localPort), ...(tunnel.pod ? { pod: tunnel.pod } : {}) },
      evidence: [
        world.see(`Tunnel ${tunnel.id} on this computer`, hostPort(tunnel.localAddress, tunnel.localPort), 'laptop'),
      ],
    };
  const kind = id.slice('tunnel/'.length) as TunnelFacts['kind'];
  const tcp = s.ports.filter((p) => p.protocol === 'TCP');
  const command =
    kind === 'port-forward'
      ? kubectl(world.snapshot, 'port-forward', `service/${s.name}`, ...tcp.map((p) => `${localPort(p)}:${p.port}`))
      : world.provider.tunnel?.kind === kind
        ? world.provider.tunnel.command
        : minikubeCommand(world.snapshot, kind);
  return {
    id,
    kind: 'tunnel',
    name: tunnelName(kind),
    address: '',
    status: 'skipped',
    note: 'not running',
    facts: { command },
    evidence: [
      world.see(
        'Tunnels on this computer',
        world.snapshot.tunnels.length === 0 ? 'none' : `none of kind ${kind}`,
        'laptop',
      ),
    ],
  };
}

function tunnelName(kind: TunnelFacts['kind']): string {
  return kind === 'port-forward'
    ? 'kubectl port-forward'
    : kind === 'minikube-service'
      ? 'minikube service'
      : 'minikube tunnel';
}
