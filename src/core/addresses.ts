/** IP addresses and networks, as the path needs them. ipaddr.js because IPv6 has too many spellings to compare by hand. */
import ipaddr from 'ipaddr.js';

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

function parse(address: string): Ip | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address);
  return address.includes(':') && ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address) : undefined;
}

/** The family of an IP address; undefined for a host name. */
export function familyOf(address: string): 'IPv4' | 'IPv6' | undefined {
  if (address.includes(':')) return parse(address) ? 'IPv6' : undefined;
  return parse(address) ? 'IPv4' : undefined;
}

/** Address and port as a URL writes them: IPv6 in brackets. Without a port: the address alone. */
export function hostPort(address: string, port?: number | string): string {
  if (port === undefined || port === '') return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether the address lies in the network; false for anything that is neither. */
export function inNetwork(address: string, cidr: string): boolean {
  const ip = parse(address);
  if (!ip || !ipaddr.isValidCIDR(cidr)) return false;
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return ip.kind() === network.kind() && ip.match(network, bits);
}

/** The network that an interface's address lies in: `192.168.1.20/24` → `192.168.1.0/24`. */
export function networkOf(cidr: string): string {
  if (!ipaddr.isValidCIDR(cidr)) return cidr;
  const [ip, bits] = ipaddr.parseCIDR(cidr);
  const kind = ip.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${kind.networkAddressFromCIDR(cidr).toString()}/${bits}`;
}

/** The networks that a computer is in, without link-local ones: nobody routes to those. */
export function networksOf(interfaces: readonly { readonly cidr: string }[]): string[] {
  const routed = interfaces.filter((i) => parse(i.cidr.split('/')[0] ?? '')?.range() !== 'linkLocal');
  return [...new Set(routed.map((i) => networkOf(i.cidr)))];
}

/** Whether packets to this address never leave the computer. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || parse(address)?.range() === 'loopback';
}

/** Whether the address is routed on the internet: not private, not reserved for anything. */
export function isPublic(address: string): boolean {
  return parse(address)?.range() === 'unicast';
}
