/**
 * The way back of what enters through a node: who rewrote the addresses of the request, and puts them back.
 * https://kubernetes.io/docs/tutorials/services/source-ip/; the cases are those of the KUBE-EXT chain in
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/iptables/proxier.go
 */
import { kubeProxyUnseen } from './kubeProxy.ts';
import type { World } from './world.ts';

/** Where a request was taken by kube-proxy. */
export interface Taken {
  /** `node minikube`, `the node`. */
  readonly node: string;
  /** The address that the client asked, as far as the node sees it: `192.168.49.2:30080`. */
  readonly entered: string;
  /** The client stands on this node: its kube-proxy takes the packet before it leaves. */
  readonly own: boolean;
}

/** Who undoes what was done to a packet's addresses, and by which name that goes; the name is netfilter's alone. */
export const undoer = (world: World): { who: string; named(how: string): string } =>
  kubeProxyUnseen(world)
    ? { who: 'whatever stands in for kube-proxy (none is seen)', named: () => '' }
    : { who: 'conntrack', named: (how) => ` (${how})` };

/** From a NodePort, an externalIP or a load balancer's address that a node takes for its own. */
export function wayBackOutside(world: World, { node, entered, own }: Taken): string {
  const policy = world.service.externalTrafficPolicy;
  const { who, named } = undoer(world);
  const undo = `on ${node}, ${who} puts ${entered} back in place of the pod's address${named('un-DNAT')}`;
  // Pods are not outside: under `Local` nothing is put in place of their address. A node's own packets are.
  if (policy === 'Local' && own && world.from.kind !== 'node')
    return `The pod answers straight to the client pod's address (no SNAT: for pods of the node itself externalTrafficPolicy Local does not count); ${undo}.`;
  if (policy === 'Local' && !own) {
    const sees =
      world.from.kind === 'laptop'
        ? "the client's own address"
        : 'the address that the packet came with (most pod networks put that of the client’s node there)';
    return `The pod sees ${sees} and answers to it (externalTrafficPolicy Local: no SNAT); ${undo}.`;
  }
  return `The pod answers to ${node}, ${which(world)} its own address in place of the client's (SNAT, externalTrafficPolicy ${policy}); there ${who} puts the client's address and ${entered} back${named('un-SNAT, un-DNAT')}.`;
}

/** From a load balancer that asks the NodePort: it ends the connection (ipMode Proxy), or is only known by a name. */
export function wayBackByLoadBalancer(world: World, node: string, nodePort: number): string {
  const { who, named } = undoer(world);
  const undo = `puts the node's own address with port ${nodePort} back`;
  return world.service.externalTrafficPolicy === 'Local'
    ? `The pod answers to whoever sent the packet to ${node}, which is the load balancer unless that keeps the client's address (externalTrafficPolicy Local: no SNAT); on ${node}, ${who} ${undo}${named('un-DNAT')}. A load balancer that ended the connection hands the answer to the client.`
    : `The pod answers to ${node}, ${which(world)} its own address in place of the sender's (SNAT, externalTrafficPolicy Cluster); there ${who} ${undo} and answers the sender${named('un-SNAT, un-DNAT')}: the load balancer, which hands the answer to the client.`;
}

/** A stand-in for kube-proxy may keep the client's address (Cilium's DSR): only kube-proxy's own SNAT is sure. */
const which = (world: World) => (kubeProxyUnseen(world) ? 'which may have put' : 'which had put');
