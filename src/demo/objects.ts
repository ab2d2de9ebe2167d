/** The shapes of the Kubernetes objects that the demo cluster's own machinery reads; fields it never looks at pass through. */

export type Labels = Record<string, string>;

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface Meta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  generation?: number;
  labels?: Labels;
  annotations?: Labels;
  ownerReferences?: OwnerReference[];
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
}

/** Any object of the API. */
export interface Obj {
  apiVersion: string;
  kind: string;
  metadata: Meta;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  observedGeneration?: number;
}

export interface Probe {
  httpGet?: { path?: string; port: number | string; scheme?: string };
  tcpSocket?: { port: number | string };
  exec?: { command: string[] };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
}

export interface Container {
  name: string;
  image: string;
  imagePullPolicy?: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  ports?: { name?: string; containerPort: number; protocol?: string; hostPort?: number }[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
  [field: string]: unknown;
}

export interface ContainerState {
  running?: { startedAt: string };
  waiting?: { reason: string; message?: string };
  terminated?: { exitCode: number; reason: string; startedAt: string; finishedAt: string; containerID?: string };
}

export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: ContainerState;
}

export interface PodSpec {
  containers: Container[];
  nodeName?: string;
  nodeSelector?: Labels;
  hostNetwork?: boolean;
  restartPolicy?: string;
  serviceAccountName?: string;
  terminationGracePeriodSeconds?: number;
  hostname?: string;
  subdomain?: string;
  [field: string]: unknown;
}

export interface PodStatus {
  phase: string;
  conditions?: Condition[];
  podIP?: string;
  podIPs?: { ip: string }[];
  hostIP?: string;
  hostIPs?: { ip: string }[];
  startTime?: string;
  containerStatuses?: ContainerStatus[];
  qosClass?: string;
  observedGeneration?: number;
}

export interface Pod extends Obj {
  spec: PodSpec;
  status: PodStatus;
}

export interface ServicePort {
  name?: string;
  protocol?: string;
  port: number;
  targetPort?: number | string;
  nodePort?: number;
  appProtocol?: string;
}

export interface Service extends Obj {
  spec: {
    type?: string;
    clusterIP?: string;
    clusterIPs?: string[];
    selector?: Labels;
    ports?: ServicePort[];
    externalName?: string;
    externalIPs?: string[];
    publishNotReadyAddresses?: boolean;
    [field: string]: unknown;
  };
  status: { loadBalancer: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface Endpoint {
  addresses: string[];
  conditions: { ready?: boolean; serving?: boolean; terminating?: boolean };
  nodeName?: string;
  targetRef?: { kind: string; namespace: string; name: string; uid: string };
  hostname?: string;
}

export interface EndpointSlice extends Obj {
  addressType: string;
  /** Null when empty, as the real server answers. */
  endpoints: Endpoint[] | null;
  ports: { name: string; port?: number; protocol: string; appProtocol?: string }[] | null;
}

export interface Template {
  metadata?: { labels?: Labels; annotations?: Labels };
  spec: PodSpec;
}

/** Deployment, ReplicaSet, StatefulSet or DaemonSet. */
export interface Workload extends Obj {
  spec: {
    replicas?: number;
    selector: { matchLabels?: Labels; matchExpressions?: { key: string; operator: string; values?: string[] }[] };
    template: Template;
    serviceName?: string;
    [field: string]: unknown;
  };
  status: Record<string, unknown> & { conditions?: Condition[] };
}

export interface NodeObject extends Obj {
  spec: { unschedulable?: boolean; [field: string]: unknown };
  status: { addresses: { type: string; address: string }[]; conditions: Condition[]; [field: string]: unknown };
}

export interface EventObject extends Obj {
  involvedObject: {
    kind: string;
    apiVersion: string;
    namespace: string;
    name: string;
    uid: string;
    fieldPath?: string;
  };
  reason: string;
  message: string;
  type: string;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: string; host?: string };
  eventTime: null;
  reportingComponent: string;
  reportingInstance: string;
}

export interface ConfigMap extends Obj {
  data?: Labels;
}

export interface RoleRule {
  apiGroups?: string[];
  resources?: string[];
  verbs: string[];
  resourceNames?: string[];
}

export interface Role extends Obj {
  rules?: RoleRule[];
}

export interface RoleBinding extends Obj {
  roleRef: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}
