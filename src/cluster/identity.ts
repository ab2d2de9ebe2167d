/**
 * As whom: from a kubeconfig's user to the options of a request. Read again, and renewed, when it has changed or expired.
 */

import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Choice } from './choice.ts';
import { ClusterError } from './errors.ts';
import { type ExecCredential, runExecPlugin } from './execPlugin.ts';
import { fileOf, materialOf } from './identityFiles.ts';
import type { Sources } from './kubeconfig.ts';
import { type Entry, text } from './kubeconfigFile.ts';
import { type OidcTokens, oidcTokens } from './oidc.ts';

/** Files are looked at no more often: a page asks for much at once, and reading them costs more than a small request. */
const lookAgainMs = 500;

/** The identity of a context's user, kept fresh. */
export interface Identity {
  /** The same object as long as nothing changed. `renew`: the last was refused. */
  current(renew: boolean): Promise<RequestOptions>;
  /** Stops a plugin that runs. */
  dispose(): void;
}

/** Makes the identity; nothing is read or run before `current`. */
export function identityOf(choice: Choice, env: Sources['env']): Identity {
  const { cluster, user } = choice;
  const disposed = new AbortController();
  const exec = renewable<ExecCredential>(() => runExecPlugin(choice, env, disposed.signal));
  const oidc = renewable<OidcTokens>((last, renew) => oidcTokens(user as Entry, last, renew));
  let last: { key: string; options: RequestOptions } | undefined;
  let freshUntil = 0;
  return {
    async current(renew) {
      if (renew) freshUntil = 0;
      if (last && Date.now() < freshUntil) return last.options;
      const value = user?.value ?? {};
      if (user) check(user);
      const provider = (value['auth-provider'] ?? {}) as Record<string, unknown>;
      const token = text(value['tokenFile'])
        ? (await fileOf(user as Entry, 'tokenFile')).toString('utf8').trim()
        : text(value['token']);
      // A token in the kubeconfig counts before the plugin, as in kubectl.
      const plugin = value['exec'] && !token ? await exec(renew) : undefined;
      const issued = text(provider['name']) === 'oidc' ? await oidc(renew) : undefined;
      const bearer = token || plugin?.token || issued?.idToken;
      const [caData, certData, keyData] = await Promise.all([
        materialOf(cluster, 'certificate-authority'),
        plugin?.cert ? base64(plugin.cert) : user && materialOf(user, 'client-certificate'),
        plugin?.key ? base64(plugin.key) : user && materialOf(user, 'client-key'),
      ]);
      freshUntil = Math.min(Date.now() + lookAgainMs, (plugin ?? issued)?.expires ?? Number.POSITIVE_INFINITY);
      const key = JSON.stringify([caData, certData, keyData, bearer]);
      if (last?.key === key) return last.options;
      const tlsServerName = text(cluster.value['tls-server-name']);
      // On first use only: the official client is large.
      const { requestOptions } = await import('./clientNode.ts');
      const options = await requestOptions(
        {
          name: cluster.name,
          server: text(cluster.value['server']),
          skipTLSVerify: cluster.value['insecure-skip-tls-verify'] === true,
          ...(caData ? { caData } : {}),
          ...(tlsServerName ? { tlsServerName } : {}),
        },
        {
          name: user?.name ?? '',
          ...(certData && keyData ? { certData, keyData } : {}),
          ...(bearer ? { token: bearer } : {}),
          ...(text(value['username']) ? { username: text(value['username']), password: text(value['password']) } : {}),
          ...(text(value['as']) ? { impersonateUser: text(value['as']) } : {}),
        },
      );
      const plain = cluster.value['disable-compression'] === true ? { 'Accept-Encoding': 'identity' } : {};
      last = { key, options: { ...options, headers: { ...headersOf(options), ...impersonation(value), ...plain } } };
      return last.options;
    },
    dispose: () => disposed.abort(),
  };
}

/** One renewal at a time, whoever asks; the answer is kept until it expires or is refused. */
function renewable<T extends { readonly expires?: number }>(make: (last: T | undefined, renew: boolean) => Promise<T>) {
  let last: T | undefined;
  let running: Promise<T> | undefined;
  return async (renew: boolean): Promise<T> => {
    if (running) return running;
    if (last && !renew && (last.expires ?? Number.POSITIVE_INFINITY) > Date.now()) return last;
    running = make(last, renew).finally(() => {
      running = undefined;
    });
    last = await running;
    return last;
  };
}

/** What kubectl refuses before it asks anybody. */
function check({ name, file, value }: Entry): void {
  const wrong = (why: string) => new ClusterError('config', `User "${name}" in ${file} ${why}.`);
  const provider = text((value['auth-provider'] as Record<string, unknown> | undefined)?.['name']);
  if (value['auth-provider'] && value['exec']) throw wrong('has an auth-provider and an exec plugin; one is allowed');
  if (provider && provider !== 'oidc') {
    const instead: Record<string, string> = {
      gcp: 'install gke-gcloud-auth-plugin and run: gcloud container clusters get-credentials',
      azure: 'run: kubelogin convert-kubeconfig',
    };
    const hint = instead[provider] ? `; ${instead[provider]}` : '';
    throw wrong(`uses the auth-provider "${provider}", which Kubernetes has retired${hint}`);
  }
  if ((text(value['token']) || text(value['tokenFile'])) && text(value['username'])) {
    throw wrong('has a token and a username; one is allowed');
  }
  const cert = text(value['client-certificate']) || text(value['client-certificate-data']);
  if (cert && !text(value['client-key']) && !text(value['client-key-data'])) {
    throw wrong('has a client-certificate without a client-key');
  }
  if (!text(value['as']) && (value['as-uid'] || value['as-groups'] || value['as-user-extra'])) {
    throw wrong('asks for as-uid, as-groups or as-user-extra without as');
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation; client-node sends the user alone. */
function impersonation(value: Entry['value']): OutgoingHttpHeaders {
  const list = (values: unknown) => (Array.isArray(values) ? values.map(text) : []);
  const groups = list(value['as-groups']);
  const extra = Object.entries((value['as-user-extra'] ?? {}) as Record<string, unknown>);
  return {
    ...(text(value['as-uid']) ? { 'Impersonate-Uid': text(value['as-uid']) } : {}),
    ...(groups.length > 0 ? { 'Impersonate-Group': groups } : {}),
    ...Object.fromEntries(extra.map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, list(values)])),
  };
}

function headersOf(options: RequestOptions): OutgoingHttpHeaders {
  return (options.headers ?? {}) as OutgoingHttpHeaders;
}

function base64(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
