/**
 * Can this computer send a packet to the nodes? Answered without sending one: from its own networks, the nodes' addresses
 * and what is known of the provider. `no` needs a reason; what cannot be told stays unknown.
 */
import { inNetwork, isLoopback, isPublic, networkOf, networksOf } from './addresses.ts';
import type { Evidence, Provider } from './path.ts';
import type { Snapshot } from './snapshot.ts';

/** The part of `Provider` that says whether the nodes can be reached. */
export interface Reach {
  readonly nodesReachable: Provider['nodesReachable'];
  readonly why: string;
  readonly evidence: readonly Evidence[];
}

/** Providers that keep their nodes in containers or in a VM on this computer, and the name of that place. */
const places: Partial<Record<Provider['name'], string>> = {
  kind: 'a network of the container engine',
  k3d: 'a network of the container engine',
  minikube: 'a network of the container engine or VM',
  'docker-desktop': "Docker Desktop's VM",
  'rancher-desktop': "Rancher Desktop's VM",
  colima: "Colima's VM",
};

/** These forward every NodePort of their VM to the localhost of this computer. */
const forwardsToLocalhost: readonly Provider['name'][] = ['docker-desktop', 'rancher-desktop', 'colima'];

/** Whether NodePorts of this cluster answer on this computer's localhost. */
export function publishesOnLocalhost(snapshot: Snapshot, name: Provider['name']): boolean {
  // Docker Desktop's kind mode names its nodes like kind and publishes load balancers only.
  const nodes = snapshot.nodes.known ? snapshot.nodes.items : [];
  const kindMode = name === 'docker-desktop' && nodes.some((n) => n.name.startsWith('desktop-'));
  return forwardsToLocalhost.includes(name) && !kindMode && isLoopback(serverHost(snapshot));
}

/** The host that the kubeconfig reaches the API server at. */
export function serverHost({ connection }: Snapshot): string {
  return /^https?:\/\/(\[[^\]]+\]|[^:/]+)/.exec(connection.server)?.[1]?.replace(/^\[|\]$/g, '') ?? '';
}

/** Whether this computer can send to one address, as far as its own networks and the provider tell. */
export function reachOf(snapshot: Snapshot, provider: Pick<Provider, 'name' | 'nodesReachable'>, address: string) {
  const { laptop, connection } = snapshot;
  if (connection.kubeconfig === undefined || isLoopback(address)) return 'yes';
  if (!connection.proxyUrl && serverHost(snapshot) === address) return 'yes';
  if (isPublic(address) || !/^[\d.]+$|:/.test(address)) return 'yes';
  const hasInterface = laptop.addresses.some((a) => inNetwork(address, a.cidr));
  // On macOS and Windows the engine lives in a VM: an own network with the same numbers is another network.
  const inVm = (laptop.platform === 'darwin' || laptop.platform === 'win32') && provider.name in places;
  if (hasInterface && !(inVm && provider.nodesReachable === 'no')) return 'yes';
  return provider.nodesReachable === 'no' ? 'no' : 'unknown';
}

/** Where the nodes are, seen from here. `inContainer`: minikube's node is a container. */
export function whereNodesAre(snapshot: Snapshot, name: Provider['name'], inContainer?: boolean): Reach {
  const { laptop, connection } = snapshot;
  const see = (vantage: Evidence['vantage'], source: string, value: string): Evidence => ({
    vantage,
    source,
    value,
  });
  if (connection.kubeconfig === undefined)
    return {
      nodesReachable: 'yes',
      why: 'Traffic Path itself runs inside the cluster.',
      evidence: [see('laptop', 'kubeconfig', 'none: the service account of the pod that we run in')],
    };
  if (!snapshot.nodes.known)
    return { nodesReachable: 'unknown', why: `The nodes could not be read: ${snapshot.nodes.why}.`, evidence: [] };
  const ips = snapshot.nodes.items.flatMap((n) =>
    n.addresses
      .filter((a) => a.type === 'InternalIP' || a.type === 'ExternalIP')
      .map((a) => ({ node: n.name, type: a.type, ip: a.address })),
  );
  const first = ips[0];
  if (!first) return { nodesReachable: 'unknown', why: 'No node has an address yet.', evidence: [] };
  const nodeAddress = see('objects', `Node ${first.node} status.addresses[${first.type}]`, first.ip);
  const networks = networksOf(laptop.addresses);
  const own = see('laptop', "This computer's network interfaces", networks.join(', ') || 'could not be read');
  const place = inContainer ? 'a network of the container engine' : places[name];
  const os = laptop.platform === 'darwin' ? 'macOS' : laptop.platform === 'win32' ? 'Windows' : '';

  if (publishesOnLocalhost(snapshot, name))
    return {
      nodesReachable: 'yes',
      why: `${place ?? name} forwards its NodePorts to localhost on this computer.`,
      evidence: [see('objects', 'kubeconfig cluster server', connection.server)],
    };
  const loop = ips.find((a) => isLoopback(a.ip));
  if (loop)
    return {
      nodesReachable: 'yes',
      why: `The node's address ${loop.ip} is a loopback address of this computer.`,
      evidence: [nodeAddress],
    };
  const apiNode = connection.proxyUrl ? undefined : ips.find((a) => a.ip === serverHost(snapshot));
  if (apiNode)
    return {
      nodesReachable: 'yes',
      why: `The API server was reached at ${apiNode.ip}, which is node ${apiNode.node}.`,
      evidence: [see('laptop', 'kubeconfig cluster server', connection.server)],
    };
  if (!(os && place && (inContainer || name === 'kind' || name === 'k3d')))
    for (const a of laptop.addresses) {
      const near = ips.find((n) => inNetwork(n.ip, a.cidr));
      if (near)
        return {
          nodesReachable: 'yes',
          why: `This computer's interface ${a.interface} is in ${networkOf(a.cidr)}, the network of node ${near.node} (${near.ip}).`,
          evidence: [see('laptop', `Interface ${a.interface} of this computer`, a.cidr), nodeAddress],
        };
    }
  const open = ips.find((a) => isPublic(a.ip));
  if (open)
    return {
      nodesReachable: 'yes',
      why: `Node ${open.node} has the public address ${open.ip}; whether a firewall lets its NodePorts through, only trying tells.`,
      evidence: [see('objects', `Node ${open.node} status.addresses[${open.type}]`, open.ip)],
    };
  if (place && laptop.addresses.length > 0) {
    const here = networks.length > 0 ? `This computer is in ${networks.slice(0, 3).join(' and ')}` : 'This computer';
    const published = isLoopback(serverHost(snapshot));
    return {
      nodesReachable: 'no',
      why: `${here}; the node's ${first.ip} lives in ${place}${os ? ` on ${os}` : ''}, and no interface of this computer is in that network.${
        published ? ` The API server is only reached at ${serverHost(snapshot)}, a port published from there.` : ''
      }`,
      evidence: [own, nodeAddress, see('laptop', 'kubeconfig cluster server', connection.server)],
    };
  }
  return {
    nodesReachable: 'unknown',
    why: `The node's ${first.ip} is in none of this computer's networks (${networks.join(', ') || 'not read'}); a router may know the way.`,
    evidence: [own, nodeAddress],
  };
}
