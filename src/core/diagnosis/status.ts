/** Findings → statuses: a fault colours its hops, and the entrances that pass them. */
import type { Entrance, Finding, Hop, HopStatus, TrafficPath } from '../path.ts';
import { verdictOfPorts, worst } from './verdict.ts';

const rank: readonly HopStatus[] = ['skipped', 'ok', 'unknown', 'warning', 'error'];

/** The path with hops and entrances made worse, never better, by the findings. */
export function withStatuses(path: TrafficPath, findings: readonly Finding[]): TrafficPath {
  const ports = verdictOfPorts(path);
  const levels = new Map<string, HopStatus>();
  for (const f of findings) {
    if (f.level === 'note') continue;
    // A fault of one port while another answers: the hop serves some.
    const level = f.port !== null && [...ports.values()].includes('works') ? 'warning' : f.level;
    for (const id of [f.hop, ...(f.alsoHops ?? [])]) levels.set(id, worse(levels.get(id) ?? 'ok', level));
  }
  return {
    ...path,
    hops: path.hops.map((h): Hop => ({ ...h, status: worse(h.status, levels.get(h.id) ?? 'skipped') })),
    entrances: path.entrances.map((e): Entrance => {
      const passes = new Set(e.hops);
      const own = findings
        .filter((f) => concerns(f, e, passes))
        .map((f) => (f.level === 'error' ? 'broken' : 'degraded') as Entrance['status']);
      const answers = ports.get(e.port) ?? ports.get('');
      // A direct pod IP and a port-forward do not need the Service's endpoints: their own hops tell.
      const direct = e.kind === 'pod-ip' || e.kind === 'port-forward';
      return {
        ...e,
        status: worst([e.status, ...own, ...(answers === 'broken' && !direct ? [answers] : [])]) ?? e.status,
      };
    }),
  };
}

/** A fault at the Service or its endpoints meets every entrance of the port; any other those that pass its hop. */
function concerns(f: Finding, e: Entrance, passes: ReadonlySet<string>): boolean {
  if (f.level === 'note' || (f.from === 'laptop' && (e.client !== 'laptop' || !e.open))) return false;
  if (f.port !== null && f.port !== e.port) return false;
  const hops = [f.hop, ...(f.alsoHops ?? [])];
  return hops.some((h) => (f.from === 'everywhere' && (h === 'service' || h === 'endpoints')) || passes.has(h));
}

function worse(a: HopStatus, b: HopStatus): HopStatus {
  return rank.indexOf(a) >= rank.indexOf(b) ? a : b;
}
