/** Words and icons of the picture: what each kind of hop is, for somebody who learns, and how a status is said. */
import type { HopKind, HopStatus, Verdict } from './path.ts';

/**
 * One line for each kind of hop. Sources: https://kubernetes.io/docs/reference/networking/virtual-ips/ and
 * https://kubernetes.io/docs/concepts/services-networking/service/.
 */
const meanings: Readonly<Record<HopKind, string>> = {
  client: 'Where the request starts. Which addresses it can use depends on the network it stands in.',
  tunnel: 'A program on this computer that listens here and carries each connection into the cluster.',
  dns: 'The cluster’s DNS answers the Service’s name with an address. It is asked before the request and carries none of it.',
  'load-balancer': 'An address outside the cluster, given by the cloud or a controller, that leads to the Service.',
  'external-ip': 'An address that somebody routes to a node; the node’s rules take it for the Service’s own.',
  node: 'A machine of the cluster. A request from outside enters through one, whether or not a pod runs there.',
  'node-port':
    'A port that every node answers for this Service. No process listens on it: rules on the node catch the packet.',
  'kube-proxy':
    'It writes rules into the node’s kernel and carries no packet itself. The rules choose one endpoint and rewrite the destination, once per connection.',
  service:
    'A stable name and a virtual address (ClusterIP). No machine owns the address: the rules on each node say where packets for it go.',
  endpoint: 'An address and port that the Service sends connections to, listed in an EndpointSlice.',
  pod: 'It has an address of its own (Pod IP). Connections for the Service arrive here, at the targetPort, no longer at the Service’s port.',
  container: 'The process that answers. It shares the pod’s address; one container listens on the targetPort.',
};

/** A codicon for each kind of hop. */
export const icons: Readonly<Record<HopKind, string>> = {
  client: 'browser',
  tunnel: 'plug',
  dns: 'book',
  'load-balancer': 'globe',
  'external-ip': 'globe',
  node: 'server',
  'node-port': 'radio-tower',
  'kube-proxy': 'git-merge',
  service: 'symbol-interface',
  endpoint: 'target',
  pod: 'package',
  container: 'terminal',
};

/** How a person names the kind of a hop. */
const kindNames: Readonly<Record<HopKind, string>> = {
  client: 'Client',
  tunnel: 'Tunnel',
  dns: 'Cluster DNS',
  'load-balancer': 'LoadBalancer',
  'external-ip': 'External IP',
  node: 'Node',
  'node-port': 'NodePort',
  'kube-proxy': 'kube-proxy',
  service: 'Service',
  endpoint: 'Endpoint',
  pod: 'Pod',
  container: 'Container',
};

/** The list of endpoints is a hop of kind `endpoint` that has a name and a meaning of its own. */
export const kindNameOf = (node: { readonly kind: HopKind; readonly hop: string; readonly folds?: number }): string =>
  node.folds ? 'Pods' : node.hop === 'endpoints' ? 'EndpointSlice' : kindNames[node.kind];

/** One line for the hop `endpoints`, https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/. */
export const meaningOf = (kind: HopKind, hop: string): string =>
  hop === 'endpoints'
    ? 'The list of addresses behind the Service, and which of them are ready. kube-proxy makes its rules from it; no packet passes here.'
    : meanings[kind];

/** Shape and word of a status: colour is never the only sign. */
export const statuses: Readonly<Record<HopStatus, { readonly icon: string; readonly word: string }>> = {
  ok: { icon: 'pass-filled', word: 'ok' },
  warning: { icon: 'warning', word: 'warning' },
  error: { icon: 'error', word: 'error' },
  unknown: { icon: 'question', word: 'unknown' },
  skipped: { icon: 'debug-step-over', word: 'skipped' },
};

/** Shape and word of what a way comes to. */
export const verdicts: Readonly<Record<Verdict, { readonly icon: string; readonly word: string }>> = {
  works: { icon: 'pass-filled', word: 'works' },
  degraded: { icon: 'warning', word: 'degraded' },
  broken: { icon: 'error', word: 'broken' },
  unknown: { icon: 'question', word: 'unknown' },
};
