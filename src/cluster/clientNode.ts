/**
 * The one place that uses the official client: how a kubeconfig's user and cluster become options of a request. Loaded by
 * import() on first use and bundled apart, since it is large and most of an activation does not need it.
 */

import type { RequestOptions } from 'node:https';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';

/** Authentication headers and TLS material for requests to the cluster as the user. */
export async function requestOptions(cluster: Cluster, user: User): Promise<RequestOptions> {
  const config = new KubeConfig();
  // Plain http is refused by the client unless verification is off; there is nothing to verify, so it is.
  const skipTLSVerify = cluster.skipTLSVerify || cluster.server.startsWith('http:');
  config.loadFromClusterAndUser({ ...cluster, skipTLSVerify }, user);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  // Its agent opens a connection for each request, ours is used instead; a header serves WebSockets too.
  const { agent: _, auth, ...rest } = options;
  const basic = auth ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  return { ...rest, headers: { ...(rest.headers as object), ...basic } };
}
