/**
 * Agents that reach an API server through a proxy, by the libraries of the field (the proxy-agents family). Loaded only where
 * there is a proxy.
 */

import type { Agent, ClientRequest } from 'node:http';
import { type PeerCertificate, rootCertificates, type TLSSocket } from 'node:tls';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksProxyAgent } from 'socks-proxy-agent';

/** What the connection through the proxy must show. */
export interface Beyond {
  readonly server: URL;
  /** The cluster's authority, PEM: an https proxy may be of it too. */
  readonly ca: string | undefined;
  /**
   * Compares a certificate with the server's name. Without it Node compares with the proxy's name where the server is an IP
   * address. Given here and not with each request, since Node reuses no connection of a request that checks for itself.
   */
  readonly checkServerIdentity: (host: string, shown: PeerCertificate) => Error | undefined;
}

/** A keep-alive agent that reaches the server through the proxy. */
export function proxyAgent(proxy: URL, beyond: Beyond): Agent {
  const { server, ca, checkServerIdentity } = beyond;
  const keepAlive = { keepAlive: true };
  if (proxy.protocol.startsWith('socks')) {
    // kubectl lets the proxy look the name up, with socks5 as with socks5h.
    const url = new URL(proxy.href.replace(/^socks5h?:/, 'socks5h:'));
    return new (class extends SocksProxyAgent {
      override async connect(request: ClientRequest, options: Parameters<SocksProxyAgent['connect']>[1]) {
        const socket = await super.connect(request, { ...options, checkServerIdentity } as typeof options);
        // The library destroys the request without the reason.
        (socket as TLSSocket).prependOnceListener('error', (error) => request.destroy(error));
        return socket;
      }
    })(url, keepAlive);
  }
  const options = { ...keepAlive, ...(proxy.protocol === 'https:' && ca ? { ca: [...rootCertificates, ca] } : {}) };
  if (server.protocol === 'http:') return new HttpProxyAgent(proxy, options);
  return new (class extends HttpsProxyAgent<string> {
    override connect(request: ClientRequest, to: Parameters<HttpsProxyAgent<string>['connect']>[1]) {
      return super.connect(request, { ...to, checkServerIdentity } as typeof to);
    }
  })(proxy, options);
}
