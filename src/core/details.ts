/** What is shown beside the picture for one box: what is wrong, what can be done, facts, how it is known. */
import { actionsOf } from './actions.ts';
import type { Box, Drawn } from './boxes.ts';
import type { Choice, FindingView, NodeDetails } from './diagram.ts';
import type { Evidence, Finding } from './path.ts';
import { seenAt } from './seenAt.ts';
import type { Snapshot } from './snapshot.ts';
import { meaningOf } from './words.ts';

/** A finding as the page shows it, and the boxes that it is about. */
export interface Placed {
  readonly view: FindingView;
  readonly nodes: ReadonlySet<string>;
  readonly evidence: readonly Evidence[];
}

/** Puts a finding at the boxes of its hops, or at the boxes that stand for them. */
export function placed(finding: Finding, { boxes, standsFor }: Drawn): Placed {
  const own = new Map(boxes.map((b) => [b.hop, b.id]));
  const nodes = new Set<string>();
  for (const hop of [finding.hop, ...(finding.alsoHops ?? [])]) {
    for (const node of [own.get(hop), standsFor(hop)]) if (node !== undefined) nodes.add(node);
  }
  const [node] = nodes;
  const view = { ...viewOf(finding), ...(node === undefined ? {} : { node }) };
  return { view, nodes, evidence: finding.evidence };
}

const viewOf = (finding: Finding): FindingView => ({
  code: finding.code,
  level: finding.level,
  says: finding.says,
  try: finding.try,
  ...(finding.command === undefined ? {} : { command: finding.command }),
  laptopOnly: finding.from === 'laptop',
});

/** A finding of a port that is not drawn: without it the Service would be degraded for no reason that can be seen. */
export function elsewhere(finding: Finding, ports: readonly Choice[]): FindingView {
  const port = ports.find((p) => p.id === finding.port)?.id;
  return { ...viewOf(finding), ...(port === undefined ? {} : { port }) };
}

/** Members named in a fold's facts; the rest is a number. */
const named = 5;

/** The details of one box. */
export function detailsOf(box: Box, findings: readonly Placed[], snapshot: Snapshot): NodeDetails {
  const here = findings.filter((f) => f.nodes.has(box.id));
  const mine = here.map((f) => f.view);
  const members = box.fold?.members ?? [];
  const more = members.length - named;
  return {
    node: box.id,
    meaning: meaningOf(box.kind, box.hop),
    facts: box.of
      ? Object.entries(box.of.facts)
      : [
          ['pods', String(members.length)],
          ...(box.node ? [['node', box.node] as const] : []),
          [
            'names',
            [...members.slice(0, named).map((m) => m.name), ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
          ],
        ],
    findings: mine,
    evidence: each([...((box.of ?? members[0])?.evidence ?? []), ...here.flatMap((f) => f.evidence)]).map((e) => ({
      ...e,
      at: seenAt(snapshot, e),
    })),
    actions: actionsOf(box, mine, box.of?.object),
  };
}

/** A finding often rests on what its hop shows already. */
function each(evidence: readonly Evidence[]): Evidence[] {
  return [...new Map(evidence.map((e) => [`${e.vantage} ${e.source} ${e.value}`, e])).values()];
}
