/** Diagram → Mermaid's text. The only place that knows its syntax and its escaping. */
import type { Diagram, DiagramEdge, DiagramNode, Lane } from './diagram.ts';
import { statuses } from './words.ts';

/**
 * Mermaid text of a diagram. `html: true`, for our page: boxes of fixed size without any text, named by their place in
 * the diagram (`N0`, `E0`, `L0`); the page writes the words in afterwards. So no name of a cluster ever passes
 * Mermaid's parser there, and the same text means the same layout: a change of status leaves it as it is.
 * `html: false`, for Markdown viewers: everything in words.
 */
export function toMermaid(diagram: Diagram, options: { readonly html: boolean }): string {
  const label = options.html ? boxes : words;
  const index = new Map(diagram.nodes.map((n, i) => [n.id, i]));
  const lines = ['flowchart TB', ...lane(undefined, diagram, label, 1)];
  diagram.edges.forEach((edge, i) => {
    const from = index.get(edge.from);
    const to = index.get(edge.to);
    if (from === undefined || to === undefined) return;
    lines.push(options.html ? drawn(edge, i, `N${from}`, `N${to}`, diagram) : spoken(edge, `N${from}`, `N${to}`));
  });
  lines.push(...(options.html ? anchors(diagram) : colours(diagram)));
  return `${lines.join('\n')}\n`;
}

interface Labels {
  readonly lane: (lane: Lane) => string;
  readonly node: (node: DiagramNode) => string;
}

function lane(id: string | undefined, diagram: Diagram, label: Labels, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const inner = diagram.lanes.flatMap((l, i) =>
    l.parent === id
      ? [
          `${indent}subgraph L${i}["${label.lane(l)}"]`,
          // Without it a lane that no line crosses is laid out from left to right.
          `${indent}  direction TB`,
          ...lane(l.id, diagram, label, depth + 1),
          `${indent}end`,
        ]
      : [],
  );
  const own = diagram.nodes.flatMap((n, i) => (n.lane === id ? [`${indent}N${i}["${label.node(n)}"]`] : []));
  return [...own, ...inner];
}

const boxes: Labels = { lane: () => "<div class='lane'></div>", node: () => "<div class='hop'></div>" };

/** Lines that may get or lose words without a change of topology always have room for them. */
function drawn(edge: DiagramEdge, i: number, from: string, to: string, diagram: Diagram): string {
  if (edge.style === 'order') return `  ${from} E${i}@~~~ ${to}`;
  const end = diagram.nodes.find((n) => n.id === edge.to);
  const chosen = end?.kind === 'pod' || (end?.kind === 'endpoint' && end.hop !== 'endpoints');
  const room = chosen ? 'share' : edge.label ? 'reason' : undefined;
  return `  ${from} E${i}@-->${room ? `|"<div class='${room}'></div>"|` : ''} ${to}`;
}

/**
 * A lane that no line crosses is laid out apart, with coordinates of its own: an invisible box outside ties it to the
 * rest.
 */
function anchors({ lanes, nodes, edges }: Diagram): string[] {
  const parents = new Map(lanes.map((l) => [l.id, l.parent]));
  const within = (id: string | undefined, lane: string): boolean =>
    id !== undefined && (id === lane || within(parents.get(id), lane));
  const laneOf = new Map(nodes.map((n) => [n.id, n.lane]));
  return lanes
    .filter((l) => !edges.some((e) => within(laneOf.get(e.from), l.id) !== within(laneOf.get(e.to), l.id)))
    .flatMap((l) => {
      const first = nodes.findIndex((n) => within(n.lane, l.id));
      return first < 0 ? [] : [`  A["<div class='anchor'></div>"] ~~~ N${first}`];
    });
}

const words: Labels = {
  lane: (l) => escaped(l.title),
  node: (n) =>
    [n.title, n.address, `${statuses[n.status].word} · ${n.note}`]
      .filter((x) => x !== '')
      .map(escaped)
      .join('<br/>'),
};

function spoken(edge: DiagramEdge, from: string, to: string): string {
  const arrow = { way: '==>', skipped: '-.->', 'left-out': '-.->', order: '~~~' }[edge.style];
  return `  ${from} ${arrow}${edge.label ? `|"${escaped(edge.label)}"|` : ''} ${to}`;
}

/** Colours that read on a light and on a dark page. */
function colours(diagram: Diagram): string[] {
  const paint: Readonly<Record<string, string>> = {
    error: 'stroke:#e51400,stroke-width:2px',
    warning: 'stroke:#bf8803,stroke-width:2px',
    unknown: 'stroke-dasharray:2 2',
    skipped: 'stroke-dasharray:4 3,opacity:0.6',
  };
  return Object.entries(paint).flatMap(([status, style]) => {
    const of = diagram.nodes.flatMap((n, i) => (n.status === status ? [`N${i}`] : []));
    return of.length > 0 ? [`  classDef ${status} ${style}`, `  class ${of.join(',')} ${status}`] : [];
  });
}

/** Every ASCII sign that Mermaid, Markdown or HTML could read as its own becomes a Mermaid entity (`#35;`, by code point). */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,:/=+\u00a0-\u{10ffff}-]/gu, (c) =>
    /\p{Cc}/u.test(c) ? ' ' : `#${c.codePointAt(0)};`,
  );
}
