/**
 * What all traces of a cluster share: its nodes, kube-proxy, API server and DNS. Followed while somebody looks at a trace.
 */
import { parse } from 'yaml';
import { apiServerFromApi, nodeFromApi, serviceFromApi, sliceFromApi } from '../core/fromApi.ts';
import { podFromApi } from '../core/podFromApi.ts';
import type {
  ApiServerFacts,
  DnsFacts,
  Known,
  KubeProxyConfigFacts,
  KubeProxyFacts,
  NodeFacts,
} from '../core/snapshot.ts';
import { followKind } from './feeds.ts';
import type { Json } from './list.ts';
import type { Feed, Server } from './watch.ts';

const MOST = 500;
const SYSTEM = 'kube-system';

/** The cluster-wide part of every snapshot. */
export interface SharedFacts {
  readonly nodes: Known<NodeFacts> | undefined;
  readonly kubeProxy: KubeProxyFacts | undefined;
  readonly apiServers: Known<ApiServerFacts> | undefined;
  readonly dns: DnsFacts | undefined;
}

/** Follows the cluster-wide facts for as long as anyone has joined. */
export class Shared {
  #server: Server;
  #users = new Set<() => void>();
  #feeds: ReturnType<Shared['_start']> | undefined;
  #kubeProxy: KubeProxyFacts | undefined;
  #dns: DnsFacts | undefined;

  constructor(server: Server) {
    this.#server = server;
  }

  /** `changed` is called after each change; the returned function leaves. */
  join(changed: () => void): () => void {
    this.#users.add(changed);
    this.#feeds ??= this._start();
    return () => {
      this.#users.delete(changed);
      if (this.#users.size === 0) this.dispose();
    };
  }

  get facts(): SharedFacts {
    const f = this.#feeds;
    const [config, pods] = [f?.config.value, f?.pods.value];
    if (config && pods && (this.#kubeProxy?.config !== config || this.#kubeProxy.pods !== pods))
      this.#kubeProxy = { config, pods };
    const [service, slices, corefile] = [f?.service.value, f?.slices.value, f?.corefile.value];
    if (service && slices && corefile) {
      const domain = (corefile.known && corefile.items[0]) || 'cluster.local';
      if (this.#dns?.service !== service || this.#dns.slices !== slices || this.#dns.domain !== domain)
        this.#dns = { service, slices, domain };
    }
    return { nodes: f?.nodes.value, kubeProxy: this.#kubeProxy, apiServers: f?.apiServers.value, dns: this.#dns };
  }

  get feeds(): readonly Feed<unknown>[] {
    return Object.values(this.#feeds ?? {});
  }

  dispose(): void {
    for (const feed of this.feeds) feed.dispose();
    this.#feeds = undefined;
    this.#kubeProxy = undefined;
    this.#dns = undefined;
    this.#users.clear();
  }

  private _start() {
    const tell = () => {
      for (const changed of [...this.#users]) changed();
    };
    const system = <T>(kind: string, choice: object, from: (object: Json) => T) =>
      followKind(this.#server, kind, { namespace: SYSTEM, max: MOST, ...choice }, from, tell);
    return {
      nodes: followKind(this.#server, 'Node', { max: MOST }, nodeFromApi, tell),
      config: system('ConfigMap', { name: 'kube-proxy' }, kubeProxyConfig),
      pods: system('Pod', { labels: { 'k8s-app': 'kube-proxy' } }, podFromApi),
      apiServers: system('Pod', { labels: { component: 'kube-apiserver' } }, apiServerFromApi),
      // kubeadm's, minikube's and most others' name of it, whichever server is behind it.
      service: system('Service', { name: 'kube-dns' }, serviceFromApi),
      slices: system('EndpointSlice', { labels: { 'kubernetes.io/service-name': 'kube-dns' } }, sliceFromApi),
      corefile: system('ConfigMap', { name: 'coredns' }, domainOf),
    };
  }
}

/** kubeadm's ConfigMap holds a KubeProxyConfiguration as YAML under `config.conf`. */
export function kubeProxyConfig(configMap: Json): KubeProxyConfigFacts {
  let config: Json = {};
  try {
    const text = (configMap['data'] as Json | undefined)?.['config.conf'];
    const parsed: unknown = typeof text === 'string' ? parse(text) : undefined;
    if (typeof parsed === 'object' && parsed !== null) config = parsed as Json;
  } catch {
    // A configuration that cannot be read says nothing; the mode is then the platform's default.
  }
  const cidr = config['clusterCIDR'];
  const addresses = config['nodePortAddresses'];
  return {
    mode: String(config['mode'] ?? ''),
    ...(typeof cidr === 'string' && cidr ? { clusterCIDR: cidr } : {}),
    nodePortAddresses: Array.isArray(addresses) ? addresses.map(String) : [],
  };
}

/** The first zone of CoreDNS's `kubernetes` plugin: https://coredns.io/plugins/kubernetes/ */
function domainOf(configMap: Json): string {
  const text = (configMap['data'] as Json | undefined)?.['Corefile'];
  return (
    (typeof text === 'string' && /^\s*kubernetes\s+([\w.-]+)/m.exec(text)?.[1]?.replace(/\.$/, '')) || 'cluster.local'
  );
}
