/** The embedded demo cluster: a small Kubernetes API on 127.0.0.1, with the tutorial's cluster in it. */

import { randomBytes } from 'node:crypto';
import { Access } from './access.ts';
import { makeBig } from './big.ts';
import { kubeconfigText, makeIdentity } from './certificate.ts';
import { checkFaults, isKind } from './faults.ts';
import { Machinery } from './machinery.ts';
import { seed } from './seed.ts';
import { ApiServer } from './server.ts';
import { Store } from './store.ts';
import { Trouble } from './trouble.ts';

/** What a demo cluster may differ in. */
export interface DemoOptions {
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Codes of findings that api-service is to show, each made by a mistake in its objects. */
  readonly fault?: readonly string[];
  /** For measuring: a namespace `big` with so many pods behind Service big-service. */
  readonly pods?: number;
}

/** A running demo cluster. Nothing of it is left after `stop()`. */
export interface Demo {
  /** YAML text; its context is `minikube`. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly token: string;
  /** PEM: what the server's certificate is signed by. */
  readonly ca: string;
  /** For tests of clients. */
  readonly test: DemoTest;
  stop(): Promise<void>;
}

/** Handles for tests of clients: what a real API server does on its bad days. */
export interface DemoTest {
  readonly trouble: Trouble;
  /** Open connections: a client that has ended holds none. */
  readonly connections: number;
  /** Breaks every open connection, streams among them. */
  drop(): void;
  /** Ends the administrator's token; the new one is valid. */
  renewToken(): string;
  /** A kubeconfig for another user's token, such as a ServiceAccount's. */
  kubeconfigFor(token: string, namespace?: string): string;
  /** A ServiceAccount's token, as the TokenRequest API gives it. */
  tokenFor(namespace: string, serviceAccount: string, seconds?: number): string;
  /** Closes the port and all connections. The cluster goes on. */
  away(): Promise<void>;
  /** Opens the same port again. `renewed`: a new certificate by the same authority; `strange`: by another one. */
  back(certificate?: 'same' | 'renewed' | 'strange'): Promise<void>;
  /** Forgets past changes and jumps to new resourceVersions: watches from before meet 410. */
  compact(): void;
}

/** How long the cluster says that it has been running: the tutorial's pods answer `"uptime":"5m30s"`. */
const UPTIME_MS = 330_000;

/** Starts a cluster of its own: two demos know nothing of each other. Rejects for a fault that it does not know. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const faults = checkFaults(options.fault ?? []);
  const first = await makeIdentity();
  const store = new Store();
  const machinery = new Machinery(store);
  const settle = () => machinery.settle();
  store.asOf = Date.now() - UPTIME_MS;
  seed(store, faults, settle);
  if (options.pods) makeBig(store, machinery.kubelet, options.pods, settle);
  store.asOf = undefined;
  const access = new Access(store);
  const trouble = new Trouble();
  const parts = { store, machinery, access, trouble };
  let identity = first;
  let server = new ApiServer({ ...parts, identity });
  const port = await server.start(options.port).catch((error) => {
    machinery.stop();
    throw error;
  });
  const url = `https://127.0.0.1:${port}`;
  const test: DemoTest = {
    trouble,
    get connections() {
      return server.connections;
    },
    drop: () => server.drop(),
    renewToken: () => {
      access.expire(access.token);
      const token = randomBytes(32).toString('base64url');
      access.admit(token);
      return token;
    },
    kubeconfigFor: (token, namespace) => kubeconfigText(url, first.ca, token, 'other', namespace),
    tokenFor: (namespace, name, seconds = 3_600) => access.issue(namespace, name, seconds),
    away: () => server.stop(),
    back: async (certificate = 'same') => {
      if (certificate !== 'same') identity = await makeIdentity(certificate === 'renewed' ? first : undefined);
      server = new ApiServer({ ...parts, identity });
      await server.start(port);
    },
    compact: () => store.compact(),
  };
  const stop = async () => {
    machinery.stop();
    await server.stop();
  };
  return {
    kubeconfig: isKind(faults)
      ? kubeconfigText(url, first.ca, access.token, 'kind-demo', 'default', 'kind-demo')
      : kubeconfigText(url, first.ca, access.token),
    url,
    token: access.token,
    ca: first.ca,
    test,
    stop,
  };
}
