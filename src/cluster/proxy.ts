/**
 * Whether a proxy stands between us and the API server, and which: `proxy-url` of the cluster, else HTTPS_PROXY, HTTP_PROXY and
 * NO_PROXY as Go (and with it kubectl) reads them: https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */

import { BlockList, isIP } from 'node:net';

type Env = Readonly<Record<string, string | undefined>>;

/** What a proxy may be reached by. */
const schemes = ['http:', 'https:', 'socks5:', 'socks5h:'];

/** The proxy for requests to the server; undefined: none. Throws a RangeError with the reason for one that cannot be used. */
export function proxyFor(server: URL, proxyUrl: string, env: Env): URL | undefined {
  if (proxyUrl) return usable(URL.parse(proxyUrl), 'proxy-url');
  const name = server.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
  const value = env[name] || env[name.toLowerCase()];
  if (!value || bypasses(server, env['NO_PROXY'] || env['no_proxy'] || '')) return undefined;
  return usable(URL.parse(/^[a-z0-9]+:\/\//i.test(value) ? value : `http://${value}`), name);
}

function usable(url: URL | null, name: string): URL {
  if (!url?.hostname) throw new RangeError(`${name} is not a URL`);
  if (schemes.includes(url.protocol)) return url;
  throw new RangeError(`${name} asks for a ${url.protocol.slice(0, -1)} proxy; http, https and socks5 are served`);
}

/** Whether NO_PROXY (or being this computer, which Go never sends to a proxy of the environment) spares the server the proxy. */
export function bypasses(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port || (server.protocol === 'http:' ? '80' : '443');
  const family = isIP(host);
  if (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    (family === 4 && host.startsWith('127.'))
  ) {
    return true;
  }
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      if (entry.includes('/')) return family !== 0 && inNetwork(host, family, entry);
      const [, name = entry, wanted] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
      if (wanted && wanted !== port) return false;
      const plain = name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
      if (family) return plain === host;
      return plain.startsWith('.') ? host.endsWith(plain) : host === plain || host.endsWith(`.${plain}`);
    });
}

function inNetwork(host: string, family: number, network: string): boolean {
  const [address = '', prefix] = network.split('/');
  if (isIP(address) !== family) return false;
  const block = new BlockList();
  try {
    block.addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
    return block.check(host, family === 6 ? 'ipv6' : 'ipv4');
  } catch {
    return false;
  }
}
