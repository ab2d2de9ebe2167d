/** The embedded demo cluster: a small Kubernetes API on 127.0.0.1, with the tutorial's cluster in it. */

import { Access } from './access.ts';
import { kubeconfigText, makeIdentity } from './certificate.ts';
import { checkFaults } from './faults.ts';
import { Machinery } from './machinery.ts';
import { seed } from './seed.ts';
import { ApiServer } from './server.ts';
import { Store } from './store.ts';

export interface DemoOptions {
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Codes of findings that api-service is to show, each made by a mistake in its objects. */
  readonly fault?: readonly string[];
}

/** A running demo cluster. Nothing of it is left after `stop()`. */
export interface Demo {
  /** YAML text; its context is `minikube`. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly token: string;
  readonly ca: string;
  stop(): Promise<void>;
}

/** How long the cluster says that it has been running: the tutorial's pods answer `"uptime":"5m30s"`. */
const UPTIME_MS = 330_000;

/** Starts a cluster of its own: two demos know nothing of each other. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const faults = checkFaults(options.fault ?? []);
  const store = new Store();
  const machinery = new Machinery(store);
  store.asOf = Date.now() - UPTIME_MS;
  seed(store, faults, () => machinery.settle());
  store.asOf = undefined;
  const access = new Access(store);
  const identity = await makeIdentity();
  const server = new ApiServer({ store, machinery, access, identity });
  const port = await server.start(options.port);
  const url = `https://127.0.0.1:${port}`;
  const stop = async () => {
    machinery.stop();
    await server.stop();
  };
  return {
    kubeconfig: kubeconfigText(url, identity.ca, access.token),
    url,
    token: access.token,
    ca: identity.ca,
    stop,
  };
}
