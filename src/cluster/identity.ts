/**
 * As whom: from a kubeconfig's user to the options of a request, renewed when they expire.
 */

import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { ClusterError } from './errors.ts';
import type { Choice, Sources } from './kubeconfig.ts';
import { type Entry, reasonOf, text } from './kubeconfigFile.ts';

/** The identity of a context's user, kept fresh. */
export interface Identity {
  current(renew: boolean): Promise<{ applied: RequestOptions }>;
  dispose(): void;
}

/** Makes the identity; nothing is read before `current`. */
export function identityOf({ cluster, user }: Choice, _env: Sources['env']): Identity {
  return {
    async current(_renew) {
      const caData = await material(cluster, 'certificate-authority');
      const certData = user && (await material(user, 'client-certificate'));
      const keyData = user && (await material(user, 'client-key'));
      const tokenFile = user && text(user.value['tokenFile']);
      const token =
        user && (tokenFile ? (await read(user, 'tokenFile')).toString('utf8').trim() : text(user.value['token']));
      const { requestOptions } = await import('./clientNode.ts');
      const applied = await requestOptions(
        {
          name: cluster.name,
          server: text(cluster.value['server']),
          skipTLSVerify: cluster.value['insecure-skip-tls-verify'] === true,
          ...(caData ? { caData } : {}),
          ...(text(cluster.value['tls-server-name']) ? { tlsServerName: text(cluster.value['tls-server-name']) } : {}),
        },
        {
          name: user?.name ?? '',
          ...(certData ? { certData } : {}),
          ...(keyData ? { keyData } : {}),
          ...(token ? { token } : {}),
        },
      );
      return { applied };
    },
    dispose() {},
  };
}

async function material(entry: Entry, key: string): Promise<string | undefined> {
  const data = text(entry.value[`${key}-data`]);
  if (data) return data;
  return text(entry.value[key]) ? (await read(entry, key)).toString('base64') : undefined;
}

async function read(entry: Entry, key: string): Promise<Buffer> {
  const path = resolve(dirname(entry.file), text(entry.value[key]));
  try {
    return await readFile(path);
  } catch (error) {
    const why = reasonOf((error as NodeJS.ErrnoException).code);
    throw new ClusterError('config', `"${entry.name}" in ${entry.file}: ${key} ${path} cannot be read: ${why}.`);
  }
}
