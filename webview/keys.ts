/** Mouse and keyboard in the picture: boxes are one tab stop with arrows inside; the window itself moves by arrows. */
import type { Drawing } from './draw.ts';
import type { PanZoom } from './panzoom.ts';

interface Deeds {
  readonly press: (node: string) => void;
  readonly clear: () => void;
  readonly show: (box: SVGGElement) => void;
}

const boxOf = (event: Event) => (event.target instanceof Element ? event.target.closest<SVGGElement>('g.node') : null);

/** Click, Enter and Space choose a box; arrows go to the nearest one that way; Escape chooses none. */
export function boxKeys(view: HTMLElement, drawing: Drawing, deeds: Deeds): void {
  view.addEventListener('click', (event) => {
    const node = boxOf(event)?.dataset['node'];
    if (node) deeds.press(node);
    else deeds.clear();
  });
  view.addEventListener('keydown', (event) => {
    const box = boxOf(event);
    if (event.key === 'Escape') deeds.clear();
    else if (box && (event.key === 'Enter' || event.key === ' ')) deeds.press(box.dataset['node'] ?? '');
    else if (box && event.key.startsWith('Arrow')) {
      const next = nearest(
        box,
        drawing.boxes().map((b) => b.g),
        event.key,
      );
      if (next) {
        for (const { g } of drawing.boxes()) g.setAttribute('tabindex', g === next ? '0' : '-1');
        next.focus({ preventScroll: true });
        deeds.show(next);
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** The nearest box in the arrow's direction; straight ahead counts more than aside. */
function nearest(from: SVGGElement, all: readonly SVGGElement[], key: string): SVGGElement | undefined {
  const middle = (g: SVGGElement) => {
    const r = g.getBoundingClientRect();
    return { x: r.x + r.width / 2, y: r.y + r.height / 2 };
  };
  const a = middle(from);
  const reach = all.flatMap((g) => {
    const b = middle(g);
    const [x, y] = [b.x - a.x, b.y - a.y];
    const along = key === 'ArrowDown' || key === 'ArrowUp' ? [y, x] : [x, y];
    const [ahead = 0, aside = 0] = key === 'ArrowUp' || key === 'ArrowLeft' ? along.map((n) => -n) : along;
    return ahead > 4 ? [{ g, far: ahead + 2 * Math.abs(aside) }] : [];
  });
  return reach.toSorted((p, q) => p.far - q.far)[0]?.g;
}

/** + and - zoom, 0 fits, arrows move; everywhere in the picture that has no other use for the key. */
export function viewKeys(view: HTMLElement, pan: PanZoom): void {
  const step = 60;
  const deeds: Readonly<Record<string, () => void>> = {
    '+': () => pan.zoomBy(1.25),
    '=': () => pan.zoomBy(1.25),
    '-': () => pan.zoomBy(0.8),
    '0': () => pan.fit(),
    ArrowUp: () => pan.panBy(0, step),
    ArrowDown: () => pan.panBy(0, -step),
    ArrowLeft: () => pan.panBy(step, 0),
    ArrowRight: () => pan.panBy(-step, 0),
  };
  view.addEventListener('keydown', (event) => {
    const deed = event.ctrlKey || event.metaKey || event.altKey ? undefined : deeds[event.key];
    if (!deed) return;
    deed();
    event.preventDefault();
  });
}
