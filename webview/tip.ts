/** Hovering a box: its whole name and note, and in one line what that kind of hop is. For the eye; the details say the same. */
import type { Picture } from '../src/core/messages.ts';
import { kindNameOf } from '../src/core/words.ts';
import { el, setText } from './dom.ts';

const delay = 500;

/** The hover of the picture. */
export class Tip {
  private readonly name = el('strong');
  private readonly note = el('span');
  private readonly meaning = el('span', { class: 'muted' });
  private readonly element = el(
    'div',
    { class: 'tip', attrs: { 'aria-hidden': 'true' } },
    this.name,
    this.note,
    this.meaning,
  );
  private timer: ReturnType<typeof setTimeout> | undefined;
  private picture: Picture | undefined;

  constructor(view: HTMLElement) {
    this.element.hidden = true;
    view.addEventListener('pointerover', (event) => {
      const box = event.target instanceof Element ? event.target.closest<SVGGElement>('g.node') : null;
      clearTimeout(this.timer);
      if (box) this.timer = setTimeout(() => this.show(box), this.element.hidden ? delay : 50);
      else this.element.hidden = true;
    });
    for (const end of ['pointerleave', 'pointerdown', 'wheel', 'keydown']) {
      view.addEventListener(end, () => {
        clearTimeout(this.timer);
        this.element.hidden = true;
      });
    }
  }

  know(picture: Picture): void {
    this.picture = picture;
    if (!this.element.isConnected) document.body.append(this.element);
  }

  private show(box: SVGGElement): void {
    const node = this.picture?.diagram.nodes.find((n) => n.id === box.dataset['node']);
    const meaning = this.picture?.details.find((d) => d.node === node?.id)?.meaning;
    if (!node || !meaning) return;
    setText(this.name, `${kindNameOf(node)} · ${node.title}`);
    setText(this.note, node.note);
    setText(this.meaning, meaning);
    this.element.hidden = false;
    const r = box.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const below = r.bottom + 6 + height < innerHeight;
    this.element.style.left = `${Math.max(8, Math.min(r.left, innerWidth - width - 8))}px`;
    this.element.style.top = `${below ? r.bottom + 6 : Math.max(8, r.top - height - 6)}px`;
  }
}
