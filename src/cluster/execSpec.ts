/**
 * The `exec` part of a kubeconfig's user, checked as kubectl checks it, and what the plugin is told about the cluster.
 */

import { stripVTControlCharacters } from 'node:util';
import type { Choice } from './choice.ts';
import { ClusterError } from './errors.ts';
import { materialOf } from './identityFiles.ts';
import { type Entry, text } from './kubeconfigFile.ts';

/** A plugin, ready to be run. */
export interface ExecSpec {
  /** `User "x" in FILE`: how messages begin. */
  readonly who: string;
  readonly file: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
}

const group = 'client.authentication.k8s.io';

/** Reads and checks the user's plugin. Throws ClusterError('config') for one that cannot be run. */
export function execSpec({ user }: Choice): ExecSpec {
  const { exec, who, file } = { ...named(user), exec: (user?.value['exec'] ?? {}) as Record<string, unknown> };
  const wrong = (why: string) => new ClusterError('config', `${who}: the exec plugin ${why}.`);
  const command = text(exec['command']);
  if (!command) throw wrong('names no command');
  const apiVersion = text(exec['apiVersion']);
  if (apiVersion !== `${group}/v1` && apiVersion !== `${group}/v1beta1`) {
    throw wrong(`${command} has apiVersion "${apiVersion}"; ${group}/v1 and v1beta1 are served. Renew the kubeconfig`);
  }
  const mode = text(exec['interactiveMode']);
  if (!mode && apiVersion === `${group}/v1`) throw wrong(`${command} says no interactiveMode, which v1 demands`);
  if (mode && !['Never', 'IfAvailable', 'Always'].includes(mode))
    throw wrong(`${command} has interactiveMode "${mode}"`);
  if (mode === 'Always') {
    throw wrong(`${command} asks for a terminal (interactiveMode: Always), and there is none here`);
  }
  const list = (value: unknown) => (Array.isArray(value) ? value : []);
  const pairs = list(exec['env']).map(({ name, value }) => [text(name), text(value)] as const);
  return {
    who,
    file,
    command,
    args: list(exec['args']).map(text),
    env: Object.fromEntries(pairs.filter(([name]) => name)),
    apiVersion,
    // Colours and cursor moves have no place in a message.
    installHint: stripVTControlCharacters(text(exec['installHint'])).trim(),
    provideClusterInfo: exec['provideClusterInfo'] === true,
  };
}

function named(user: Entry | undefined) {
  return { who: `User "${user?.name}" in ${user?.file}`, file: user?.file ?? '' };
}

/** KUBERNETES_EXEC_INFO: that nobody is there to answer questions and, when asked for, the cluster. */
export async function execInfo({ cluster }: Choice, { apiVersion, provideClusterInfo }: ExecSpec): Promise<object> {
  const spec: Record<string, unknown> = { interactive: false };
  if (provideClusterInfo) {
    const { value } = cluster;
    const extensions = Array.isArray(value['extensions']) ? value['extensions'] : [];
    spec['cluster'] = {
      server: value['server'],
      'tls-server-name': value['tls-server-name'],
      'insecure-skip-tls-verify': value['insecure-skip-tls-verify'],
      'certificate-authority-data': await materialOf(cluster, 'certificate-authority'),
      'proxy-url': value['proxy-url'],
      'disable-compression': value['disable-compression'],
      config: extensions.find(({ name }) => name === `${group}/exec`)?.extension ?? null,
    };
  }
  return { kind: 'ExecCredential', apiVersion, spec };
}
