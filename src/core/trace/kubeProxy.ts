/** kube-proxy on a node, or on whichever node the client is: what the API shows of it, and what it cannot. */
import type { Hop, HopStatus } from '../path.ts';
import { condition, few } from './words.ts';
import { proxyHop, type World } from './world.ts';

/** Where kube-proxy is part of another process, so that neither its pods nor its ConfigMap can be seen. */
const builtIn: Readonly<Record<string, string>> = {
  k3s: 'k3s',
  k3d: 'k3s',
  'rancher-desktop': 'k3s',
  colima: 'k3s',
  microk8s: 'kubelite',
};

/** The mode as its ConfigMap says; an empty one is the platform's default: iptables on Linux (KubeProxyConfiguration). */
export function proxyMode(world: World): { mode: string; why: string } {
  const { config } = world.snapshot.kubeProxy;
  if (!config.known) return { mode: 'unknown', why: config.why };
  const item = config.items[0];
  if (item)
    return item.mode === ''
      ? { mode: 'iptables', why: 'mode is empty: the default on Linux' }
      : { mode: item.mode, why: '' };
  const host = builtIn[world.provider.name];
  return {
    mode: 'unknown',
    why: host
      ? `${host} runs kube-proxy inside its own process: no ConfigMap shows its mode`
      : 'there is no ConfigMap kube-system/kube-proxy: another program may stand in for kube-proxy (Cilium), or the provider hides it',
  };
}

/** Both were looked for and neither is there: who rewrites addresses, and how, is not known (Cilium does it at connect()). */
export function kubeProxyUnseen({ snapshot: { kubeProxy }, provider }: World): boolean {
  const { config, pods } = kubeProxy;
  const none = config.known && config.items.length === 0 && pods.known && pods.items.length === 0;
  return none && builtIn[provider.name] === undefined;
}

/** internalTrafficPolicy Local, as the client meets it: which nodes have an endpoint that takes traffic. */
function localOnly(world: World, id: string): { status: HopStatus; note: string; nodes: string } | undefined {
  const { service, snapshot, insideNode } = world;
  if (service.internalTrafficPolicy !== 'Local' || world.headless || id !== proxyHop(insideNode)) return undefined;
  if (!snapshot.slices.known) return undefined;
  const taking = snapshot.slices.items
    .flatMap((s) => s.endpoints)
    .filter((e) => e.ready || (e.serving && e.terminating));
  const nodes = [...new Set(taking.flatMap((e) => e.nodeName ?? []))].sort();
  if (nodes.length === 0) return undefined;
  const have = few(nodes);
  if (insideNode === undefined)
    return world.nodes.every((n) => nodes.includes(n.name))
      ? undefined
      : {
          status: 'warning',
          note: `only from nodes with an endpoint: ${have} (internalTrafficPolicy Local)`,
          nodes: have,
        };
  if (nodes.includes(insideNode.name)) return undefined;
  // What comes in by a NodePort or an external address passes the same kube-proxy, under another policy.
  const others = service.externalIPs.length > 0 || service.ports.some((p) => p.nodePort !== undefined);
  return {
    status: others ? 'warning' : 'error',
    note: `drops it: node ${insideNode.name} has no endpoint, only ${have} (internalTrafficPolicy Local)`,
    nodes: have,
  };
}

/** `id`: `kube-proxy/NODE` or `kube-proxy`. */
export function kubeProxyHop(world: World, id: string): Hop {
  const { kubeProxy } = world.snapshot;
  const node = id.startsWith('kube-proxy/') ? id.slice('kube-proxy/'.length) : undefined;
  const { mode, why } = proxyMode(world);
  const config = kubeProxy.config.known ? kubeProxy.config.items[0] : undefined;
  const all = kubeProxy.pods.known ? kubeProxy.pods.items : [];
  const pods = node === undefined ? all : all.filter((p) => p.nodeName === node);
  const ready = pods.filter((p) => condition(p.conditions, 'Ready')?.status === 'True').length;
  const noPods = kubeProxy.pods.known
    ? node === undefined || all.length === 0
      ? 'no pod labelled k8s-app=kube-proxy in kube-system'
      : `no kube-proxy pod on node ${node}`
    : kubeProxy.pods.why;
  const seen = pods.length > 0;
  const rules = mode === 'unknown' ? 'rules' : `${mode} rules`;
  const does = world.headless ? '' : `${rules} choose one endpoint (DNAT)`;
  const local = localOnly(world, id);
  const status = !seen ? 'unknown' : ready === pods.length ? 'ok' : ready > 0 ? 'warning' : 'error';
  const note = seen ? (ready === pods.length ? does : `${ready} of ${pods.length} ready; ${does}`) : why || noPods;
  return {
    id,
    kind: 'kube-proxy',
    name: 'kube-proxy',
    address: '',
    status: local && status !== 'error' ? local.status : status,
    note: local ? local.note : note,
    facts: {
      mode: why && mode !== 'unknown' ? `${mode} (${why})` : mode,
      ...(seen
        ? { pods: node === undefined ? `${ready} of ${pods.length} ready` : pods.map((p) => p.name).join(', ') }
        : {}),
      ...(config?.clusterCIDR ? { clusterCIDR: config.clusterCIDR } : {}),
      ...(config && config.nodePortAddresses.length > 0
        ? { nodePortAddresses: config.nodePortAddresses.join(', ') }
        : {}),
      ...(node ? { nodeName: node } : {}),
    },
    evidence: [
      world.see('ConfigMap kube-system/kube-proxy config.conf mode', config ? JSON.stringify(config.mode) : why),
      seen
        ? world.see(
            pods.length === 1
              ? `Pod kube-system/${pods[0]?.name} status.conditions[Ready]`
              : 'Pods kube-system k8s-app=kube-proxy Ready',
            pods.length === 1 ? (ready === 1 ? 'True' : 'False') : `${ready} of ${pods.length}`,
          )
        : world.see('Pods kube-system k8s-app=kube-proxy', noPods),
      ...(local
        ? [
            world.see(
              `Service ${world.service.namespace}/${world.service.name} spec.internalTrafficPolicy`,
              world.service.internalTrafficPolicy,
            ),
            world.see(
              `EndpointSlices of Service ${world.service.namespace}/${world.service.name} nodeName`,
              local.nodes,
            ),
          ]
        : []),
    ],
    ...(pods.length === 1 && pods[0]
      ? { object: { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name: pods[0].name } }
      : {}),
    ...(node ? { node } : {}),
  };
}
