/** The same path as a list: for the keyboard, for screen readers, and for narrow windows. One tab stop, arrows inside. */
import type { Picture } from '../src/core/messages.ts';
import { kindNameOf, statuses } from '../src/core/words.ts';
import { el, icon, replaceChildren, spaced } from './dom.ts';

/** The path, hop by hop. */
export class List {
  readonly element: HTMLElement;
  private shown = '';
  private readonly onSelect: (node: string) => void;

  constructor(onSelect: (node: string) => void) {
    this.onSelect = onSelect;
    this.element = el('div', { class: 'list', attrs: { role: 'listbox', 'aria-label': 'The path, hop by hop' } });
    this.element.addEventListener('keydown', (e) => this.key(e));
  }

  show({ diagram }: Picture, selected: string | undefined): void {
    const now = JSON.stringify([diagram.nodes, selected]);
    if (now === this.shown) return;
    this.shown = now;
    const current = diagram.nodes.some((n) => n.id === selected) ? selected : diagram.nodes[0]?.id;
    replaceChildren(
      this.element,
      ...diagram.nodes.map((n) => {
        const { icon: shape, word } = statuses[n.status];
        return el(
          'div',
          {
            class: `row ${n.status} ${n.kind}`,
            attrs: {
              role: 'option',
              tabindex: n.id === current ? '0' : '-1',
              'aria-selected': String(n.id === selected),
              'aria-label': [kindNameOf(n), n.title, n.address, word, n.note].filter(Boolean).join(', '),
              'data-key': n.id,
            },
            title: n.note,
            onclick: () => this.onSelect(n.id),
          },
          ...spaced(
            icon(shape, 'state'),
            el('span', { class: 'name', text: n.title }),
            el('code', { text: n.address }),
          ),
        );
      }),
    );
  }

  private key(event: KeyboardEvent): void {
    const rows = [...this.element.querySelectorAll<HTMLElement>('[role=option]')];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    const row = rows[to ?? at];
    if (to !== undefined && row) {
      for (const r of rows) r.tabIndex = r === row ? 0 : -1;
      row.focus();
    } else if ((event.key === 'Enter' || event.key === ' ') && row?.dataset['key']) {
      this.onSelect(row.dataset['key']);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
