/** Works it, for a client inside the cluster? */
import type { Finding, TrafficPath, Verdict } from '../path.ts';
import type { ServicePortFacts } from '../snapshot.ts';
import { hasEndpointFor, slicesFor } from './case.ts';

/**
 * What the Service's port comes to by its endpoints alone: broken without one, unknown when they may not be read.
 * A headless Service may have no ports: then any endpoint counts.
 */
export function verdictOfPorts(path: TrafficPath): ReadonlyMap<string, Verdict> {
  const { service, snapshot } = path;
  if (!service || service.type === 'ExternalName') return new Map();
  const slices = snapshot.slices.known ? slicesFor(service, snapshot.slices.items) : undefined;
  const verdict = (port: ServicePortFacts | undefined): Verdict =>
    !slices ? 'unknown' : hasEndpointFor(slices, port) ? 'works' : 'broken';
  if (service.ports.length === 0 && !service.clusterIPs.includes('None')) return new Map();
  if (service.ports.length === 0) return new Map([['', verdict(undefined)]]);
  return new Map(service.ports.map((p) => [`${p.port}/${p.protocol}`, verdict(p)]));
}

/** Broken when no port answers, degraded when some do or someone meets a fault; faults of the laptop's side do not count. */
export function verdictOf(path: TrafficPath, findings: readonly Finding[]): Verdict {
  const everywhere = findings.filter((f) => f.from === 'everywhere');
  if (everywhere.some((f) => f.level === 'error' && f.port === null)) return 'broken';
  const { service } = path;
  if (!service) return 'unknown';
  if (service.type === 'ExternalName') return worst(path.entrances.map((e) => e.status)) ?? 'unknown';
  const broken = new Set(everywhere.filter((f) => f.level === 'error').map((f) => f.port));
  const ports = [...verdictOfPorts(path)].map(([port, v]): Verdict => (broken.has(port) ? 'broken' : v));
  if (ports.length === 0) return 'unknown';
  if (ports.every((v) => v === 'broken')) return 'broken';
  if (ports.some((v) => v === 'broken') || everywhere.some((f) => f.level === 'warning')) return 'degraded';
  return ports.some((v) => v === 'unknown') ? 'unknown' : 'works';
}

const order: readonly Verdict[] = ['broken', 'degraded', 'unknown', 'works'];

/** The worst of several: broken, degraded, unknown, works. */
export function worst(verdicts: readonly Verdict[]): Verdict | undefined {
  return order.find((v) => verdicts.includes(v));
}
