/** Findings → statuses: a fault colours its hops, and the entrances that pass them. */
import type { Entrance, Finding, Hop, HopStatus, TrafficPath, Verdict } from '../path.ts';
import { verdictOfPorts, worst } from './verdict.ts';

const rank: readonly HopStatus[] = ['skipped', 'ok', 'unknown', 'warning', 'error'];

const hopsOf = (f: Finding): readonly string[] => [f.hop, ...(f.alsoHops ?? [])];

/** The path with hops and entrances made worse, never better, by the findings. */
export function withStatuses(path: TrafficPath, findings: readonly Finding[]): TrafficPath {
  const ports = verdictOfPorts(path);
  const levels = new Map<string, HopStatus>();
  const faults = new Map<string, Set<Finding>>();
  // A fault at the Service or its endpoints meets every entrance of its port, any other those that pass its hop.
  const central = findings.filter((f) => f.from === 'everywhere' && (f.hop === 'service' || f.hop === 'endpoints'));
  for (const f of findings) {
    for (const id of hopsOf(f)) faults.set(id, (faults.get(id) ?? new Set()).add(f));
    if (f.level === 'note') continue;
    // A fault of one port while another answers: the hop serves some.
    const level = f.port !== null && [...ports.values()].includes('works') ? 'warning' : f.level;
    for (const id of hopsOf(f)) levels.set(id, worse(levels.get(id) ?? 'ok', level));
  }
  const coloured = levels.size === 0 ? path.hops : path.hops.map((h) => atLeast(h, levels.get(h.id)));
  const bad = new Set(coloured.filter((h) => h.status === 'error' && isFront(h.id)).map((h) => h.id));
  return {
    ...path,
    hops: coloured,
    entrances: path.entrances.map((e): Entrance => {
      const met = new Set(central);
      for (const h of faults.size === 0 ? [] : e.hops) for (const f of faults.get(h) ?? []) met.add(f);
      const own = [...met]
        .filter((f) => concerns(f, e))
        .map((f): Verdict => (f.level === 'error' ? 'broken' : 'degraded'));
      const answers = ports.get(e.port) ?? ports.get('');
      // A direct pod IP and a port-forward do not need the Service's endpoints: their own hops tell.
      const direct = e.kind === 'pod-ip' || e.kind === 'port-forward';
      const status = worst([e.status, ...own, ...(answers === 'broken' && !direct ? [answers] : [])]) ?? e.status;
      const stopsAt = status === 'broken' ? stopOf(e, bad) : undefined;
      return { ...e, status, ...(stopsAt === undefined ? {} : { stopsAt }) };
    }),
  };
}

/** Where requests of a broken entrance end, when that is before the pods: the first place that stops them. */
const stopOf = (e: Entrance, bad: ReadonlySet<string>): string | undefined =>
  e.hops.find((id) => id === e.stopsAt || bad.has(id));

/** Whether a hop is before the pods. */
const isFront = (id: string): boolean => id === 'endpoints' || !/^(pod|container|endpoint)\//.test(id);

/** A note concerns nobody's traffic; a fault of the laptop's side only open entrances from there. */
function concerns(f: Finding, e: Entrance): boolean {
  if (f.level === 'note' || (f.port !== null && f.port !== e.port)) return false;
  return f.from === 'everywhere' || (e.client === 'laptop' && e.open);
}

function atLeast(hop: Hop, level: HopStatus | undefined): Hop {
  const status = level === undefined ? hop.status : worse(hop.status, level);
  return status === hop.status ? hop : { ...hop, status };
}

function worse(a: HopStatus, b: HopStatus): HopStatus {
  return rank.indexOf(a) >= rank.indexOf(b) ? a : b;
}
