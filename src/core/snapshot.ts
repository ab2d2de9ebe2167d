/**
 * The facts: all that is known about one Service at one instant. Everything shown anywhere is a pure function of a
 * `Snapshot`. Facts are trimmed Kubernetes objects under Kubernetes' own field names, with the API server's defaults
 * filled in (`fromApi.ts`), so that no rule meets a missing field.
 */

import type { ConditionFacts, ContainerPortFacts, OwnerFacts, PodFacts } from './podFacts.ts';

/**
 * A list that was read, or the reason why it could not be. "May not list nodes" is not "has no nodes". `user`: whom the API
 * server calls the one that it refused.
 */
export type Known<T> =
  | { readonly known: true; readonly items: readonly T[] }
  | { readonly known: false; readonly why: string; readonly needs?: AccessRule; readonly user?: string };

/** The RBAC rule whose absence made something unknown. `namespace` absent: a ClusterRole is needed. */
export interface AccessRule {
  readonly apiGroup: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly namespace?: string;
}

/** String map as in metadata.labels. */
export type Labels = Readonly<Record<string, string>>;

/** All we know at one instant. `at` is the time of the reading (RFC 3339). */
export interface Snapshot {
  readonly at: string;
  /** Present while the API server cannot be followed: the facts are those of `since`. */
  readonly stale?: { readonly since: string; readonly why: string };
  readonly connection: ConnectionFacts;
  readonly laptop: LaptopFacts;
  /** What was asked for; the object may not exist. */
  readonly namespace: string;
  readonly name: string;
  /** Zero items: the Service does not exist. Else exactly one. */
  readonly service: Known<ServiceFacts>;
  /** Only read when the Service was not found: names to offer, in any namespace that may be listed. */
  readonly otherServices: Known<ServiceName>;
  /** EndpointSlices labelled with the Service's name. */
  readonly slices: Known<SliceFacts>;
  /** Pods by the selector, plus pods that slices name and the selector does not. */
  readonly pods: Known<PodFacts>;
  /** Only read when the selector matches nothing: pods of the namespace nearest to it (at most 50), to explain why. */
  readonly nearPods: Known<PodFacts>;
  /** Workloads that own the pods, or whose pod template matches or nearly matches the selector. */
  readonly workloads: Known<WorkloadFacts>;
  /** The nodes of the cluster (at most 500 are kept). */
  readonly nodes: Known<NodeFacts>;
  /** Events about the Service, its pods and its workloads. */
  readonly events: Known<EventFacts>;
  readonly kubeProxy: KubeProxyFacts;
  /** Zero items: the API server runs in no pod that can be seen (managed clusters, k3s). */
  readonly apiServers: Known<ApiServerFacts>;
  readonly dns: DnsFacts;
  /** Tunnels that run now, ours and others'. */
  readonly tunnels: readonly TunnelFacts[];
}

/** A Service's coordinates. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** The kubeconfig context in use; nothing secret. */
export interface ConnectionFacts {
  readonly context: string;
  readonly cluster: string;
  readonly server: string;
  readonly user: string;
  /** File that defines the context; absent in a cluster (service account). */
  readonly kubeconfig?: string;
  /** It was named to us (a setting, `--kubeconfig`, the demo cluster): kubectl by itself looks elsewhere. */
  readonly explicit?: true;
  /** Names and providers in the context's and cluster's `extensions` (minikube writes `provider: minikube.sigs.k8s.io`). */
  readonly extensions: readonly string[];
  readonly insecureSkipTlsVerify: boolean;
  readonly proxyUrl?: string;
  /** `gitVersion` of /version, when it could be read. */
  readonly serverVersion?: string;
  /** minikube's own profile file of this cluster, when it lies on this computer. */
  readonly minikube?: { readonly profile: string; readonly driver: string; readonly file: string };
}

/** The computer that Traffic Path runs on: which networks it is attached to. Read from the system; no packet is sent. */
export interface LaptopFacts {
  readonly platform: 'linux' | 'darwin' | 'win32' | 'other';
  readonly wsl: boolean;
  /** Own addresses with prefix length, loopback left out: `192.168.1.20/24`. */
  readonly addresses: readonly { readonly interface: string; readonly cidr: string }[];
}

/** A transport that Services know. */
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** Service, https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ */
export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly createdAt: string;
  readonly deletedAt?: string;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Empty for ExternalName; `['None']` for headless. */
  readonly clusterIPs: readonly string[];
  /** Empty object: no selector. */
  readonly selector: Labels;
  readonly ports: readonly ServicePortFacts[];
  /** Its other ports, where only some were asked for. */
  readonly otherPorts?: readonly ServicePortFacts[];
  readonly externalIPs: readonly string[];
  readonly externalName?: string;
  readonly loadBalancerClass?: string;
  readonly loadBalancerIngress: readonly LoadBalancerIngressFacts[];
  readonly loadBalancerSourceRanges: readonly string[];
  readonly allocateLoadBalancerNodePorts: boolean;
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  readonly internalTrafficPolicy: 'Cluster' | 'Local';
  readonly healthCheckNodePort?: number;
  readonly sessionAffinity: 'None' | 'ClientIP';
  readonly sessionAffinitySeconds?: number;
  readonly trafficDistribution?: string;
  readonly publishNotReadyAddresses: boolean;
  readonly ipFamilies: readonly ('IPv4' | 'IPv6')[];
  readonly ipFamilyPolicy?: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
}

/** One of spec.ports of a Service. */
export interface ServicePortFacts {
  /** Empty when unnamed. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly targetPort: number | string;
  readonly nodePort?: number;
  readonly appProtocol?: string;
}

/** One of status.loadBalancer.ingress. */
export interface LoadBalancerIngressFacts {
  readonly ip?: string;
  readonly hostname?: string;
  readonly ipMode?: 'VIP' | 'Proxy';
}

/** EndpointSlice, discovery.k8s.io/v1. */
export interface SliceFacts {
  readonly name: string;
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly managedBy?: string;
  /** `port` absent: the slice says "all ports" (or a named targetPort that no container has). */
  readonly ports: readonly {
    readonly name: string;
    readonly protocol: Protocol;
    readonly port?: number;
    readonly appProtocol?: string;
  }[];
  readonly endpoints: readonly EndpointFacts[];
}

/** Conditions carry the defaults of the API: ready unset means true, serving unset means ready, terminating unset means false. */
export interface EndpointFacts {
  readonly addresses: readonly string[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly hintZones: readonly string[];
  readonly hintNodes: readonly string[];
  readonly target?: { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string };
}

/** Deployment, StatefulSet, DaemonSet, ReplicaSet, Job; any other owner by its name only (`template` absent). */
export interface WorkloadFacts {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly owner?: OwnerFacts;
  /** Pods wanted: spec.replicas, a DaemonSet's desiredNumberScheduled, a Job's parallelism. */
  readonly wanted?: number;
  readonly ready?: number;
  readonly template?: {
    readonly labels: Labels;
    readonly ports: readonly ContainerPortFacts[];
    readonly images: readonly string[];
  };
  readonly conditions: readonly ConditionFacts[];
}

/** Node, https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/ */
export interface NodeFacts {
  readonly name: string;
  readonly labels: Labels;
  readonly createdAt: string;
  readonly providerID?: string;
  readonly addresses: readonly {
    readonly type: 'InternalIP' | 'ExternalIP' | 'Hostname' | 'InternalDNS' | 'ExternalDNS';
    readonly address: string;
  }[];
  readonly podCIDRs: readonly string[];
  /** From the labels node-role.kubernetes.io/<role>. */
  readonly roles: readonly string[];
  readonly zone?: string;
  readonly unschedulable: boolean;
  readonly conditions: readonly ConditionFacts[];
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly kubeletVersion: string;
  readonly containerRuntimeVersion: string;
  readonly architecture: string;
}

/** Event, of v1 or events.k8s.io/v1; `kind`, `name` and `uid` are those of what it is about. */
export interface EventFacts {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt?: string;
  readonly lastAt?: string;
  readonly source: string;
}

/** kube-proxy as far as the API shows it: its ConfigMap (kube-system/kube-proxy) and its pods. */
export interface KubeProxyFacts {
  /** Zero items: no such ConfigMap (some clusters run no kube-proxy: Cilium, managed ones hide it). */
  readonly config: Known<KubeProxyConfigFacts>;
  readonly pods: Known<PodFacts>;
}

/** KubeProxyConfiguration, https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
export interface KubeProxyConfigFacts {
  /** As written; empty means the default of the platform: iptables on Linux. */
  readonly mode: string;
  readonly clusterCIDR?: string;
  readonly nodePortAddresses: readonly string[];
}

/** A pod of kube-apiserver (kubeadm's static pods): what its command says of the Service network. */
export interface ApiServerFacts {
  readonly name: string;
  /** --service-node-port-range; absent where the command does not show the server's flags. */
  readonly serviceNodePortRange?: { readonly value: string; readonly isDefault: boolean };
}

/** The cluster's DNS: Service kube-system/kube-dns and the endpoints behind it. */
export interface DnsFacts {
  readonly service: Known<ServiceFacts>;
  readonly slices: Known<SliceFacts>;
  /** The cluster's domain, `cluster.local` unless the CoreDNS Corefile says another. */
  readonly domain: string;
}

/** A tunnel on this computer that leads to this Service. */
export interface TunnelFacts {
  readonly id: string;
  readonly kind: 'port-forward' | 'minikube-service' | 'minikube-tunnel';
  readonly localAddress: string;
  readonly localPort: number;
  readonly port: number;
  readonly pod?: string;
}
