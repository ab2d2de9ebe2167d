/** Ways in that a node takes from outside: NodePort, load balancer, externalIP. A client inside the cluster may use them too. */
import { familyOf, hostPort, inNetwork } from '../addresses.ts';
import { publishesOnLocalhost, reachOf } from '../reach.ts';
import type { NodeFacts, ServicePortFacts } from '../snapshot.ts';
import type { AtNode } from './endpoints.ts';
import { type Draft, draft, reached } from './entrance.ts';
import { condition, urlOf } from './words.ts';
import { type Family, proxyHop, type Rule, type World } from './world.ts';

/** Every node takes every NodePort; a picture of more nodes than this shows less, not more. */
const mostNodes = 8;

const isLaptop = (world: World) => world.from.kind === 'laptop';
const clientOf = (world: World) => (isLaptop(world) ? 'client' : world.inside);
const side = (world: World) => (isLaptop(world) ? 'laptop' : 'cluster');
const reach = (world: World, address: string) =>
  isLaptop(world) ? reachOf(world.snapshot, world.provider, address) : 'yes';

/**
 * externalTrafficPolicy. Pods and nodes are not outside: for them kube-proxy keeps to all endpoints even under `Local`
 * (the KUBE-EXT chain: "pod traffic" and "local traffic" go to KUBE-SVC).
 */
const external = (world: World, at: AtNode | undefined): Rule => ({
  by: isLaptop(world) ? world.service.externalTrafficPolicy : 'Cluster',
  policy: 'externalTrafficPolicy Local',
  at,
});

function wayBack(world: World, node: string, entered: string): string {
  const local = isLaptop(world) && world.service.externalTrafficPolicy === 'Local';
  return local
    ? `The pod sees the client's own address and answers to it (externalTrafficPolicy Local: no SNAT); on ${node}, conntrack puts ${entered} back in place of the pod's address (un-DNAT).`
    : `The pod answers to ${node}, which had put its own address in place of the client's (SNAT, externalTrafficPolicy ${world.service.externalTrafficPolicy}); its conntrack puts the client's address and ${entered} back (un-SNAT, un-DNAT).`;
}

/** The entrances of one port. */
export function outsideEntrances(world: World, port: ServicePortFacts | undefined): Draft[] {
  if (!port || world.service.type === 'ExternalName' || world.headless) return [];
  return [...loadBalancers(world, port), ...nodePorts(world, port), ...externalIps(world, port)];
}

function nodePorts(world: World, port: ServicePortFacts): Draft[] {
  const { nodePort } = port;
  if (nodePort === undefined) return [];
  if (!world.snapshot.nodes.known || world.nodes.length === 0) return [nodePortSomewhere(world, port, nodePort)];
  const drafts: Draft[] = [];
  for (const node of nodesFor(world, port))
    for (const address of nodeAddresses(world, node)) {
      const at: AtNode = { name: node.name, ...(node.zone === undefined ? {} : { zone: node.zone }) };
      const family: Family = familyOf(address) ?? world.service.ipFamilies[0] ?? 'IPv4';
      if (world.service.ipFamilies.length > 0 && !world.service.ipFamilies.includes(family)) continue;
      const tail = world.tail(port, family, external(world, at));
      const why = excluded(world, node, address);
      const down = condition(node.conditions, 'Ready')?.status === 'False';
      drafts.push(
        draft(world, {
          kind: 'node-port',
          port,
          number: nodePort,
          address,
          url: urlOf(address, nodePort, port),
          client: side(world),
          status: why !== undefined || down ? 'broken' : reached(reach(world, address), tail.status),
          front: [clientOf(world), `node/${node.name}`, `node-port/${nodePort}`, proxyHop(at), 'service'],
          tail,
          ...(why === undefined ? {} : { blocked: { to: `node-port/${nodePort}`, why } }),
          whySkips: 'It asks the node itself, past the load balancer.',
          wayBack: wayBack(world, `node ${node.name}`, hostPort(address, nodePort)),
        }),
      );
    }
  return drafts;
}

/** The nodes may not be read: the NodePort is there all the same, on each of them. */
function nodePortSomewhere(world: World, port: ServicePortFacts, nodePort: number): Draft {
  const tail = world.tail(port, world.service.ipFamilies[0] ?? 'IPv4', external(world, undefined));
  return draft(world, {
    kind: 'node-port',
    port,
    number: nodePort,
    address: '',
    url: urlOf('NODE', nodePort, port),
    client: side(world),
    status: reached(isLaptop(world) ? 'unknown' : 'yes', tail.status),
    front: [clientOf(world), `node-port/${nodePort}`, 'kube-proxy', 'service'],
    tail,
    whySkips: 'It asks a node itself, past the load balancer.',
    wayBack: wayBack(world, 'the node', `its own address with port ${nodePort}`),
  });
}

function nodesFor(world: World, port: ServicePortFacts): NodeFacts[] {
  if (world.nodes.length <= mostNodes) return [...world.nodes];
  const holding = new Set<string | undefined>();
  for (const family of ['IPv4', 'IPv6'] as const)
    for (const b of world.backends(port, family)) if (b.endpoint.ready) holding.add(b.endpoint.nodeName);
  return [...world.nodes.filter((n) => holding.has(n.name)), ...world.nodes.filter((n) => !holding.has(n.name))].slice(
    0,
    mostNodes,
  );
}

function nodeAddresses(world: World, node: NodeFacts): string[] {
  if (isLaptop(world) && publishesOnLocalhost(world.snapshot, world.provider.name)) return ['localhost'];
  const ips = node.addresses.filter((a) => a.type === 'InternalIP' || a.type === 'ExternalIP').map((a) => a.address);
  return [...new Set(ips)];
}

/** KubeProxyConfiguration.nodePortAddresses: networks in which NodePorts are taken; `primary`: the node's InternalIP. */
function excluded(world: World, node: NodeFacts, address: string): string | undefined {
  const { config } = world.snapshot.kubeProxy;
  const only = config.known ? (config.items[0]?.nodePortAddresses ?? []) : [];
  if (only.length === 0 || familyOf(address) === undefined) return undefined;
  const taken = only.some((cidr) =>
    cidr === 'primary'
      ? node.addresses.some((a) => a.type === 'InternalIP' && a.address === address)
      : inNetwork(address, cidr),
  );
  return taken ? undefined : `kube-proxy's nodePortAddresses (${only.join(', ')}) leave ${address} out`;
}

function loadBalancers(world: World, port: ServicePortFacts): Draft[] {
  const { service } = world;
  if (service.type !== 'LoadBalancer') return [];
  const one = world.nodes.length === 1 ? world.nodes[0] : undefined;
  const at: AtNode | undefined = one && { name: one.name, ...(one.zone === undefined ? {} : { zone: one.zone }) };
  const pending = service.loadBalancerIngress.length === 0;
  return (pending ? [{}] : service.loadBalancerIngress).map(
    (i: { ip?: string; hostname?: string; ipMode?: string }) => {
      const address = i.ip ?? i.hostname ?? '';
      // A load balancer that is only a name, or that ends the connection (Proxy), comes back to a NodePort.
      const viaNodePort = port.nodePort !== undefined && (i.ip === undefined || i.ipMode === 'Proxy');
      const family: Family = familyOf(address) ?? service.ipFamilies[0] ?? 'IPv4';
      // Its health checks keep it to nodes with local endpoints, so that `Local` breaks nothing here.
      const tail = world.tail(port, family, { by: 'Cluster', policy: '', at });
      const direct = !isLaptop(world) && i.ipMode === 'VIP';
      const status = pending ? 'broken' : reached(reach(world, address), tail.status);
      return draft(world, {
        kind: 'load-balancer',
        port,
        address,
        url: pending ? '' : urlOf(address, port.port, port),
        client: side(world),
        status,
        front: [
          clientOf(world),
          `load-balancer/${address || 'pending'}`,
          ...(at && !direct ? [`node/${at.name}`] : []),
          ...(viaNodePort && !direct ? [`node-port/${port.nodePort}`] : []),
          proxyHop(direct ? world.insideNode : at),
          'service',
        ],
        tail,
        whySkips: direct
          ? "kube-proxy on the client's own node takes the load balancer's address for its own: the packet never leaves for the load balancer."
          : "kube-proxy takes the load balancer's address itself (ipMode VIP): the NodePort need not be used.",
        wayBack: pending
          ? ''
          : `${wayBack(world, at ? `node ${at.name}` : 'the node that the load balancer chose', hostPort(address, port.port))} The load balancer hands the answer to the client.`,
      });
    },
  );
}

function externalIps(world: World, port: ServicePortFacts): Draft[] {
  return world.service.externalIPs.map((ip) => {
    const one = world.nodes.length === 1 ? world.nodes[0] : undefined;
    const at: AtNode | undefined = isLaptop(world) ? one && { name: one.name } : world.insideNode;
    const tail = world.tail(port, familyOf(ip) ?? 'IPv4', external(world, at));
    return draft(world, {
      kind: 'external-ip',
      port,
      address: ip,
      url: urlOf(ip, port.port, port),
      client: side(world),
      status: reached(reach(world, ip), tail.status),
      front: [
        clientOf(world),
        `external-ip/${ip}`,
        ...(isLaptop(world) && at ? [`node/${at.name}`] : []),
        proxyHop(at),
        'service',
      ],
      tail,
      whySkips:
        'kube-proxy on each node takes the external address itself: neither a NodePort nor a load balancer is on this way.',
      wayBack: wayBack(world, at ? `node ${at.name}` : 'the node that took the packet', hostPort(ip, port.port)),
    });
  });
}
