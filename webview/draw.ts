/** Draws the diagram: Mermaid lays out boxes of fixed size, the words are written in here. A change of status never lays out again. */
import mermaid from 'mermaid';
import type { DiagramEdge, DiagramNode } from '../src/core/diagram.ts';
import type { Picture } from '../src/core/messages.ts';
import { kindNameOf, statuses } from '../src/core/words.ts';
import { el, icon, setText, spaced } from './dom.ts';
import { tidyLanes } from './lanes.ts';

mermaid.initialize({
  startOnLoad: false,
  securityLevel: 'strict',
  layout: 'dagre',
  theme: 'base',
  look: 'classic',
  maxEdges: 5000,
  fontFamily: 'var(--vscode-font-family)',
  flowchart: {
    htmlLabels: true,
    nodeSpacing: 24,
    rankSpacing: 24,
    padding: 0,
    subGraphTitleMargin: { top: 6, bottom: 10 },
    curve: 'basis',
    wrappingWidth: 1000,
  },
});

/** Last letters of a name that stay in sight when its middle is cut: they tell pods of one workload apart. */
const tail = 6;

/** A drawn box and the places of its words. */
interface Slot {
  readonly g: SVGGElement;
  readonly hop: HTMLElement;
  readonly icon: HTMLElement;
  readonly head: HTMLElement;
  readonly tail: HTMLElement;
  readonly state: HTMLElement;
  readonly word: HTMLElement;
  readonly address: HTMLElement;
  readonly note: HTMLElement;
  shown: DiagramNode | undefined;
  /** Ends the highlight. */
  fading: ReturnType<typeof setTimeout> | undefined;
}

/** The drawn diagram. */
export class Drawing {
  private readonly sheet: HTMLElement;
  private readonly onRender: () => void;
  private text = '';
  private slots: Slot[] = [];
  private lanes: HTMLElement[] = [];
  private renders = 0;
  private picture: Picture | undefined;

  constructor(sheet: HTMLElement, onRender: () => void) {
    this.sheet = sheet;
    this.onRender = onRender;
  }

  /** Shows a picture: patches when the topology is the same, else lays out anew. */
  async show(picture: Picture): Promise<void> {
    this.picture = picture;
    if (picture.mermaid === this.text) {
      this.fill(picture, true);
      return;
    }
    const turn = ++this.renders;
    const { svg } = await mermaid.render(`path${turn}`, picture.mermaid);
    // A newer picture came while this one was laid out: it draws itself.
    if (turn !== this.renders) return;
    this.text = picture.mermaid;
    this.sheet.innerHTML = svg;
    this.collect();
    this.fill(this.picture ?? picture, false);
    this.settle();
    this.onRender();
  }

  /** The box of a node, for focus and for scrolling to it. */
  box(node: string): SVGGElement | undefined {
    return this.slots.find((s) => s.shown?.id === node)?.g;
  }

  /** Boxes in the order of the path. */
  boxes(): readonly { readonly id: string; readonly g: SVGGElement }[] {
    return this.slots.flatMap((s) => (s.shown ? [{ id: s.shown.id, g: s.g }] : []));
  }

  select(node: string | undefined): void {
    const current = node ?? this.slots[0]?.shown?.id;
    for (const { g, shown } of this.slots) {
      g.classList.toggle('selected', shown?.id === node);
      g.setAttribute('aria-pressed', String(shown?.id === node));
      g.setAttribute('tabindex', shown?.id === current ? '0' : '-1');
    }
  }

  private collect(): void {
    const svg = this.sheet.querySelector('svg');
    if (!svg) return;
    svg.removeAttribute('style');
    svg.setAttribute('role', 'group');
    svg.removeAttribute('aria-roledescription');
    svg.setAttribute('aria-label', 'The path as boxes and lines');
    this.slots = [];
    this.lanes = [];
    for (const g of svg.querySelectorAll<SVGGElement>('g.cluster')) {
      const index = /L(\d+)$/.exec(g.id)?.[1];
      const title = g.querySelector<HTMLElement>('.lane');
      if (index !== undefined && title) this.lanes[Number(index)] = title;
    }
    for (const g of svg.querySelectorAll<SVGGElement>('g.node')) {
      const index = /flowchart-N(\d+)-/.exec(g.id)?.[1];
      const hop = g.querySelector<HTMLElement>('.hop');
      if (index === undefined || !hop) continue;
      const slot: Slot = {
        g,
        hop,
        icon: icon('blank', 'kind'),
        head: el('span', { class: 'head' }),
        tail: el('span', { class: 'tail' }),
        state: icon('blank', 'state'),
        word: el('span', { class: 'word' }),
        address: el('code'),
        note: el('span', { class: 'note' }),
        shown: undefined,
        fading: undefined,
      };
      hop.append(
        ...spaced(
          slot.icon,
          el('span', { class: 'title' }, slot.head, slot.tail),
          slot.state,
          slot.address,
          slot.word,
          slot.note,
        ),
      );
      g.setAttribute('role', 'button');
      this.slots[Number(index)] = slot;
    }
  }

  /** Mermaid's layout is done: what it gives no room to is put right, and the sheet gets its size. */
  private settle(): void {
    const svg = this.sheet.querySelector('svg');
    if (!svg) return;
    tidyLanes(svg);
    const { width, height } = svg.viewBox.baseVal;
    svg.setAttribute('width', String(width));
    svg.setAttribute('height', String(height));
  }

  private fill(picture: Picture, highlight: boolean): void {
    const { nodes, edges, lanes } = picture.diagram;
    nodes.forEach((node, i) => {
      const slot = this.slots[i];
      if (slot) fillBox(slot, node, highlight);
    });
    edges.forEach((edge, i) => {
      this.fillEdge(edge, i);
    });
    lanes.forEach((lane, i) => {
      const title = this.lanes[i];
      if (title && setText(title, lane.title)) title.title = lane.title;
    });
  }

  private fillEdge(edge: DiagramEdge, i: number): void {
    for (const path of this.sheet.querySelectorAll(`path[data-id="E${i}"]`)) {
      path.classList.remove('way', 'skipped', 'left-out', 'order', 'stops-here', 'stops-before');
      path.classList.add(edge.style);
      if (edge.stops) path.classList.add(`stops-${edge.stops}`);
    }
    const label = this.sheet.querySelector<HTMLElement>(`.edgeLabel [data-id="E${i}"] :is(.share, .reason)`);
    if (!label) return;
    label.dataset['style'] = edge.style;
    const text = label.firstElementChild ?? label.appendChild(el('span'));
    if (setText(text, edge.label ?? '')) label.title = edge.label ?? '';
  }
}

function fillBox(slot: Slot, node: DiagramNode, highlight: boolean): void {
  const before = slot.shown;
  if (before && JSON.stringify(before) === JSON.stringify(node)) return;
  slot.shown = node;
  const tells = node.kind === 'pod' && !node.folds && /^[\w.-]{13,}$/.test(node.title);
  const cut = tells ? node.title.length - tail : node.title.length;
  const { icon: shape, word } = statuses[node.status];
  setText(slot.head, node.title.slice(0, cut));
  setText(slot.tail, node.title.slice(cut));
  // The name of an EndpointSlice is made up by the cluster: it does not say what it names.
  const kind = node.hop === 'endpoints' && node.title !== kindNameOf(node) ? kindNameOf(node) : '';
  setText(slot.address, node.address || kind);
  slot.address.classList.toggle('kind-name', node.address === '');
  setText(slot.note, node.note);
  slot.icon.className = `codicon codicon-${node.icon} kind`;
  slot.state.className = `codicon codicon-${shape} state`;
  setText(slot.word, word);
  slot.g.dataset['node'] = node.id;
  slot.g.dataset['status'] = node.status;
  slot.g.dataset['kind'] = node.kind;
  slot.g.classList.toggle('fold', node.folds !== undefined);
  slot.g.setAttribute('aria-label', [node.title, node.address, word, node.note].filter(Boolean).join(', '));
  if (highlight) {
    slot.g.classList.add('changed');
    clearTimeout(slot.fading);
    slot.fading = setTimeout(() => slot.g.classList.remove('changed'), 800);
  }
}
