/** Ways in for a client inside the cluster: the DNS name, the ClusterIP, a pod's own address, the alias of an ExternalName. */
import { familyOf, hostPort } from '../addresses.ts';
import type { ServicePortFacts } from '../snapshot.ts';
import { type Draft, draft } from './entrance.ts';
import { undoer } from './wayBack.ts';
import { portLabel, urlOf } from './words.ts';
import { familiesOf, proxyHop, type Rule, type World } from './world.ts';

/** A direct pod address is one pod: more entrances than this help nobody. */
const mostPodAddresses = 8;

/** The entrances of one port. */
export function insideEntrances(world: World, port: ServicePortFacts | undefined): Draft[] {
  if (world.service.type === 'ExternalName') return [externalName(world, port)];
  const onNode = world.from.kind === 'node';
  if (world.headless) return [...(onNode ? [] : [headlessDns(world, port)]), ...podIps(world, port)];
  if (!port) return [];
  // A node resolves by its own resolv.conf, which does not know the cluster's names.
  return [...clusterIps(world, port), ...(onNode ? [] : dns(world, port)), ...podIps(world, port)];
}

const dnsName = ({ service, snapshot }: World) => `${service.name}.${service.namespace}.svc.${snapshot.dns.domain}`;

const whyNotNodePort =
  "A client inside the cluster asks the Service's own address; NodePorts and load balancers are doors for clients outside.";

const internal = (world: World): Rule => ({
  by: world.service.internalTrafficPolicy,
  policy: 'internalTrafficPolicy Local',
  at: world.insideNode,
});

/** conntrack undoes on the client's node what kube-proxy did there: https://kubernetes.io/docs/tutorials/services/source-ip/ */
function wayBack(world: World, clusterIP: string, port: ServicePortFacts): string {
  const where = world.insideNode ? `node ${world.insideNode.name}` : "the client's node";
  const who =
    world.from.kind === 'node'
      ? `The pod answers to the node (a node's own request to a ClusterIP is sent from the node's address)`
      : "The pod answers straight to the client pod's address";
  const undo = undoer(world);
  return `${who}; on ${where}, ${undo.who} puts ${hostPort(clusterIP, port.port)} back in place of the pod's address${undo.named('un-DNAT')}, so the client never sees which pod answered.`;
}

function clusterIps(world: World, port: ServicePortFacts): Draft[] {
  return world.service.clusterIPs.map((ip) => {
    const tail = world.tail(port, familyOf(ip) ?? 'IPv4', internal(world));
    return draft(world, {
      kind: 'cluster-ip',
      port,
      address: ip,
      url: urlOf(ip, port.port, port),
      client: 'cluster',
      status: tail.status,
      front: [world.inside, proxyHop(world.insideNode), 'service'],
      tail,
      whySkips: whyNotNodePort,
      wayBack: wayBack(world, ip, port),
    });
  });
}

function dns(world: World, port: ServicePortFacts): Draft[] {
  const ip = world.service.clusterIPs[0];
  if (ip === undefined) return [];
  const tail = world.tail(port, familyOf(ip) ?? 'IPv4', internal(world));
  return [
    draft(world, {
      kind: 'dns',
      port,
      address: dnsName(world),
      url: urlOf(dnsName(world), port.port, port),
      client: 'cluster',
      status: dnsIsDown(world) ? 'broken' : tail.status,
      front: [world.inside, 'dns', proxyHop(world.insideNode), 'service'],
      tail,
      whySkips: whyNotNodePort,
      wayBack: wayBack(world, ip, port),
    }),
  ];
}

/** A headless Service is DNS alone: the client gets the pods' addresses and must know the targetPort itself. */
function headlessDns(world: World, port: ServicePortFacts | undefined): Draft {
  const family = familiesOf(world)[0] ?? 'IPv4';
  const tail = world.tail(port, family, { by: 'dns' });
  const number = tail.chosen.chosen[0]?.port ?? port?.port;
  return draft(world, {
    kind: 'dns',
    port,
    address: dnsName(world),
    url: port && number !== undefined ? urlOf(dnsName(world), number, port) : dnsName(world),
    client: 'cluster',
    status: dnsIsDown(world) ? 'broken' : tail.status,
    front: [world.inside, 'dns', 'service'],
    tail,
    whySkips: whyNotNodePort,
    wayBack: 'The pod answers straight to the client: no address was rewritten on the way.',
  });
}

function podIps(world: World, port: ServicePortFacts | undefined): Draft[] {
  const drafts: Draft[] = [];
  for (const family of familiesOf(world)) {
    const all = world.backends(port, family);
    const some = (ready: boolean) =>
      all.filter((b) => b.endpoint.ready === ready && b.endpoint.target?.kind === 'Pod').slice(0, mostPodAddresses);
    for (const b of [...some(true), ...some(false)].slice(0, mostPodAddresses)) {
      drafts.push(
        draft(world, {
          kind: 'pod-ip',
          port,
          address: b.address,
          url: port && b.port !== undefined ? urlOf(b.address, b.port, port) : b.address,
          client: 'cluster',
          // A pod that is not ready may answer all the same: only trying tells.
          status: b.endpoint.ready ? 'works' : 'unknown',
          front: [world.inside],
          tail: b.inside ? { hops: [b.hop, b.inside.to], links: [b.inside] } : { hops: [b.hop], links: [] },
          whySkips:
            'It asks one pod at its own address: nothing chooses and nothing is rewritten, whether or not the pod is ready.',
          wayBack: 'The pod answers straight to the client: no address was rewritten on the way.',
        }),
      );
    }
  }
  return drafts;
}

function externalName(world: World, port: ServicePortFacts | undefined): Draft {
  const host = world.service.externalName ?? '';
  return draft(world, {
    kind: 'external-name',
    port,
    address: dnsName(world),
    url: port ? urlOf(dnsName(world), port.port, port) : dnsName(world),
    client: 'cluster',
    status: host === '' || dnsIsDown(world) ? 'broken' : 'unknown',
    front: [world.inside, 'dns', 'service', `endpoint/${host}`],
    tail: { hops: [], links: [] },
    whySkips: '',
    wayBack: `${host} answers straight to the client${port ? ` from its own port ${portLabel(port)}` : ''}: the cluster only gave it the name.`,
  });
}

/** Only when it is known that no endpoint of the cluster's DNS is ready. */
function dnsIsDown({ snapshot: { dns: d } }: World): boolean {
  return (
    d.service.known &&
    d.service.items.length > 0 &&
    d.slices.known &&
    !d.slices.items.some((s) => s.endpoints.some((e) => e.ready))
  );
}
