/**
 * The contract tests: what Traffic Path promises, held on whatever cluster KUBECONFIG names, the demo cluster or a real
 * Kubernetes. They run in both and know of no difference.
 *
 * KUBECONFIG             the cluster; its user must be an administrator
 * TRAFFIC_PATH_OUTAGE    a command that, with `stop kube-apiserver` and `start kube-apiserver` added, makes an outage; the
 *                        test of it is skipped without
 * TRAFFIC_PATH_EXAMPLE   `skip` where the tutorial's api-service is not in namespace default
 *
 * Each file works in a namespace of its own, `traffic-path-test-*`, labelled `traffic-path-test=yes`, and removes it. Images:
 * traffic-path/api:v0.1 is in the cluster already (imagePullPolicy IfNotPresent).
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Cluster, LiveTrace } from '../../src/cluster/cluster.ts';
import { connect } from '../../src/cluster/connect.ts';
import type { Client, Target } from '../../src/cluster/connection.ts';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { createClient } from '../../src/cluster/request.ts';
import { groupVersion, pathOf, type Resource, resourceOf } from '../../src/cluster/resources.ts';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import type { Diagnosis, From } from '../../src/core/path.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { trace } from '../../src/core/trace.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

/** A namespace to work in and the means to. */
export interface Lab {
  readonly namespace: string;
  readonly target: Target;
  readonly client: Client;
  readonly cluster: Cluster;
  make(...manifests: readonly Manifest[]): Promise<void>;
  /** Merge patch; resolves when the API server has answered. */
  patch(kind: string, name: string, change: unknown): Promise<void>;
  remove(kind: string, name: string): Promise<void>;
  follow(name: string, namespace?: string): LiveTrace;
}

const opened: Pick<Lab, 'client' | 'cluster' | 'namespace'>[] = [];

// All namespaces go at the very end: addresses of pods that are gone would be given to the next suite's, and a node's
// ARP cache remembers whose they were for up to a minute.
after('remove the namespaces', async function () {
  this.timeout(60_000);
  for (const { client, cluster, namespace } of opened) {
    await client.json(`/api/v1/namespaces/${namespace}`, { method: 'DELETE' });
    cluster.dispose();
    client.dispose();
  }
});

/** Sets up a lab before a suite's tests; it is taken away after all suites. */
export function lab(): Lab {
  let it: Lab | undefined;
  const use = (): Lab => {
    assert.ok(it, 'the lab is open only while tests run');
    return it;
  };
  before('a namespace', async function () {
    this.timeout(1100_000);
    it = await openLab();
  });
  return {
    get namespace() {
      return use().namespace;
    },
    get target() {
      return use().target;
    },
    get client() {
      return use().client;
    },
    get cluster() {
      return use().cluster;
    },
    make: (...manifests) => use().make(...manifests),
    patch: (...of) => use().patch(...of),
    remove: (...of) => use().remove(...of),
    follow: (...of) => use().follow(...of),
  };
}

/** The cluster that KUBECONFIG names. */
export async function targetOfKubeconfig(): Promise<Target> {
  assert.ok(process.env['KUBECONFIG'], 'KUBECONFIG must name the cluster to test on');
  return (await loadKubeconfig({ env: process.env })).target();
}

async function openLab(): Promise<Lab> {
  const target = await targetOfKubeconfig();
  const client = createClient(await targetOfKubeconfig());
  const cluster = connect(target);
  const namespace = `traffic-path-test-${randomBytes(4).toString('hex')}`;
  const labels = { 'traffic-path-test': 'yes' };
  const at = (kind: string, group?: string) => (resourceOf(kind, group) ?? OTHERS[kind]) as Resource;
  await client.json('/api/v1/namespaces', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
  });
  opened.push({ client, cluster, namespace });
  // Pods are refused until the namespace has its service account.
  await until(
    () =>
      client.json(`/api/v1/namespaces/${namespace}/serviceaccounts/default`).then(
        () => true,
        () => false,
      ),
    100_000,
  );
  return {
    namespace,
    target,
    client,
    cluster,
    async make(...manifests) {
      for (const body of manifests) {
        const path = pathOf(at(body.kind, groupVersion(body.apiVersion).group), namespace);
        await client.json(path, { method: 'POST', body });
      }
    },
    async patch(kind, name, body) {
      await client.json(pathOf(at(kind), namespace, name), { method: 'PATCH', body });
    },
    async remove(kind, name) {
      await client.json(pathOf(at(kind), namespace, name), { method: 'DELETE' });
    },
    follow: (name, where = namespace) => cluster.trace({ namespace: where, name }),
  };
}

const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true };
const OTHERS: Readonly<Record<string, Resource>> = {
  ServiceAccount: { kind: 'ServiceAccount', group: '', version: 'v1', resource: 'serviceaccounts', namespaced: true },
  Role: { ...rbac, kind: 'Role', resource: 'roles' },
  RoleBinding: { ...rbac, kind: 'RoleBinding', resource: 'rolebindings' },
};

/** A Deployment of the tutorial's application. */
export function deployment(
  name: string,
  {
    replicas = 1,
    labels = { app: name },
    image = 'traffic-path/api:v0.1',
    env = {},
    portName = 'http',
    pod = {},
  }: {
    replicas?: number;
    labels?: Readonly<Record<string, string>>;
    image?: string;
    env?: Readonly<Record<string, string>>;
    portName?: string;
    pod?: object;
  } = {},
): Manifest {
  const container = {
    name: 'api',
    image,
    imagePullPolicy: 'IfNotPresent',
    env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    ports: [{ name: portName, containerPort: 8080 }],
    // Patient with a busy machine, quick with an answer.
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { instance: name } },
      template: {
        metadata: { labels: { instance: name, ...labels } },
        spec: { terminationGracePeriodSeconds: 1, containers: [container], ...pod },
      },
    },
  };
}

/** A Service; port 80 to the application's 8080 unless said otherwise. */
export function service(name: string, spec: object = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  };
}

/** What Traffic Path says of a snapshot. */
export function diagnosis(snapshot: Snapshot, from: From = { kind: 'laptop' }): Diagnosis {
  return diagnose(trace(snapshot, from));
}

/** The first snapshot for which something holds; tells the last one's findings when none does in time. */
export async function seen<T>(
  live: LiveTrace,
  what: (d: Diagnosis, s: Snapshot) => T | undefined | false,
  ms = 90_000,
): Promise<T> {
  const look = () => {
    if (!live.snapshot) return undefined;
    return what(diagnosis(live.snapshot), live.snapshot);
  };
  return new Promise<T>((resolve, reject) => {
    const stop = live.onChange(() => {
      const value = look();
      if (value) done(() => resolve(value));
    });
    const timer = setTimeout(() => {
      const d = live.snapshot && diagnosis(live.snapshot);
      const said =
        d &&
        JSON.stringify([d.verdict, d.sentence, d.findings.map(({ code, hop, says }) => [code, hop, says])], null, 1);
      done(() => reject(new Error(`not seen within ${ms} ms; the last picture: ${said}`)));
    }, ms);
    const done = (act: () => void) => {
      clearTimeout(timer);
      stop();
      act();
    };
    const now = look();
    if (now) done(() => resolve(now));
  });
}

/** Asks again until it holds. */
export async function until(what: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!(await what())) {
    assert.ok(Date.now() < end, `not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
