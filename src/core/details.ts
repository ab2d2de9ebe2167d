/** What is shown beside the picture for one box: what is wrong, what can be done, facts, how it is known. */
import { actionsOf } from './actions.ts';
import type { Box, Drawn } from './boxes.ts';
import type { FindingView, NodeDetails } from './diagram.ts';
import type { Finding } from './path.ts';
import { meanings } from './words.ts';

/** A finding as the page shows it: at its own box where there is one, else at the box that stands for its hop. */
export function findingView(finding: Finding, { boxes, standsFor }: Drawn): FindingView {
  const node = boxes.find((b) => b.hop === finding.hop)?.id ?? standsFor.get(finding.hop);
  return {
    code: finding.code,
    level: finding.level,
    says: finding.says,
    try: finding.try,
    ...(finding.command === undefined ? {} : { command: finding.command }),
    ...(node === undefined ? {} : { node }),
    laptopOnly: finding.from === 'laptop',
  };
}

/** Members named in a fold's facts; the rest is a number. */
const named = 5;

/** The details of one box. */
export function detailsOf(box: Box, findings: readonly FindingView[]): NodeDetails {
  const mine = findings.filter((f) => f.node === box.id);
  const members = box.fold?.members ?? [];
  const more = members.length - named;
  return {
    node: box.id,
    meaning: meanings[box.kind],
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
    evidence: (box.of ?? members[0])?.evidence ?? [],
    actions: actionsOf(box, mine, box.of?.object),
  };
}
