/** Small pieces of text that several hops and entrances share: ports, URLs, shares. */
import { hostPort } from '../addresses.ts';
import type { From } from '../path.ts';
import type { ConditionFacts } from '../podFacts.ts';
import type { ServicePortFacts } from '../snapshot.ts';

/** `8080/TCP`; empty for a Service without ports. */
export const portLabel = (p: ServicePortFacts | undefined): string => (p ? `${p.port}/${p.protocol}` : '');

/** The number as entrance ids have it: `8080`, `53/UDP` (one number may serve two protocols). */
export const portId = (number: number, p: ServicePortFacts): string =>
  p.protocol === 'TCP' ? `${number}` : `${number}/${p.protocol}`;

const notHttp =
  /postgres|pgsql|mysql|maria|redis|valkey|mongo|amqp|kafka|nats|mqtt|smtp|imap|ldap|ssh|ftp|dns|etcd|tcp/i;
const notHttpPorts = new Set([
  21, 22, 25, 53, 389, 636, 1433, 1521, 2181, 2379, 3306, 5432, 5672, 6379, 9042, 9092, 11211, 27017,
]);

/**
 * What a client asks for. `http://` is a guess from appProtocol, the port's name and its number, as Istio and browsers
 * guess; whatever is surely not HTTP is written as `host:port/PROTOCOL`.
 */
export function urlOf(host: string, number: number | string, p: ServicePortFacts): string {
  const at = hostPort(host, number);
  if (p.protocol !== 'TCP') return `${at}/${p.protocol}`;
  const hint = `${p.appProtocol ?? ''} ${p.name}`;
  if (/https|wss|tls/i.test(hint) || p.port === 443 || p.port === 8443) return `https://${at}`;
  if (/http|web|ws/i.test(hint)) return `http://${at}`;
  if (notHttp.test(hint) || notHttpPorts.has(p.port)) return `${at}/TCP`;
  return `http://${at}`;
}

/** A hop's address when several ports share it: `10.96.0.10:53,9153`. */
export function addressWith(ip: string, ports: Iterable<number>): string {
  if (ip === '') return '';
  return hostPort(ip, [...new Set(ports)].join(','));
}

/** `x and y`, `x, y and 3 more`: a list that stays one line. */
export function few(items: readonly string[], most = 3): string {
  if (items.length <= most) return items.join(', ');
  return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
}

/** `1 endpoint`, `2 endpoints`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** A condition's status, or undefined when the object does not carry it. */
export const condition = (conditions: readonly ConditionFacts[], type: string): ConditionFacts | undefined =>
  conditions.find((c) => c.type === type);

/** The hop of a client that stands inside the cluster. */
export function clientHop(from: From): string {
  if (from.kind === 'pod' || from.kind === 'node') return `client/${from.kind}/${from.name}`;
  return 'client/cluster';
}
