/**
 * The service account of the pod that we run in, as a context: where there is no kubeconfig.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entries } from './kubeconfigFile.ts';

const serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The context `in-cluster`, or undefined outside of a pod. The token is read from its file, which the kubelet renews. */
export async function inClusterEntries(
  env: Readonly<Record<string, string | undefined>>,
  dir = serviceAccountDir,
): Promise<Entries | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const read = (name: string) => readFile(join(dir, name), 'utf8').catch(() => undefined);
  const token = await read('token');
  if (!host || !port || token === undefined) return undefined;
  const name = 'in-cluster';
  const cluster = {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ...((await read('ca.crt')) === undefined ? {} : { 'certificate-authority': 'ca.crt' }),
  };
  const context = { cluster: name, user: 'service-account', namespace: (await read('namespace'))?.trim() ?? '' };
  const file = join(dir, 'token');
  return {
    currentContext: name,
    contexts: new Map([[name, { name, file, value: context }]]),
    clusters: new Map([[name, { name, file, value: cluster }]]),
    users: new Map([['service-account', { name: 'service-account', file, value: { tokenFile: 'token' } }]]),
  };
}
