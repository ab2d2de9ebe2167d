/** The demo's own authority and server certificate, and the kubeconfig that trusts it. selfsigned makes the X.509. */

import { generate } from 'selfsigned';
import { stringify } from 'yaml';

/** PEM texts of one start: `ca` is what a client must trust. */
export interface Identity {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** The authority's own key, to sign the next certificate with. */
  readonly caKey: string;
}

/** A certificate for 127.0.0.1 by that authority, or by a new one. */
export async function makeIdentity(authorityOf?: Identity): Promise<Identity> {
  const shared = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
  // An hour back: clocks of VMs differ.
  const notBeforeDate = new Date(Date.now() - 3_600_000);
  const authority = authorityOf
    ? { cert: authorityOf.ca, private: authorityOf.caKey }
    : await generate([{ name: 'commonName', value: 'minikubeCA' }], {
        ...shared,
        notBeforeDate,
        extensions: [
          { name: 'basicConstraints', cA: true, critical: true },
          { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
        ],
      });
  const server = await generate([{ name: 'commonName', value: 'minikube' }], {
    ...shared,
    notBeforeDate,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'minikube' },
          { type: 2, value: 'kubernetes' },
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '192.168.49.2' },
        ],
      },
    ],
  });
  return { ca: authority.cert, certificate: server.cert, key: server.private, caKey: authority.private };
}

/** YAML as minikube writes it (or kind, by the context's name); only the credentials differ: a token instead of a client certificate. */
export function kubeconfigText(
  url: string,
  ca: string,
  token: string,
  user = 'minikube',
  namespace = 'default',
  cluster: 'minikube' | 'kind-demo' = 'minikube',
): string {
  const extension = (name: string) =>
    cluster === 'minikube' ? [{ extension: { provider: 'minikube.sigs.k8s.io', version: 'v1.37.0' }, name }] : [];
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        cluster: {
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
          extensions: extension('cluster_info'),
          server: url,
        },
        name: cluster,
      },
    ],
    contexts: [{ context: { cluster, extensions: extension('context_info'), namespace, user }, name: cluster }],
    'current-context': cluster,
    users: [{ name: user, user: { token } }],
  });
}
