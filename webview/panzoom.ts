/** Pan and zoom by mouse, wheel, touch and keyboard. d3-zoom because it knows what mice, pads and fingers send. */
import { select } from 'd3-selection';
import { type ZoomTransform, zoom, zoomIdentity, zoomTransform } from 'd3-zoom';
import type { Zoom } from './vscode.ts';

/** Smaller than this nobody reads (9 px letters); fitting by itself stops here, "fit" does not. */
const readable = 0.78;
const margin = 16;
/** So much is seen below what has to be in sight. */
const sight = 90;
/** Nearer to the window's border than this, a box is brought into sight. */
const near = 8;

/** A movable sheet in a window. */
export interface PanZoom {
  /** Whole sheet in sight; from then on it is fitted again by itself when sheet or window change. */
  fit(): void;
  /** Fits again unless the person has moved the sheet. */
  refit(): void;
  zoomBy(factor: number): void;
  panBy(x: number, y: number): void;
  /** Moves as little as needed to bring a part of the sheet into the window. */
  show(element: Element): void;
}

/**
 * `onMove` gets undefined while the sheet is fitted by itself. `focus` is what has to be in sight when not everything can be:
 * what is wrong, or where the path begins.
 */
export function panZoom(
  view: HTMLElement,
  sheet: HTMLElement,
  start: Zoom | undefined,
  onMove: (zoom: Zoom | undefined) => void,
  focus: () => Element | undefined = () => undefined,
): PanZoom {
  let moved = start !== undefined;
  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent([0.05, 3])
    .filter(
      (event: MouseEvent) =>
        event.type !== 'dblclick' && (event.type === 'wheel' ? event.ctrlKey || event.metaKey : !event.button),
    )
    .on('zoom', (event: { readonly transform: ZoomTransform; readonly sourceEvent: unknown }) => {
      const { x, y, k } = event.transform;
      sheet.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
      if (event.sourceEvent) moved = true;
      onMove(moved ? { x, y, k } : undefined);
    })
    .on('start', (event: { readonly sourceEvent: unknown }) => {
      if (event.sourceEvent instanceof MouseEvent && event.sourceEvent.type === 'mousedown')
        view.classList.add('dragging');
    })
    .on('end', () => view.classList.remove('dragging'));
  const selection = select(view);
  selection.call(behaviour);
  view.addEventListener(
    'wheel',
    (event) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 16 : 1;
      const [x, y] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      pan(-x * unit, -y * unit);
    },
    { passive: false },
  );

  const set = (t: ZoomTransform) => selection.call(behaviour.transform, t);
  const pan = (x: number, y: number) => {
    moved = true;
    const t = zoomTransform(view);
    set(zoomIdentity.translate(t.x + x, t.y + y).scale(t.k));
  };
  const place = (least: number) => {
    const width = sheet.offsetWidth;
    const height = sheet.offsetHeight;
    if (!width || !height) return;
    const whole = Math.min((view.clientWidth - 2 * margin) / width, (view.clientHeight - 2 * margin) / height, 1);
    const k = Math.max(whole, least, 0.05);
    const was = zoomTransform(view).k;
    const [a, b] = [sheet.getBoundingClientRect(), focus()?.getBoundingClientRect()];
    /** In the middle; too large for that, from its start, where titles are; or as far on as `low` to `high` is in sight. */
    const at = (
      room: number,
      size: number,
      moved: (low: number, high: number) => number,
      low: number,
      high: number,
    ) => {
      if (size <= room - 2 * margin) return (room - size) / 2;
      if (margin + high <= room - near) return margin;
      return Math.max(room - margin - size, moved(low, high));
    };
    const part = (edge: number | undefined, from: number) => (((edge ?? from) - from) / was) * k;
    const [wide, high] = [view.clientWidth, view.clientHeight];
    const middle = (low: number, last: number) => (low < wide ? wide - near - last : wide / 2 - (low + last) / 2);
    const x = at(wide, width * k, middle, part(b?.left, a.left), part(b?.right, a.left));
    const y = at(high, height * k, (_, last) => high - sight - last, part(b?.top, a.top), part(b?.bottom, a.top));
    set(zoomIdentity.translate(x, y).scale(k));
  };
  if (start) set(zoomIdentity.translate(start.x, start.y).scale(start.k));
  new ResizeObserver(() => {
    if (!moved) place(readable);
  }).observe(view);

  return {
    fit: () => {
      moved = false;
      place(0);
    },
    refit: () => {
      if (!moved) place(readable);
    },
    zoomBy: (factor) => {
      moved = true;
      selection.call(behaviour.scaleBy, factor);
    },
    panBy: pan,
    show: (element) => {
      const a = view.getBoundingClientRect();
      const b = element.getBoundingClientRect();
      const by = (from: number, to: number, low: number, high: number) =>
        from < low + near ? low + near - from : to > high - near ? high - near - to : 0;
      const x = by(b.left, b.right, a.left, a.right);
      const y = by(b.top, b.bottom, a.top, a.bottom);
      if (x || y) pan(x, y);
    },
  };
}
