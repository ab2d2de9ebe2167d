/**
 * A context made ready to be asked: where, over which agent, with which identity. Owns the agent's idle connections.
 */

import { Agent as HttpAgent } from 'node:http';
import { type Agent, Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ConnectionFacts } from '../core/snapshot.ts';
import type { Target } from './connection.ts';
import { ClusterError } from './errors.ts';
import { identityOf } from './identity.ts';
import type { Choice, Sources } from './kubeconfig.ts';
import { text } from './kubeconfigFile.ts';

/** Makes the Target of a context. Nothing is sent and no plugin is run before `options()`. */
export async function createTarget(choice: Choice, env: Sources['env']): Promise<Target> {
  const { context, cluster, user } = choice;
  const base = serverUrl(choice);
  const insecure = cluster.value['insecure-skip-tls-verify'] === true;
  const facts: ConnectionFacts = {
    context: context.name,
    cluster: cluster.name,
    server: base.href.replace(/\/$/, ''),
    user: user?.name ?? '',
    kubeconfig: context.file,
    extensions: extensionsOf(context.value, cluster.value),
    insecureSkipTlsVerify: insecure,
  };
  const identity = identityOf(choice, env);
  const agent =
    base.protocol === 'http:' ? (new HttpAgent({ keepAlive: true }) as Agent) : new HttpsAgent({ keepAlive: true });
  let last: { material: string; secureContext: SecureContext } | undefined;
  return {
    facts,
    namespace: text(context.value['namespace']) || 'default',
    base,
    async options(renew = false) {
      const { applied } = await identity.current(renew);
      const { ca, cert, key, ...rest } = applied;
      const material = JSON.stringify([ca, cert, key].map(String));
      if (last?.material !== material) {
        last = { material, secureContext: createSecureContext({ ca, cert, key } as RequestOptions) };
      }
      return { ...rest, secureContext: last.secureContext, agent } as RequestOptions & { agent: Agent };
    },
    dispose() {
      identity.dispose();
      agent.destroy();
    },
  };
}

function serverUrl({ cluster }: Choice): URL {
  const server = text(cluster.value['server']);
  const wrong = (why: string) => new ClusterError('config', `Cluster "${cluster.name}" in ${cluster.file} ${why}.`);
  if (!server) throw wrong('names no server');
  // kubectl takes an address without a scheme for http.
  const url = URL.parse(/^https?:\/\//i.test(server) ? server : `http://${server}`);
  if (!url) throw wrong('names a server that is not a URL');
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

function extensionsOf(...values: Readonly<Record<string, unknown>>[]): string[] {
  const found = values.flatMap((value) => (Array.isArray(value['extensions']) ? value['extensions'] : []));
  return [...new Set(found.flatMap(({ name, extension }) => [text(name), text(extension?.provider)]))].filter(Boolean);
}
