/**
 * What the editor and the CLI know of a cluster. Behind it: kubeconfig.ts (which cluster, as whom), request.ts (one
 * transport), watch.ts (list + watch), live.ts (a Service's facts, kept current). Nothing here knows VS Code.
 */

import type { ObjectRef } from '../core/path.ts';
import type { ConnectionFacts, Known, ServiceName, Snapshot } from '../core/snapshot.ts';

/** One row of the Services list: what the API server's Table prints, nothing more was read. */
export interface ServiceRow extends ServiceName {
  readonly type: string;
  readonly clusterIP: string;
  readonly externalIP: string;
  /** As kubectl prints it: `8080:30080/TCP,53/UDP`. */
  readonly ports: string;
}

/** What an address or name belongs to, as far as one bounded look-up can tell. */
export interface AddressOwner {
  readonly kind: 'Pod' | 'Service' | 'Node';
  readonly namespace?: string;
  readonly name: string;
  /** One line: `ready · app=api · node minikube`. */
  readonly note: string;
  /** Services that lead to it, when it is a pod. */
  readonly services: readonly ServiceName[];
}

/** A Service's facts, kept current until disposed. Never throws in the background; trouble is in the snapshot. */
export interface LiveTrace {
  /** Undefined until the first reading is complete (found or not, allowed or not). */
  readonly snapshot: Snapshot | undefined;
  /** Called after each change, coalesced (at most one call per 50 ms). Returns the unsubscriber. */
  onChange(listener: (snapshot: Snapshot) => void): () => void;
  /** Resolves with the first complete snapshot. Rejects with ClusterError only when the API server cannot be reached or refuses who we are. */
  first(signal?: AbortSignal): Promise<Snapshot>;
  dispose(): void;
}

/** A list kept current by a watch. */
export interface LiveList<T> {
  readonly value: Known<T> | undefined;
  /** Present while the value is older than it should be: since when (ms) and why it cannot be followed. */
  readonly trouble: { readonly since: number; readonly why: string } | undefined;
  /** Called after each change of value or trouble. */
  onChange(listener: (value: Known<T>) => void): () => void;
  dispose(): void;
}

/** One context of the kubeconfig, connected on first use. All methods reject with ClusterError. */
export interface Cluster {
  readonly connection: ConnectionFacts;
  trace(service: ServiceName): LiveTrace;
  /** Services of a namespace, or of all (`undefined`), by Table; a plain list where Tables are not served. */
  services(namespace: string | undefined, signal?: AbortSignal): Promise<readonly ServiceRow[]>;
  /** One of them, by a single request; undefined when there is none of that name. */
  service(name: ServiceName, signal?: AbortSignal): Promise<ServiceRow | undefined>;
  watchServices(namespace: string | undefined): LiveList<ServiceRow>;
  namespaces(signal?: AbortSignal): Promise<readonly string[]>;
  /** Services whose selector matches the pod, or the pods of the workload, or the backends of the Ingress. */
  servicesOf(object: ObjectRef, signal?: AbortSignal): Promise<readonly ServiceName[]>;
  /** Who has this IP (pod, Service, node): a few bounded requests, cached 30 s. */
  ownerOf(address: string, signal?: AbortSignal): Promise<AddressOwner | undefined>;
  /** One object as the API server has it, without managedFields; for the read-only YAML view. */
  object(ref: ObjectRef, signal?: AbortSignal): Promise<Record<string, unknown>>;
  dispose(): void;
}
