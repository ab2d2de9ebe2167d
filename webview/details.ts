/** Beside the picture: the chosen hop (what is wrong, what can be done, facts, how we know), or the whole path in words. */
import type { DiagramNode, FindingView, NodeDetails } from '../src/core/diagram.ts';
import type { Picture } from '../src/core/messages.ts';
import { kindNameOf, statuses, verdicts } from '../src/core/words.ts';
import { el, icon, replaceChildren, timeOf } from './dom.ts';
import { hereOf } from './frame.ts';

/** What a person can do here. */
export interface Deeds {
  readonly act: (node: string, action: string) => void;
  readonly select: (node: string | undefined) => void;
  readonly choosePort: (port: string) => void;
}

const levels = { error: 'error', warning: 'warning', note: 'info' } as const;
const vantages: Readonly<Record<string, string>> = {
  objects: 'read from the API server',
  laptop: 'seen from this computer',
  'port-forward': 'seen through a port-forward',
  'api-proxy': 'seen through the API server’s proxy',
  pod: 'seen from a pod',
  node: 'seen from a node',
};

const all = {
  works: 'Nothing is wrong, as far as the cluster’s objects tell; no request was sent',
  degraded: 'Works, with a warning',
  broken: 'Requests fail',
  unknown: 'Whether it answers cannot be told from what was read',
} as const;
const inside = {
  works: 'Works inside the cluster',
  degraded: 'Works inside the cluster, with a warning',
  broken: 'Fails inside the cluster',
  unknown: 'Unknown inside the cluster',
} as const;
const here = { works: 'works', degraded: 'works with a warning', broken: 'fails', unknown: 'unknown' } as const;

/** The first sentence, which names the fault, and the rest, which explains it. */
function sentences(text: string): readonly [string, string] {
  for (const { index } of text.matchAll(/(?<=[.:;])\s/g)) {
    const lead = text.slice(0, index);
    if (index > 20 && lead.split('(').length === lead.split(')').length) return [lead, text.slice(index + 1)];
  }
  return [text, ''];
}

/** `81`; with its protocol where that is not TCP. */
const shortPort = (port: string): string => port.replace(/\/TCP$/, '');

/** A command breaks between its words, not after the hyphens in them. */
const wordsOf = (command: string) =>
  command.split(/( +)/).map((word, i) => (i % 2 ? document.createTextNode(word) : el('span', { text: word })));

/** Writes the details; does nothing when they are already there. */
export class Details {
  private readonly element: HTMLElement;
  private readonly deeds: Deeds;
  private shown = '';

  constructor(element: HTMLElement, deeds: Deeds) {
    this.element = element;
    this.deeds = deeds;
  }

  show(picture: Picture, selected: string | undefined): void {
    const node = picture.diagram.nodes.find((n) => n.id === selected);
    const details = picture.details.find((d) => d.node === selected);
    const now = JSON.stringify(
      node && details
        ? [node, details]
        : [picture.findings, picture.verdict, picture.wayBack, picture.ports, picture.view, picture.entrances],
    );
    if (now === this.shown) return;
    this.shown = now;
    if (node && details) replaceChildren(this.element, ...this.hop(node, details));
    else replaceChildren(this.element, ...this.overview(picture));
  }

  private hop(node: DiagramNode, details: NodeDetails): (Node | false)[] {
    const { icon: shape, word } = statuses[node.status];
    return [
      el(
        'button',
        {
          class: 'link back',
          attrs: { type: 'button', 'data-key': 'back' },
          onclick: () => this.deeds.select(undefined),
        },
        el('span', { text: '← Path' }),
      ),
      el(
        'div',
        { class: 'heading' },
        el('div', { class: 'muted', text: kindNameOf(node) }),
        el('span', { class: `pill ${node.status}` }, icon(shape), el('span', { text: word })),
      ),
      el('h2', { text: node.title }),
      node.address !== '' && el('code', { class: 'address', text: node.address }),
      el('p', { class: 'note', text: node.note }),
      ...details.findings.map((f) => this.finding(f)),
      el(
        'div',
        { class: 'actions' },
        ...details.actions.map((a) =>
          el(
            'button',
            {
              ...(a.primary ? { class: 'primary' } : {}),
              attrs: { type: 'button', 'data-key': a.id },
              onclick: () => this.deeds.act(node.id, a.id),
            },
            icon(a.icon),
            el('span', { text: a.label }),
          ),
        ),
      ),
      details.facts.length > 0 && el('h3', { text: 'Facts' }),
      details.facts.length > 0 &&
        el('dl', {}, ...details.facts.flatMap(([k, v]) => [el('dt', { text: k }), el('dd', { text: v })])),
      el('h3', { text: 'How we know' }),
      el(
        'ul',
        { class: 'evidence' },
        ...details.evidence.map((e) =>
          el(
            'li',
            {},
            el('div', { class: 'source', text: e.source }),
            el('code', { text: e.value }),
            el('div', { class: 'muted', text: `${vantages[e.vantage] ?? e.vantage}, ${timeOf(e.at)}` }),
          ),
        ),
      ),
      el('h3', { text: `What is ${/^[aeiou]/i.test(kindNameOf(node)) ? 'an' : 'a'} ${kindNameOf(node)}?` }),
      el('p', { class: 'meaning', text: details.meaning }),
    ];
  }

  private finding(f: FindingView, link = false): HTMLElement {
    const [lead, more] = sentences(f.says);
    const says = el(
      'p',
      { class: 'says' },
      el('strong', { text: lead }),
      more !== '' && el('span', { text: ` ${more}` }),
    );
    const { node, port } = f;
    return el(
      'section',
      { class: `finding ${f.level}`, attrs: { 'aria-label': `${f.level}: ${f.code}` } },
      el(
        'div',
        { class: 'code' },
        icon(levels[f.level]),
        el('span', { text: f.code }),
        f.laptopOnly && el('span', { class: 'muted', text: 'from this computer' }),
        f.port !== undefined && el('span', { class: 'muted', text: `port ${shortPort(f.port)}` }),
      ),
      says,
      f.try !== '' && el('p', { class: 'try', text: f.try }),
      f.command !== undefined &&
        el('pre', { attrs: { tabindex: '0', 'aria-label': 'Command' } }, ...wordsOf(f.command)),
      link &&
        node !== undefined &&
        el(
          'button',
          {
            class: 'link',
            attrs: { type: 'button', 'data-key': `show ${f.code}` },
            onclick: () => this.deeds.select(node),
          },
          el('span', { text: 'Show where' }),
        ),
      port !== undefined &&
        el(
          'button',
          {
            class: 'link',
            attrs: { type: 'button', 'data-key': `port ${port} ${f.code}` },
            onclick: () => this.deeds.choosePort(port),
          },
          el('span', { text: `Show port ${shortPort(port)}` }),
        ),
    );
  }

  private overview(picture: Picture): (Node | false)[] {
    const { status, none, offered } = hereOf(picture);
    const shape = none && status === 'works' ? 'info' : verdicts[status].icon;
    const says = none
      ? `${inside[picture.verdict]}; no way in from this computer is open`
      : offered
        ? `${inside[picture.verdict]}; what is drawn does not run, and what is open from this computer ${here[status]}`
        : status !== picture.verdict
          ? `${inside[picture.verdict]}; ${here[status]} from this computer`
          : status === 'degraded' && picture.findings.some((f) => f.level === 'error')
            ? 'Works, but not on every port'
            : all[status];
    const own = picture.ports.length > 1 ? picture.ports.find((p) => p.id === picture.view.port) : undefined;
    return [
      el(
        'h2',
        { class: `verdict ${none && status === 'works' ? 'unknown' : status}` },
        icon(shape),
        el('span', { text: says }),
      ),
      own?.status !== undefined &&
        own.status !== picture.verdict &&
        el(
          'div',
          { class: 'own-port' },
          el(
            'span',
            { class: `pill ${own.status}` },
            icon(verdicts[own.status].icon),
            el('span', { text: `port ${shortPort(own.id)}: ${verdicts[own.status].word}` }),
          ),
        ),
      ...picture.findings.map((f) => this.finding(f, true)),
      picture.wayBack !== '' && el('h3', { text: 'The way back' }),
      picture.wayBack !== '' && el('p', { class: 'meaning', text: picture.wayBack }),
    ];
  }
}
