/** What Mermaid laid out, as rectangles and lines that can still be moved: it gives lanes too little room, see lanes.ts. */

/** A rectangle of the picture, in the SVG's own coordinates. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A lane as drawn; `write` puts what was changed back into the SVG. */
export interface DrawnLane extends Rect {
  readonly rect: SVGRectElement;
  readonly title: SVGGElement;
  readonly text: HTMLElement;
}

/** The whole layout. */
export interface Layout {
  readonly svg: SVGSVGElement;
  readonly lanes: DrawnLane[];
  readonly boxes: Rect[];
  readonly labels: Rect[];
  /** Moves everything below `y` down. */
  makeRoom(y: number, by: number): void;
  /** Points of the visible lines, every few pixels. */
  lines(): DOMPoint[][];
  write(): void;
}

/** Reads the layout of a fresh SVG. */
export function readLayout(svg: SVGSVGElement): Layout {
  for (const anchor of svg.querySelectorAll('g.node:has(.anchor)')) anchor.remove();
  const moved = [...svg.querySelectorAll<SVGGElement>('g.node, g.edgeLabel[transform]')].map(placed);
  const paths = [...svg.querySelectorAll<SVGPathElement>('path.flowchart-link')];
  const lanes = [...svg.querySelectorAll<SVGGElement>('g.cluster')].flatMap(drawnLane);
  const rects = [...moved.map((m) => m.rect), ...lanes];
  return {
    svg,
    lanes,
    boxes: moved.filter((m) => m.g.classList.contains('node')).map((m) => m.rect),
    labels: moved.filter((m) => !m.g.classList.contains('node')).map((m) => m.rect),
    makeRoom: (y, by) => {
      for (const r of rects) {
        if (r.y >= y) r.y += by;
        else if (r.y + r.height > y) r.height += by;
      }
      for (const path of paths) {
        const d = path.getAttribute('d') ?? '';
        const lower = (_: string, x: string, at: string) => `${x},${Number(at) >= y ? Number(at) + by : at}`;
        path.setAttribute('d', d.replace(/(-?[\d.]+),(-?[\d.]+)/g, lower));
      }
    },
    lines: () => paths.filter((p) => !p.classList.contains('order')).map(points),
    write: () => {
      for (const { g, rect } of moved) {
        g.setAttribute('transform', `translate(${rect.x + rect.width / 2}, ${rect.y + rect.height / 2})`);
      }
      for (const { rect, x, y, width, height } of lanes) {
        for (const [name, value] of Object.entries({ x, y, width, height })) rect.setAttribute(name, String(value));
      }
      const [left, top] = [Math.min(...rects.map((r) => r.x)) - 1, Math.min(...rects.map((r) => r.y)) - 1];
      const right = Math.max(...rects.map((r) => r.x + r.width)) + 1;
      const bottom = Math.max(...rects.map((r) => r.y + r.height)) + 1;
      svg.setAttribute('viewBox', `${left} ${top} ${right - left} ${bottom - top}`);
    },
  };
}

function placed(g: SVGGElement): { g: SVGGElement; rect: Rect } {
  const { width, height } = g.getBBox();
  const at = g.transform.baseVal.consolidate()?.matrix;
  return { g, rect: { x: (at?.e ?? 0) - width / 2, y: (at?.f ?? 0) - height / 2, width, height } };
}

function drawnLane(g: SVGGElement): DrawnLane[] {
  const rect = g.querySelector('rect');
  const title = g.querySelector<SVGGElement>('.cluster-label');
  const text = g.querySelector<HTMLElement>('.lane');
  if (!rect || !title || !text) return [];
  const value = (name: string) => Number(rect.getAttribute(name));
  return [{ rect, title, text, x: value('x'), y: value('y'), width: value('width'), height: value('height') }];
}

function points(path: SVGPathElement): DOMPoint[] {
  const length = path.getTotalLength();
  return Array.from({ length: Math.ceil(length / 6) + 1 }, (_, i) => path.getPointAtLength(Math.min(i * 6, length)));
}
