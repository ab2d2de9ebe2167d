/** Lanes: the places that boxes stand in, nested as they are in the world, named with their networks. */
import { inNetwork, networkOf } from './addresses.ts';
import { type Box, isBack } from './boxes.ts';
import type { Lane } from './diagram.ts';
import type { Diagnosis, Provider } from './path.ts';
import type { NodeFacts } from './snapshot.ts';

/** The lane of each box (by box id), and the lanes in use, parents before children. */
export function lanesOf(diagnosis: Diagnosis, boxes: readonly Box[]): { lanes: Lane[]; laneOf: Map<string, string> } {
  const { path } = diagnosis;
  const nodes = path.snapshot.nodes.known ? path.snapshot.nodes.items : [];
  const lanes = new Map<string, Lane>();
  const laneOf = new Map<string, string>();
  const lane = (id: string, title: string, parent?: string): string => {
    if (!lanes.has(id)) lanes.set(id, { id, title, ...(parent === undefined ? {} : { parent }) });
    return id;
  };
  const world = () => lane('cluster', clusterTitle(diagnosis, nodes));
  /** Nodes that a request passes before it comes to a pod: only these hold more than pods. */
  const entered = new Set(
    boxes
      .filter((b) => !isBack(b) && b.kind !== 'service')
      .map(nodeOf)
      .filter(Boolean),
  );
  const nodeLane = (name: string) => lane(`node/${name}`, nodeTitle(name, nodes), world());
  /**
   * Pods of one node stand inside it. Pods of several stand below: a lane as tall as the whole way would push the
   * lines to the other nodes aside, across their boxes.
   */
  const spread = new Set(boxes.filter(isBack).map(nodeOf).filter(Boolean)).size > 1;
  const podLane = (name: string) => {
    const cidr = nodes.find((n) => n.name === name)?.podCIDRs[0];
    const network = cidr ? ` · ${cidr}` : '';
    if (spread) return lane(`pods/${name}`, `Pods on ${name}${network}`, world());
    return entered.has(name)
      ? lane(`pods/${name}`, `Pod network${network}`, nodeLane(name))
      : lane(`pods/${name}`, `Pods on ${name}${network}`, world());
  };
  /** Where the way enters the cluster: rules and virtual addresses are those of this node. */
  const entry =
    boxes
      .filter((b) => b.kind === 'kube-proxy')
      .map(nodeOf)
      .find(Boolean) ??
    boxes
      .filter((b) => b.kind === 'node')
      .map(nodeOf)
      .find(Boolean);

  const place = (box: Box): string => {
    const node = nodeOf(box);
    if (box.hop === 'client' || box.kind === 'tunnel') return lane('laptop', 'Your computer');
    if (box.kind === 'load-balancer' || box.kind === 'external-ip') return lane('front', 'In front of the cluster');
    if (box.kind === 'service' || box.hop === 'endpoints') {
      const parent = entry ? nodeLane(entry) : world();
      return lane('services', 'Cluster network', parent);
    }
    if (box.kind === 'endpoint' && !node) return lane('elsewhere', 'Outside the pod network', undefined);
    if (box.fold && !node && box.title.includes(' ready')) {
      return new Set(box.fold.members.map((m) => m.node)).size > 1
        ? lane('pods', 'Pod network · many nodes', world())
        : lane('nowhere', 'On no node yet', world());
    }
    if (isBack(box)) return node ? podLane(node) : lane('nowhere', 'On no node yet', world());
    const on = node ?? (box.kind === 'node-port' || box.kind === 'kube-proxy' ? entry : undefined);
    return on ? nodeLane(on) : world();
  };

  for (const box of boxes) {
    const outer = box.within ? laneOf.get(box.within) : place(box);
    if (box.fold?.open) laneOf.set(box.id, lane(`unfold/${box.id}`, `${box.title} · unfolded`, outer ?? world()));
    else laneOf.set(box.id, outer ?? world());
  }
  return { lanes: parentsFirst([...lanes.values()]), laneOf };
}

/** The node that a box is on; a node's own box is on itself. */
function nodeOf(box: Box): string | undefined {
  if (box.node) return box.node;
  return box.kind === 'node' || box.hop.startsWith('client/node/')
    ? box.hop.replace(/^(client\/)?node\//, '')
    : undefined;
}

function parentsFirst(lanes: Lane[]): Lane[] {
  const depth = (l: Lane): number => {
    const parent = lanes.find((p) => p.id === l.parent);
    return parent ? depth(parent) + 1 : 0;
  };
  return lanes.toSorted((a, b) => depth(a) - depth(b));
}

const internalIp = (node: NodeFacts) => node.addresses.find((a) => a.type === 'InternalIP')?.address;

function nodeTitle(name: string, nodes: readonly NodeFacts[]): string {
  const node = nodes.find((n) => n.name === name);
  const address = node && internalIp(node);
  return address ? `Node ${name} · ${address}` : `Node ${name}`;
}

const networks: Readonly<Record<Provider['name'], string>> = {
  minikube: 'Container network of minikube',
  kind: 'Container network of kind',
  k3d: 'Container network of k3d',
  k3s: 'Network of the k3s cluster',
  'docker-desktop': 'Docker Desktop’s virtual machine',
  'rancher-desktop': 'Rancher Desktop’s virtual machine',
  colima: 'Colima’s virtual machine',
  microk8s: 'Network of the MicroK8s cluster',
  eks: 'VPC of the EKS cluster',
  gke: 'VPC of the GKE cluster',
  aks: 'Virtual network of the AKS cluster',
  openshift: 'Network of the OpenShift cluster',
  other: 'Network of the cluster',
};

function clusterTitle({ path }: Diagnosis, nodes: readonly NodeFacts[]): string {
  const { name, driver } = path.provider;
  const contained = driver === undefined || driver === 'docker' || driver === 'podman';
  const title = name === 'minikube' && !contained ? `Virtual machine of minikube (${driver})` : networks[name];
  const address = nodes.map(internalIp).find((a) => a !== undefined);
  const shared = address && path.snapshot.laptop.addresses.find((a) => inNetwork(address, a.cidr));
  if (shared) return `${title} · ${networkOf(shared.cidr)}`;
  // minikube makes its container network a /24 (pkg/drivers/kic/oci/network_create.go).
  const own = name === 'minikube' && contained ? address?.replace(/\.\d+$/, '.0/24') : undefined;
  return own ? `${title} · ${own}` : title;
}
