/**
 * A context made ready to be asked: where, over which agent, with which identity. Owns the agents and their connections.
 */

import { type Agent, Agent as HttpAgent, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import * as tls from 'node:tls';
import type { ConnectionFacts } from '../core/snapshot.ts';
import type { Choice } from './choice.ts';
import type { Target } from './connection.ts';
import { ClusterError } from './errors.ts';
import { identityOf } from './identity.ts';
import type { Sources } from './kubeconfig.ts';
import { homeOf, text } from './kubeconfigFile.ts';
import { minikubeProfile } from './minikube.ts';
import { proxyFor } from './proxy.ts';
import { maskedUrl, redact } from './secrets.ts';

/** The file that defines a context. `explicit`: it was named to us, kubectl by itself looks elsewhere. */
interface Defined {
  readonly file: string;
  readonly explicit: boolean;
}

/** Makes the Target of a context. `defined`: by which file; by none in a pod. Nothing is sent and no plugin is run before `options()`. */
export async function createTarget(choice: Choice, env: Sources['env'], defined?: Defined): Promise<Target> {
  const { context } = choice;
  const base = serverUrl(choice);
  const proxy = proxyOf(choice, base, env);
  const identity = identityOf(choice, env);
  /** The one in use, and older ones while requests of theirs run. */
  const agents = new Set<Agent>();
  let disposed = false;
  let last: { from: RequestOptions; secured: Promise<RequestOptions & { agent: HttpsAgent }> } | undefined;

  async function secure({ ca, cert, key, headers: _, ...rest }: RequestOptions) {
    const authority = ca?.toString();
    const protocol = base.protocol;
    const secureContext = protocol === 'https:' ? contextOf(choice, { ca: authority, cert, key }) : undefined;
    const agent = await newAgent(authority, rest.servername);
    retire(agents);
    agents.add(agent);
    if (!secureContext) return { protocol, agent: agent as HttpsAgent };
    return { ...rest, protocol, secureContext, agent: agent as HttpsAgent };
  }

  async function newAgent(ca: string | undefined, servername: string | undefined): Promise<Agent> {
    if (proxy) {
      const { proxyAgent } = await import('./proxyAgent.ts');
      const name = servername ?? base.hostname.replace(/^\[|\]$/g, '');
      return proxyAgent(proxy, {
        server: base,
        ca,
        checkServerIdentity: (_, shown) => tls.checkServerIdentity(name, shown),
      });
    }
    return base.protocol === 'http:' ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true });
  }

  return {
    facts: await factsOf(choice, base, proxy, env, defined),
    namespace: text(context.value['namespace']) || 'default',
    base,
    async options(renew = false) {
      if (disposed) throw new ClusterError('cancelled', `The connection to ${base.host} was closed.`);
      dropIdle(agents);
      const from = await identity.current(renew);
      last = last && sameTls(last.from, from) ? { ...last, from } : { from, secured: secure(from) };
      return { ...(await last.secured), headers: { ...(from.headers as OutgoingHttpHeaders) } };
    },
    dispose() {
      disposed = true;
      identity.dispose();
      for (const agent of agents) agent.destroy();
      agents.clear();
    },
  };
}

/** What the connection trusts and shows. OpenSSL refuses what is no PEM, and a key of another certificate. */
function contextOf(
  { user }: Choice,
  { ca, cert, key }: Pick<RequestOptions, 'ca' | 'cert' | 'key'>,
): tls.SecureContext {
  try {
    return tls.createSecureContext({ ca: ca ?? systemAuthorities(), cert, key } as tls.SecureContextOptions);
  } catch (error) {
    const why = (error as { reason?: string }).reason ?? (error as NodeJS.ErrnoException).code;
    const who = `User "${user?.name}" in ${user?.file}`;
    throw new ClusterError('config', `${who}: the client certificate or its key cannot be used (${why}).`);
  }
}

/** Forgets the agents before the last one once nothing runs over them. */
function dropIdle(agents: Set<Agent>): void {
  let more = agents.size;
  for (const agent of agents) {
    more -= 1;
    if (more > 0 && [agent.sockets, agent.requests].every((each) => Object.keys(each).length === 0))
      agents.delete(agent);
  }
}

/** Lets the old agents' requests end, but keeps no connection that carries an identity which is no longer ours. */
function retire(agents: ReadonlySet<Agent>): void {
  for (const agent of agents) {
    agent.maxFreeSockets = 0;
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

function sameTls(a: RequestOptions, b: RequestOptions): boolean {
  return a === b || (['ca', 'cert', 'key'] as const).every((key) => String(a[key]) === String(b[key]));
}

/** Without an authority in the kubeconfig, kubectl trusts what the computer trusts, which is more than Node's own list. */
function systemAuthorities(): string[] {
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
}

function serverUrl({ cluster: { name, file, value } }: Choice): URL {
  const wrong = (why: string) => new ClusterError('config', `Cluster "${name}" in ${file} ${why}.`);
  const server = text(value['server']);
  if (!server) throw wrong('names no server');
  // kubectl takes an address without a scheme for http.
  const url = URL.parse(/^[a-z]+:\/\//i.test(server) ? server : `http://${server}`);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw wrong(`names the server ${redact(server)}, which is no http(s) URL`);
  url.pathname = url.pathname.replace(/\/+$/, '');
  url.username = '';
  url.password = '';
  return url;
}

function proxyOf({ cluster: { name, file, value } }: Choice, base: URL, env: Sources['env']): URL | undefined {
  try {
    return proxyFor(base, text(value['proxy-url']), env);
  } catch (error) {
    throw new ClusterError('config', `Cluster "${name}" in ${file}: ${(error as Error).message}.`);
  }
}

async function factsOf(
  { context, cluster, user }: Choice,
  base: URL,
  proxy: URL | undefined,
  env: Sources['env'],
  defined: Defined | undefined,
): Promise<ConnectionFacts> {
  // minikube names the context, or the cluster where the context was renamed, after its profile.
  const minikube =
    (await minikubeProfile(context.name, env, homeOf(env))) ?? (await minikubeProfile(cluster.name, env, homeOf(env)));
  return {
    context: context.name,
    cluster: cluster.name,
    server: base.href.replace(/\/$/, ''),
    user: user?.name ?? '',
    ...(defined ? { kubeconfig: defined.file } : {}),
    ...(defined?.explicit ? { explicit: true } : {}),
    extensions: extensionsOf(context.value, cluster.value),
    insecureSkipTlsVerify: cluster.value['insecure-skip-tls-verify'] === true,
    ...(proxy ? { proxyUrl: maskedUrl(proxy) } : {}),
    ...(minikube ? { minikube } : {}),
  };
}

function extensionsOf(...values: Readonly<Record<string, unknown>>[]): string[] {
  const found = values.flatMap((value) => (Array.isArray(value['extensions']) ? value['extensions'] : []));
  return [...new Set(found.flatMap((item) => [text(item?.name), text(item?.extension?.provider)]))].filter(Boolean);
}
