/**
 * The path: what a snapshot means for a request. Entrances are ways in; each has its own chain of hops. Built by
 * `trace()` (trace.ts) from a snapshot alone; findings are added by `diagnose()`.
 */
import type { AccessRule, ServiceFacts, Snapshot } from './snapshot.ts';

/** Where the client stands: this computer, any pod of the cluster, one pod, one node. */
export type From =
  | { readonly kind: 'laptop' }
  | { readonly kind: 'cluster' }
  | { readonly kind: 'pod'; readonly name: string }
  | { readonly kind: 'node'; readonly name: string };

/** What kind of place a hop is. */
export type HopKind =
  | 'client'
  | 'tunnel'
  | 'dns'
  | 'load-balancer'
  | 'external-ip'
  | 'node'
  | 'node-port'
  | 'kube-proxy'
  | 'service'
  | 'endpoint'
  | 'pod'
  | 'container';

/** `unknown`: we could not look, or nothing we may do without asking can tell. `skipped`: this entrance does not pass here. */
export type HopStatus = 'ok' | 'warning' | 'error' | 'unknown' | 'skipped';

/** What a whole chain, or the whole Service, comes to. */
export type Verdict = 'works' | 'degraded' | 'broken' | 'unknown';

/** Where a check was made from. */
export type Vantage = 'objects' | 'laptop' | 'port-forward' | 'api-proxy' | 'pod' | 'node';

/** How something is known: which object and field (or which file, which command), and what was read there. It is as old as the snapshot. */
export interface Evidence {
  readonly vantage: Vantage;
  /** `Service default/api-service spec.selector`, `This computer's network interfaces`. */
  readonly source: string;
  readonly value: string;
}

/** One place that a request passes. */
export interface Hop {
  /**
   * Stable and unique in the path: `client` (this computer), `client/cluster` (some pod), `client/pod/NAME`,
   * `client/node/NAME`, `tunnel/ID`, `dns`, `load-balancer/ADDRESS`, `external-ip/ADDRESS`, `node/NAME`, `node-port/NUMBER`,
   * `kube-proxy/NODE` (`kube-proxy` alone: that of whichever node the client is on), `service`, `endpoints`,
   * `endpoint/ADDRESS` (an endpoint that is no pod), `pod/NAME`, `container/POD/CONTAINER`.
   */
  readonly id: string;
  readonly kind: HopKind;
  readonly name: string;
  /** The address a packet has here as destination, with its port; empty where there is none. */
  readonly address: string;
  readonly status: HopStatus;
  /** One line that means something to a person: `a virtual address · 2 of 3 endpoints ready`. */
  readonly note: string;
  /** Labelled values, in the order to show them. Keys are Kubernetes' own words. */
  readonly facts: Readonly<Record<string, string>>;
  /** Never empty, not even for `unknown`: it then says what could not be read and why. */
  readonly evidence: readonly Evidence[];
  /** The object behind the hop, for "open as YAML" and kubectl. */
  readonly object?: ObjectRef;
  /** The node it is on, for lanes. */
  readonly node?: string;
}

/** A Kubernetes object's coordinates. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** A step from a hop to the next. */
export interface Link {
  readonly from: string;
  readonly to: string;
  /** Share of the connections: `1 in 2`; absent where there is one way. */
  readonly share?: string;
  /** Why nothing goes here now (`not ready`), when that is so. */
  readonly leftOut?: string;
}

/** What kind of way in an entrance is. */
export type EntranceKind =
  | 'dns'
  | 'cluster-ip'
  | 'node-port'
  | 'load-balancer'
  | 'external-ip'
  | 'pod-ip'
  | 'external-name'
  | 'minikube-service'
  | 'minikube-tunnel'
  | 'port-forward';

/** A way in, for one Service port. */
export interface Entrance {
  /** `KIND/PORT` where that is unique (`node-port/30080`, `cluster-ip/8080`), else `KIND/PORT/ADDRESS`. */
  readonly id: string;
  readonly kind: EntranceKind;
  /** The Service's port, `8080/TCP`. */
  readonly port: string;
  /** What a client asks for: `http://192.168.49.2:30080`, `10.96.0.1:53/UDP` where it is not HTTP. */
  readonly url: string;
  /** `laptop` when the client of this chain is this computer, `cluster` when it is a pod or a node. */
  readonly client: 'laptop' | 'cluster';
  /** False for a tunnel that is offered but does not run. Its chain is what it would cross. */
  readonly open: boolean;
  /** From where its client stands; `broken` for a laptop entrance that this computer has no route to. */
  readonly status: Verdict;
  /** Ids, in the order a request meets them; every pod that may be chosen, each followed by its container. */
  readonly hops: readonly string[];
  /** Of a broken entrance: the hop that requests do not get into, where one before the pods is to blame. */
  readonly stopsAt?: string;
  readonly links: readonly Link[];
  /** Hops of the Service's full way that this entrance does not cross. */
  readonly skips: readonly string[];
  /** One sentence why it skips them; empty when it skips nothing. */
  readonly whySkips: string;
  /** The way back in words: what rewrites the addresses of the answer, and where. */
  readonly wayBack: string;
}

/** Which distribution runs the cluster, and what that means for reaching its nodes from this computer. */
export interface Provider {
  readonly name:
    | 'minikube'
    | 'kind'
    | 'k3d'
    | 'k3s'
    | 'docker-desktop'
    | 'rancher-desktop'
    | 'colima'
    | 'microk8s'
    | 'eks'
    | 'gke'
    | 'aks'
    | 'openshift'
    | 'other';
  /** minikube's driver, where it can be known. */
  readonly driver?: string;
  readonly evidence: readonly Evidence[];
  readonly nodesReachable: 'yes' | 'no' | 'unknown';
  /** The sentence behind it: "This computer is in 192.168.1.0/24; the node's 192.168.49.2 lives in a network inside Docker." */
  readonly why: string;
  /** The tunnel that fits this provider when nodes are not reachable: a command to run. */
  readonly tunnel?: { readonly kind: EntranceKind; readonly command: string };
}

/** Everything the snapshot means, before faults are named. */
export interface TrafficPath {
  readonly snapshot: Snapshot;
  readonly from: From;
  /** Absent when the Service does not exist or could not be read. */
  readonly service?: ServiceFacts;
  readonly provider: Provider;
  readonly entrances: readonly Entrance[];
  readonly hops: readonly Hop[];
  /** What could not be read, as `what` and `why`. */
  readonly unknown: readonly { readonly what: string; readonly why: string; readonly needs?: AccessRule }[];
}

/** How bad a finding is. */
export type FindingLevel = 'error' | 'warning' | 'note';

/** A fault with a place, a sentence and a fix. `code` is public and stable: see docs/findings.md. */
export interface Finding {
  readonly code: string;
  /** error: fails for every client it concerns; warning: for some, or soon; note: worth knowing. */
  readonly level: FindingLevel;
  /** `laptop`: only true for a client on this computer; it does not change the verdict. */
  readonly from: 'everywhere' | 'laptop';
  /** Id of the hop where it is drawn. */
  readonly hop: string;
  /** Further hops with the same fault: a thousand pods that cannot pull one image are one finding. */
  readonly alsoHops?: readonly string[];
  /** `8080/TCP`, or null when it concerns every port. */
  readonly port: string | null;
  /** `Service default/api-service`, the causes first. */
  readonly objects: readonly string[];
  /** What is, and where, with the real names and values. One or two sentences. */
  readonly says: string;
  /** What to do about it. */
  readonly try: string;
  /** A command that does or checks it, when there is one. */
  readonly command?: string;
  readonly evidence: readonly Evidence[];
}

/** The path with its faults: the end of the pure stream; diagram and report are made from it. */
export interface Diagnosis {
  /** Hop and entrance statuses here take the findings into account. */
  readonly path: TrafficPath;
  readonly findings: readonly Finding[];
  /** For a client inside the cluster. */
  readonly verdict: Verdict;
  /** The path in one sentence: "browser → minikube 192.168.49.2:30080 → … → container api". */
  readonly sentence: string;
}
