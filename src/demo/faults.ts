/** Each finding that the demo can show, made as people make it: by a mistake in the objects of api-service. */

import type { Container, Obj, Service, Workload } from './objects.ts';

type Spoil = (deployment: Workload, service: Service, container: Container) => void;

const SPOIL = {
  'selector-matches-nothing': (_, service) => {
    // The Deployment's name instead of its pods' label.
    service.spec.selector = { app: 'api-server' };
  },
  'scaled-to-zero': (deployment) => {
    deployment.spec.replicas = 0;
  },
  'target-port-name-missing': (_, service) => {
    for (const port of service.spec.ports ?? []) port.targetPort = 'web';
  },
  'selectorless-no-endpoints': (_, service) => {
    delete service.spec.selector;
  },
  'readiness-failing': (_, __, container) => {
    // The application listens on 8080.
    container.readinessProbe = { httpGet: { path: '/ready', port: 8081 }, periodSeconds: 1, failureThreshold: 2 };
  },
  'image-pull-failed': (_, __, container) => {
    container.image = 'traffic-path/api:v0.9';
  },
  'container-crashing': (_, __, container) => {
    container.env = [{ name: 'CRASH', value: 'true' }];
  },
  'pod-unschedulable': (deployment) => {
    deployment.spec.template.spec.nodeSelector = { disktype: 'ssd' };
  },
  'load-balancer-pending': (_, service) => {
    service.spec.type = 'LoadBalancer';
  },
  'service-not-found': (_, service) => {
    service.metadata.name = 'api-svc';
  },
  // True of the demo as it is: its node's address lives in a network that this computer is not in.
  'tunnel-needed': () => {},
  // The same without minikube's own tunnel: see isKind().
  'node-not-reachable': () => {},
} satisfies Record<string, Spoil>;

/** The code of a finding that the demo can be started with. */
export type Fault = keyof typeof SPOIL;

/** All of them. */
export const FAULTS = Object.keys(SPOIL) as readonly Fault[];

/** Throws for a code that is none of them, and names them. */
export function checkFaults(codes: readonly string[]): readonly Fault[] {
  for (const code of codes)
    if (!FAULTS.includes(code as Fault))
      throw new Error(`The demo cluster cannot be broken by "${code}". It knows: ${FAULTS.join(', ')}.`);
  return codes as readonly Fault[];
}

/** Changes the tutorial's objects so that the finding is true of them. */
export function spoil(fault: Fault, deployment: Workload, service: Service): void {
  const [container] = deployment.spec.template.spec.containers;
  if (container) (SPOIL[fault] as Spoil)(deployment, service, container);
}

/** Whether the cluster shows itself as one of kind, whose nodes are out of reach as minikube's are, but without a tunnel of its own. */
export const isKind = (faults: readonly Fault[]): boolean => faults.includes('node-not-reachable');

/** Turns minikube's node into one of kind. */
export function asKind(node: Obj): void {
  const own = Object.entries(node.metadata.labels ?? {}).filter(([label]) => !label.startsWith('minikube.k8s.io/'));
  node.metadata.labels = Object.fromEntries(own);
  const { spec } = node as { spec?: object };
  Object.assign(node, { spec: { ...spec, providerID: 'kind://docker/demo/minikube' } });
}
