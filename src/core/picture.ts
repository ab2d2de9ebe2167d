/** The picture: everything that the page shows, computed from a diagnosis and from what a person has chosen. */
import { bannersOf } from './banners.ts';
import { type Box, boxes } from './boxes.ts';
import { choose } from './choose.ts';
import { detailsOf, elsewhere, placed } from './details.ts';
import type { Diagram, DiagramEdge, View } from './diagram.ts';
import { lanesOf } from './lanes.ts';
import { toMermaid } from './mermaid.ts';
import type { Picture } from './messages.ts';
import type { Diagnosis, Finding } from './path.ts';
import { sentenceOf } from './sentence.ts';
import { icons } from './words.ts';

/** Draws a diagnosis: the chosen entrance's way, what it skips, and all that is said about each box. */
export function draw(diagnosis: Diagnosis, view: View): Picture {
  const { path, findings } = diagnosis;
  const chosen = choose(diagnosis, view);
  const drawn = boxes(diagnosis, chosen, view.unfolded);
  const diagram = diagramOf(diagnosis, drawn.boxes, drawn.edges);
  const ids = new Set(drawn.boxes.map((b) => b.id));
  const here = findings.filter((f) => f.from === 'everywhere' || chosen.from === 'laptop');
  const isOwn = (f: Finding) => f.port === null || f.port === chosen.port;
  const told = here.filter(isOwn).map((f) => placed(f, drawn));
  const ofOtherPorts = here.filter((f) => !isOwn(f)).map((f) => elsewhere(f, chosen.ports));
  const selected = view.selected !== undefined && ids.has(view.selected) ? view.selected : undefined;
  return {
    title: path.snapshot.name,
    namespace: path.snapshot.namespace,
    context: path.snapshot.connection.context,
    verdict: diagnosis.verdict,
    sentence: chosen.entrance ? sentenceOf(path, chosen.entrance) : diagnosis.sentence,
    wayBack: chosen.entrance?.wayBack ?? '',
    diagram,
    mermaid: toMermaid(diagram, { html: true }),
    details: drawn.boxes.map((b) => detailsOf(b, told, path.snapshot)),
    findings: [...told.map((f) => f.view), ...ofOtherPorts],
    ports: chosen.ports,
    entrances: chosen.entrances,
    froms: chosen.froms,
    view: {
      ...(chosen.port === undefined ? {} : { port: chosen.port }),
      ...(chosen.entrance === undefined ? {} : { entrance: chosen.entrance.id }),
      from: chosen.from,
      ...(selected === undefined ? {} : { selected }),
      unfolded: view.unfolded,
    },
    banners: bannersOf(diagnosis),
    at: path.snapshot.at,
    ...(path.snapshot.stale ? { staleSince: path.snapshot.stale.since } : {}),
  };
}

/** The diagram alone, in the words of diagram.ts; for Markdown and Mermaid too. */
export function diagramOf(diagnosis: Diagnosis, all: readonly Box[], edges: readonly DiagramEdge[]): Diagram {
  const { lanes, laneOf } = lanesOf(diagnosis, all);
  return {
    lanes,
    nodes: all.map((b) => ({
      id: b.id,
      hop: b.hop,
      kind: b.kind,
      lane: laneOf.get(b.id) ?? 'cluster',
      icon: b.fold ? 'layers' : icons[b.kind],
      title: b.title,
      address: b.address,
      note: b.note,
      status: b.status,
      ...(b.fold ? { folds: b.fold.members.length } : {}),
    })),
    edges: [...edges, ...order(all, edges)],
  };
}

/** A tunnel stands beside the way that it goes around: without an invisible line its lane would sink among the nodes. */
function order(all: readonly Box[], edges: readonly DiagramEdge[]): DiagramEdge[] {
  const client = all.find((b) => b.hop === 'client');
  const tunnel = all.find((b) => b.kind === 'tunnel');
  if (!client || !tunnel) return [];
  return edges
    .filter((e) => e.from === client.id && e.to !== tunnel.id)
    .map((e) => ({ from: tunnel.id, to: e.to, style: 'order' as const }));
}
