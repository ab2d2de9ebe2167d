/** kube-proxy on a node, or on whichever node the client is: what the API shows of it, and what it cannot. */
import type { Hop } from '../path.ts';
import { condition } from './words.ts';
import type { World } from './world.ts';

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
  return {
    id,
    kind: 'kube-proxy',
    name: 'kube-proxy',
    address: '',
    status: !seen ? 'unknown' : ready === pods.length ? 'ok' : ready > 0 ? 'warning' : 'error',
    note: seen ? (ready === pods.length ? does : `${ready} of ${pods.length} ready; ${does}`) : why || noPods,
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
    ],
    ...(pods.length === 1 && pods[0]
      ? { object: { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name: pods[0].name } }
      : {}),
    ...(node ? { node } : {}),
  };
}
