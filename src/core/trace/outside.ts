/** Ways in that a node takes from outside: NodePort, load balancer, externalIP. A client inside the cluster may use them too. */
import { familyOf, hostPort, inNetwork } from '../addresses.ts';
import { publishesOnLocalhost, reachOf } from '../reach.ts';
import type { NodeFacts, ServicePortFacts } from '../snapshot.ts';
import type { AtNode } from './endpoints.ts';
import { type Draft, draft, reached } from './entrance.ts';
import { wayBackByLoadBalancer, wayBackOutside } from './wayBack.ts';
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
 * externalTrafficPolicy. What the kube-proxy of the client's `own` node takes is not from outside: it keeps to all endpoints
 * even under `Local` (the KUBE-EXT chain: "pod traffic" and "local traffic" go to KUBE-SVC). To another node's address most
 * pod networks send with the address of the client's node, which is outside there.
 */
const external = (world: World, at: AtNode | undefined, own: boolean): Rule => ({
  by: own ? 'Cluster' : world.service.externalTrafficPolicy,
  policy: 'externalTrafficPolicy Local',
  at,
});

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
      const own = !isLaptop(world) && world.insideNode?.name === node.name;
      const tail = world.tail(port, family, external(world, at, own));
      const why = excluded(world, node, address);
      // A node that is not Ready may forward all the same: its rules are in its kernel.
      const ready = condition(node.conditions, 'Ready')?.status ?? 'True';
      const there = reach(world, address);
      const forwarded = address === 'localhost';
      const taken = {
        node: `node ${node.name}`,
        entered: forwarded ? `its own address with port ${nodePort}` : hostPort(address, nodePort),
        own,
      };
      drafts.push(
        draft(world, {
          kind: 'node-port',
          port,
          number: nodePort,
          address,
          url: urlOf(address, nodePort, port),
          client: side(world),
          status:
            why === undefined
              ? reached(ready !== 'True' && there === 'yes' ? 'unknown' : there, tail.status)
              : 'broken',
          ...(there === 'no'
            ? { stopsAt: `node/${node.name}` }
            : why === undefined
              ? {}
              : { stopsAt: `node-port/${nodePort}` }),
          front: [clientOf(world), `node/${node.name}`, `node-port/${nodePort}`, proxyHop(at), 'service'],
          tail,
          ...(why === undefined ? {} : { blocked: { to: `node-port/${nodePort}`, why } }),
          whySkips: 'It asks the node itself, past the load balancer.',
          wayBack: `${wayBackOutside(world, taken)}${forwarded ? ' What forwards localhost to the node carries the answer back as a connection of its own.' : ''}`,
        }),
      );
    }
  return drafts;
}

/** The nodes may not be read: the NodePort is there all the same, on each of them. */
function nodePortSomewhere(world: World, port: ServicePortFacts, nodePort: number): Draft {
  const tail = world.tail(port, world.service.ipFamilies[0] ?? 'IPv4', external(world, undefined, false));
  return draft(world, {
    kind: 'node-port',
    port,
    number: nodePort,
    address: '',
    url: urlOf('NODE', nodePort, port),
    client: side(world),
    status: reached(
      isLaptop(world) || world.service.externalTrafficPolicy === 'Local' ? 'unknown' : 'yes',
      tail.status,
    ),
    front: [clientOf(world), `node-port/${nodePort}`, 'kube-proxy', 'service'],
    tail,
    whySkips: 'It asks a node itself, past the load balancer.',
    wayBack: wayBackOutside(world, {
      node: 'the node',
      entered: `its own address with port ${nodePort}`,
      own: false,
    }),
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
      const direct = !isLaptop(world) && i.ipMode === 'VIP';
      const nodeFirst = service.externalTrafficPolicy === 'Local' && !direct && !at;
      const tail = world.tail(port, family, {
        by: 'Cluster',
        policy: '',
        at: direct ? world.insideNode : at,
        nodeFirst,
      });
      const status = pending ? 'broken' : reached(reach(world, address), tail.status);
      return draft(world, {
        kind: 'load-balancer',
        port,
        address,
        url: pending ? '' : urlOf(address, port.port, port),
        client: side(world),
        status,
        ...(!pending && reach(world, address) === 'no' ? { stopsAt: `load-balancer/${address}` } : {}),
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
        wayBack: pending ? '' : wayBackOf(world, port, address, { at, direct, viaNodePort }),
      });
    },
  );
}

/** A load balancer of ipMode VIP passes packets on as they are: the answer need not come back through it. */
function wayBackOf(
  world: World,
  port: ServicePortFacts,
  address: string,
  { at, direct, viaNodePort }: { at: AtNode | undefined; direct: boolean; viaNodePort: boolean },
): string {
  const named = (node: AtNode | undefined, otherwise: string) => (node ? `node ${node.name}` : otherwise);
  const entered = hostPort(address, port.port);
  if (direct) return wayBackOutside(world, { node: named(world.insideNode, "the client's node"), entered, own: true });
  const node = named(at, 'the node that the load balancer chose');
  return viaNodePort && port.nodePort !== undefined
    ? wayBackByLoadBalancer(world, node, port.nodePort)
    : `${wayBackOutside(world, { node, entered, own: false })} From there the answer goes to the client, past the load balancer or through it.`;
}

function externalIps(world: World, port: ServicePortFacts): Draft[] {
  return world.service.externalIPs.map((ip) => {
    const one = world.nodes.length === 1 ? world.nodes[0] : undefined;
    const own = !isLaptop(world);
    const at: AtNode | undefined = own
      ? world.insideNode
      : one && { name: one.name, ...(one.zone === undefined ? {} : { zone: one.zone }) };
    const tail = world.tail(port, familyOf(ip) ?? 'IPv4', external(world, at, own));
    return draft(world, {
      kind: 'external-ip',
      port,
      address: ip,
      url: urlOf(ip, port.port, port),
      client: side(world),
      status: reached(reach(world, ip), tail.status),
      ...(reach(world, ip) === 'no' ? { stopsAt: `external-ip/${ip}` } : {}),
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
      wayBack: wayBackOutside(world, {
        node: at ? `node ${at.name}` : own ? "the client's node" : 'the node that took the packet',
        entered: hostPort(ip, port.port),
        own,
      }),
    });
  });
}
