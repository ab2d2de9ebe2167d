/** The report: a diagnosis as JSON, the public contract (report.schema.json); it grows only by addition. */
import type { Diagnosis, Entrance, Evidence, Finding, Hop, ObjectRef, Verdict } from './path.ts';
import { seenAt } from './seenAt.ts';
import type { AccessRule } from './snapshot.ts';

/** What `traffic-path trace -o json` prints. */
export interface Report {
  readonly schema: 'traffic-path/1';
  readonly at: string;
  /** Present while the facts are those of an earlier time. */
  readonly stale?: { readonly since: string; readonly why: string };
  readonly context: string;
  /** True when the API server's certificate is not checked. */
  readonly insecure?: true;
  readonly provider: string;
  readonly namespace: string;
  readonly service: string;
  /** For a client inside the cluster. */
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly from: string;
  readonly entrances: readonly ReportEntrance[];
  readonly hops: readonly ReportHop[];
  readonly findings: readonly ReportFinding[];
  readonly unknown: readonly { readonly what: string; readonly why: string; readonly needs?: AccessRule }[];
}

/** An entrance, as in the path. */
export type ReportEntrance = Pick<
  Entrance,
  | 'id'
  | 'kind'
  | 'port'
  | 'url'
  | 'client'
  | 'open'
  | 'status'
  | 'hops'
  | 'stopsAt'
  | 'links'
  | 'skips'
  | 'whySkips'
  | 'wayBack'
>;

/** A hop, as in the path; `node` and `object` where there are such. */
export interface ReportHop extends Pick<Hop, 'id' | 'kind' | 'name' | 'address' | 'status' | 'note' | 'facts'> {
  readonly node?: string;
  readonly object?: ObjectRef;
  readonly evidence: readonly ReportEvidence[];
}

/** A finding, as in the diagnosis. */
export interface ReportFinding extends Omit<Finding, 'evidence'> {
  readonly evidence: readonly ReportEvidence[];
}

/** How something is known, and when it was read. */
export interface ReportEvidence extends Evidence {
  readonly at: string;
}

/** The report of a diagnosis. Its key order is the order in which a person reads it. */
export function toReport(diagnosis: Diagnosis): Report {
  const { path, findings, verdict, sentence } = diagnosis;
  const { snapshot } = path;
  const dated = (all: readonly Evidence[]) => all.map((e): ReportEvidence => ({ ...e, at: seenAt(snapshot, e) }));
  return {
    schema: 'traffic-path/1',
    at: snapshot.at,
    ...(snapshot.stale ? { stale: snapshot.stale } : {}),
    context: snapshot.connection.context,
    ...(snapshot.connection.insecureSkipTlsVerify ? { insecure: true } : {}),
    provider: path.provider.name,
    namespace: snapshot.namespace,
    service: snapshot.name,
    verdict,
    sentence,
    from: 'name' in path.from ? `${path.from.kind}/${path.from.name}` : path.from.kind,
    entrances: path.entrances.map(
      ({ id, kind, port, url, client, open, status, hops, stopsAt, links, skips, whySkips, wayBack }) => ({
        id,
        kind,
        port,
        url,
        client,
        open,
        status,
        hops,
        ...(stopsAt === undefined ? {} : { stopsAt }),
        links,
        skips,
        whySkips,
        wayBack,
      }),
    ),
    hops: path.hops.map(({ id, kind, name, address, status, note, facts, node, object, evidence }) => ({
      id,
      kind,
      name,
      address,
      status,
      note,
      facts,
      ...(node === undefined ? {} : { node }),
      ...(object === undefined ? {} : { object }),
      evidence: dated(evidence),
    })),
    findings: findings.map(
      ({ code, level, from, hop, alsoHops, port, objects, says, try: fix, command, evidence }) => ({
        code,
        level,
        hop,
        ...(alsoHops ? { alsoHops } : {}),
        port,
        from,
        objects,
        says,
        try: fix,
        ...(command === undefined ? {} : { command }),
        evidence: dated(evidence),
      }),
    ),
    unknown: path.unknown.map(({ what, why, needs }) => (needs ? { what, why, needs } : { what, why })),
  };
}
