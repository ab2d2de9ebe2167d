/**
 * Which distribution runs the cluster. Each sign is a fact that names it: a label, a providerID, a name, a URL. The first
 * provider with a sign wins; all its signs are the evidence. Special ones stand before what they are built on (k3d, Rancher
 * Desktop and Colima all run k3s).
 */

import { shellWord } from './kubectl.ts';
import type { Evidence, Provider } from './path.ts';
import { whereNodesAre } from './reach.ts';
import type { NodeFacts, Snapshot } from './snapshot.ts';

type Name = Provider['name'];

/** What may give a provider away; a missing matcher means nothing of the kind does. */
interface Signs {
  readonly label?: RegExp;
  readonly providerID?: RegExp;
  readonly nodeName?: RegExp;
  readonly osImage?: RegExp;
  readonly kubelet?: RegExp;
  readonly extension?: RegExp;
  readonly context?: RegExp;
  readonly server?: RegExp;
}

const signs: readonly (readonly [Name, Signs])[] = [
  ['minikube', { label: /^minikube\.k8s\.io\/name$/, extension: /minikube\.sigs\.k8s\.io/, context: /^minikube$/ }],
  ['docker-desktop', { nodeName: /^(docker-desktop|desktop-(control-plane|worker\d*))$/, context: /^docker-desktop$/ }],
  ['kind', { providerID: /^kind:\/\//, context: /^kind-/ }],
  ['k3d', { nodeName: /^k3d-.+-(server|agent)-\d+$/, context: /^k3d-/ }],
  ['rancher-desktop', { nodeName: /rancher-desktop/, osImage: /Rancher Desktop/, context: /^rancher-desktop$/ }],
  ['colima', { nodeName: /^colima(-.+)?$/, context: /^colima(-.+)?$/ }],
  ['microk8s', { label: /^microk8s\.io\/cluster$/, context: /^microk8s$/ }],
  [
    'openshift',
    { label: /^node\.openshift\.io\/os_id$/, osImage: /CoreOS.*OpenShift|OpenShift/, server: /\.openshiftapps\.com/ },
  ],
  [
    'eks',
    {
      label: /^eks\.amazonaws\.com\/|^alpha\.eksctl\.io\//,
      kubelet: /-eks-/,
      server: /\.eks\.amazonaws\.com/,
      context: /^arn:aws[^:]*:eks:/,
    },
  ],
  ['gke', { label: /^cloud\.google\.com\/gke-/, kubelet: /-gke\./, context: /^gke_/ }],
  ['aks', { label: /^kubernetes\.azure\.com\//, nodeName: /^aks-/, server: /\.azmk8s\.io/ }],
  ['k3s', { label: /^k3s\.io\//, kubelet: /\+k3s/, providerID: /^k3s:\/\//, osImage: /^K3s / }],
];

/** The provider, its evidence, and what it means for reaching nodes from this computer. */
export function providerOf(snapshot: Snapshot): Provider {
  const { connection } = snapshot;
  const nodes = snapshot.nodes.known ? snapshot.nodes.items : [];
  const see = (source: string, value: string): Evidence => ({ vantage: 'objects', source, value });
  let name: Name = 'other';
  let evidence: Evidence[] = [];
  for (const [candidate, s] of signs) {
    evidence = [
      ...nodes.flatMap((n) => nodeSigns(n, s, see)),
      ...connection.extensions
        .filter((e) => s.extension?.test(e))
        .map((e) => see(`kubeconfig context ${connection.context} extensions`, e)),
      ...(s.context?.test(connection.context) ? [see('kubeconfig context', connection.context)] : []),
      ...(s.server?.test(connection.server) ? [see('kubeconfig cluster server', connection.server)] : []),
    ].slice(0, 4);
    if (evidence.length > 0) {
      name = candidate;
      break;
    }
  }
  if (evidence.length === 0)
    evidence = [
      snapshot.nodes.known
        ? see('Nodes', nodes.length === 0 ? 'none' : 'no label, providerID or name of a distribution we know')
        : see('Nodes', snapshot.nodes.why),
    ];
  const driver = name === 'minikube' ? minikubeDriver(snapshot, nodes, see) : undefined;
  if (driver) evidence = [...evidence, driver.evidence];
  const reach = whereNodesAre(snapshot, name, driver?.inContainer);
  const tunnel = tunnelOf(snapshot, name, reach.nodesReachable);
  return {
    name,
    ...(driver?.name ? { driver: driver.name } : {}),
    evidence: [...evidence, ...reach.evidence],
    nodesReachable: reach.nodesReachable,
    why: reach.why,
    ...(tunnel ? { tunnel } : {}),
  };
}

function nodeSigns(n: NodeFacts, s: Signs, see: (source: string, value: string) => Evidence): Evidence[] {
  const label = s.label && Object.keys(n.labels).find((l) => s.label?.test(l));
  const field = (test: RegExp | undefined, path: string, value: string | undefined) =>
    value !== undefined && test?.test(value) ? [see(`Node ${n.name} ${path}`, value)] : [];
  return [
    ...(label === undefined ? [] : [see(`Node ${n.name} metadata.labels[${label}]`, n.labels[label] ?? '')]),
    ...field(s.providerID, 'spec.providerID', n.providerID),
    ...field(s.nodeName, 'metadata.name', n.name),
    ...field(s.osImage, 'status.nodeInfo.osImage', n.osImage),
    ...field(s.kubelet, 'status.nodeInfo.kubeletVersion', n.kubeletVersion),
  ];
}

interface Driver {
  readonly name?: string;
  /** The node is a container of a Docker or Podman engine. */
  readonly inContainer: boolean;
  readonly evidence: Evidence;
}

/**
 * minikube's driver: from its profile file, else from the node's system. Its container image (kicbase) is Debian or
 * Ubuntu, its VM image is Buildroot; the two default networks tell the common VM drivers apart.
 */
function minikubeDriver(
  { connection }: Snapshot,
  nodes: readonly NodeFacts[],
  see: (source: string, value: string) => Evidence,
): Driver | undefined {
  const profile = connection.minikube;
  if (profile)
    return {
      name: profile.driver,
      inContainer: profile.driver === 'docker' || profile.driver === 'podman',
      evidence: see(`minikube profile ${profile.profile} (${profile.file}) Driver`, profile.driver),
    };
  const node = nodes[0];
  if (!node?.osImage) return undefined;
  const evidence = see(`Node ${node.name} status.nodeInfo.osImage`, node.osImage);
  if (!/Buildroot/.test(node.osImage)) {
    const ours = node.addresses.some((a) => a.address.startsWith('192.168.49.'));
    return { ...(ours ? { name: 'docker' } : {}), inContainer: ours, evidence };
  }
  const ip = node.addresses.find((a) => a.type === 'InternalIP')?.address ?? '';
  const name = ip.startsWith('192.168.39.') ? 'kvm2' : ip.startsWith('192.168.59.') ? 'virtualbox' : undefined;
  return { ...(name ? { name } : {}), inContainer: false, evidence };
}

/** The provider's own way in, where it has one. Others have kubectl port-forward, which is an entrance of its own. */
function tunnelOf(snapshot: Snapshot, name: Name, reachable: Provider['nodesReachable']): Provider['tunnel'] {
  if (name !== 'minikube' || reachable === 'yes') return undefined;
  const type = snapshot.service.known ? snapshot.service.items[0]?.type : undefined;
  const kind = type === 'LoadBalancer' ? 'minikube-tunnel' : 'minikube-service';
  return { kind, command: minikubeCommand(snapshot, kind) };
}

/** What opens minikube's tunnel of that kind to the Service, for the profile that the cluster is. */
export function minikubeCommand(snapshot: Snapshot, kind: 'minikube-service' | 'minikube-tunnel'): string {
  const label = snapshot.nodes.known ? snapshot.nodes.items[0]?.labels['minikube.k8s.io/name'] : undefined;
  const profile = snapshot.connection.minikube?.profile ?? label ?? snapshot.connection.context;
  const act = kind === 'minikube-tunnel' ? ['tunnel'] : ['service', snapshot.name, '-n', snapshot.namespace, '--url'];
  return ['minikube', ...act, ...(profile === 'minikube' ? [] : ['-p', profile])].map(shellWord).join(' ');
}
