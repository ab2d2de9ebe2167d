/** Around the picture: header (what, verdict, choices), banners, footer, and the page that stands in for a picture. */
import type { Action } from '../src/core/diagram.ts';
import type { Banner, FromPage, Picture, ToPage } from '../src/core/messages.ts';
import type { Verdict } from '../src/core/path.ts';
import { verdicts } from '../src/core/words.ts';
import { Chooser, textButton } from './controls.ts';
import { el, icon, replaceChildren, timeOf } from './dom.ts';

const bannerIcons: Readonly<Record<Banner['kind'], string>> = {
  stale: 'debug-disconnect',
  rights: 'lock',
  insecure: 'shield',
  error: 'error',
  info: 'info',
};

const emptyIcons = {
  loading: 'loading',
  error: 'debug-disconnect',
  'no-rights': 'lock',
  'not-found': 'search',
} as const;

const worse: readonly Verdict[] = ['works', 'degraded', 'unknown', 'broken'];

/**
 * What the chosen way comes to: never better than the Service itself, whose endpoints it leads to. `offered`: it is from
 * this computer and does not run, so what counts is what the ways come to that are open, as the chooser says it; `none`:
 * there is none such.
 */
export function hereOf({ entrances, froms, view, verdict }: Picture): {
  status: Verdict;
  none: boolean;
  offered: boolean;
} {
  if (view.from !== 'laptop') return { status: verdict, none: false, offered: false };
  const chosen = entrances.find((e) => e.id === view.entrance);
  const offered = chosen !== undefined && chosen.status === undefined;
  const open = chosen?.status ?? froms.find((f) => f.id === 'laptop')?.status;
  const status = worse[Math.max(worse.indexOf(open ?? verdict), worse.indexOf(verdict))] ?? verdict;
  return { status, none: offered && open === undefined, offered };
}

type Post = (message: FromPage) => void;

/** Name of the Service, what its ways come to, and what may be chosen. */
export class Header {
  readonly element: HTMLElement;
  private readonly title = el('div', { class: 'what', attrs: { 'aria-live': 'polite' } });
  private readonly port: Chooser;
  private readonly from: Chooser;
  private readonly entrance: Chooser;
  private shown = '';

  constructor(post: Post) {
    const chooser = (label: string, what: 'port' | 'from' | 'entrance') =>
      new Chooser(label, what === 'entrance' ? 1 : 2, (id) => post({ type: 'choose', what, id }));
    this.port = chooser('Port', 'port');
    this.from = chooser('Where the client stands', 'from');
    this.entrance = chooser('Entrance', 'entrance');
    const choices = el('div', { class: 'choices' }, this.port.element, this.from.element, this.entrance.element);
    this.element = el('header', {}, this.title, choices);
  }

  show(picture: Picture): void {
    const { view } = picture;
    this.port.show(picture.ports, view.port);
    this.from.show(picture.froms, view.from);
    this.entrance.show(picture.entrances, view.entrance);
    const { status, none } = hereOf(picture);
    const stale = picture.staleSince !== undefined;
    const now = JSON.stringify([
      picture.title,
      picture.namespace,
      picture.context,
      picture.verdict,
      status,
      none,
      stale,
    ]);
    if (now === this.shown) return;
    this.shown = now;
    const apart = none || status !== picture.verdict;
    const pill = (verdict: Verdict, where: string) =>
      el(
        'span',
        { class: `pill ${verdict}${stale ? ' stale' : ''}` },
        icon(verdicts[verdict].icon),
        el('span', { text: `${verdicts[verdict].word}${where}${stale ? ' · stale' : ''}` }),
      );
    replaceChildren(
      this.title,
      icon('type-hierarchy-sub'),
      el('h1', { text: picture.title, title: picture.title }),
      el('span', {
        class: 'muted',
        text: `${picture.namespace} · ${picture.context}`,
        title: `Namespace ${picture.namespace}, context ${picture.context}`,
      }),
      !none && pill(status, apart ? ' from this computer' : ''),
      apart && pill(picture.verdict, ' in the cluster'),
    );
  }
}

const button = (a: Action, post: Post) =>
  textButton(a.label, () => post({ type: 'page-act', action: a.id }), a.primary);

/** Rows under the header that say what is not as it should be with the picture itself. */
export class Banners {
  readonly element = el('div', { class: 'banners', attrs: { role: 'status' } });
  private shown = '';
  private readonly post: Post;

  constructor(post: Post) {
    this.post = post;
  }

  show(banners: readonly Banner[]): void {
    const now = JSON.stringify(banners);
    if (now === this.shown) return;
    this.shown = now;
    replaceChildren(
      this.element,
      ...banners.map((b) =>
        el(
          'div',
          { class: `banner ${b.kind}` },
          icon(bannerIcons[b.kind]),
          el('span', { text: b.text }),
          ...b.actions.map((a) => button(a, this.post)),
        ),
      ),
    );
  }
}

/** Live since when, and the path in one sentence. */
export class Footer {
  private readonly state = el('span', { class: 'state' });
  private readonly sentence = el('span', { class: 'sentence' });
  readonly element = el('footer', {}, this.state, this.sentence);

  show({ at, staleSince, sentence }: Picture): void {
    const words = staleSince ? `stale since ${timeOf(staleSince)}` : `live · last change ${timeOf(at)}`;
    if (this.state.textContent !== words) {
      this.state.classList.toggle('stale', staleSince !== undefined);
      replaceChildren(this.state, icon(staleSince ? 'debug-disconnect' : 'pulse'), el('span', { text: words }));
    }
    if (this.sentence.textContent !== sentence) {
      this.sentence.textContent = sentence;
      this.sentence.title = sentence;
    }
  }
}

/** Stands in for the picture: loading, or why there is none and what to do. */
export function emptyPage(message: ToPage & { readonly type: 'empty' }, post: Post): HTMLElement {
  const spin = message.kind === 'loading' ? 'codicon-modifier-spin' : '';
  return el(
    'main',
    { class: `empty ${message.kind}` },
    el(
      'div',
      { attrs: { role: message.kind === 'loading' ? 'status' : 'alert' } },
      icon(emptyIcons[message.kind], `large ${spin}`),
      el('h1', { text: message.title }),
      message.text !== '' && el('p', { text: message.text }),
      el('div', { class: 'choices' }, ...message.actions.map((a) => button(a, post))),
    ),
  );
}
