/** The facts of a pod and its containers, https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
import type { Labels, Protocol } from './snapshot.ts';

/** The controller that owns an object, or its first owner. */
export interface OwnerFacts {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** One of status.conditions. */
export interface ConditionFacts {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly since?: string;
}

/** Pod, as far as a path or a fault needs it. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly createdAt: string;
  readonly deletedAt?: string;
  readonly owner?: OwnerFacts;
  readonly nodeName?: string;
  readonly hostNetwork: boolean;
  readonly hostIPs: readonly string[];
  readonly podIPs: readonly string[];
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly conditions: readonly ConditionFacts[];
  readonly readinessGates: readonly string[];
  /** Init containers (sidecars among them) first, in the order of the spec, then containers. */
  readonly containers: readonly ContainerFacts[];
}

/** A container of the spec with its status. */
export interface ContainerFacts {
  readonly name: string;
  readonly image: string;
  /** `sidecar`: an init container with restartPolicy Always. */
  readonly role: 'init' | 'sidecar' | 'container';
  readonly ports: readonly ContainerPortFacts[];
  readonly readinessProbe?: HealthProbeFacts;
  readonly livenessProbe?: HealthProbeFacts;
  readonly startupProbe?: HealthProbeFacts;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly state: ContainerStateFacts;
  readonly lastState: ContainerStateFacts;
}

/** A declared port: information only, a container may listen on others. */
export interface ContainerPortFacts {
  readonly name: string;
  readonly containerPort: number;
  readonly protocol: Protocol;
  readonly hostPort?: number;
}

/** A kubelet probe. `says` is how a person writes it: `GET http://:8080/ready`, `TCP :5432`, `exec cat /tmp/ok`, `gRPC :9000`. */
export interface HealthProbeFacts {
  readonly says: string;
  readonly port?: number | string;
  readonly path?: string;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly initialDelaySeconds: number;
}

/** What a container does now, or did before; `none`: the kubelet has not said. */
export type ContainerStateFacts =
  | { readonly is: 'none' }
  | { readonly is: 'running'; readonly since?: string }
  | { readonly is: 'waiting'; readonly reason: string; readonly message: string }
  | {
      readonly is: 'terminated';
      readonly reason: string;
      readonly message: string;
      readonly exitCode: number;
      readonly since?: string;
    };
