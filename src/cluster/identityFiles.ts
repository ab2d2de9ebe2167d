/**
 * Certificates, keys and tokens that a kubeconfig holds or points at. Read anew each time: other programs renew them.
 */

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ClusterError } from './errors.ts';
import { type Entry, reasonOf, text } from './kubeconfigFile.ts';

/** The data of `key` (`certificate-authority`, `client-certificate`, `client-key`), base64; the inline form counts before the file. */
export async function materialOf(entry: Entry, key: string): Promise<string | undefined> {
  const data = text(entry.value[`${key}-data`]).replaceAll(/\s/g, '');
  if (data && !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) {
    throw new ClusterError('config', `"${entry.name}" in ${entry.file}: ${key}-data is not base64.`);
  }
  if (data) return data;
  return text(entry.value[key]) ? (await fileOf(entry, key)).toString('base64') : undefined;
}

/** The content of the file that `key` names, relative to the kubeconfig it stands in. */
export async function fileOf(entry: Entry, key: string): Promise<Buffer> {
  const path = resolve(dirname(entry.file), text(entry.value[key]));
  try {
    return await readFile(path);
  } catch (error) {
    const why = reasonOf((error as NodeJS.ErrnoException).code);
    throw new ClusterError('config', `"${entry.name}" in ${entry.file}: ${key} ${path} cannot be read: ${why}.`);
  }
}
