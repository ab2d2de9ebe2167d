/** After a layout: lanes as wide as what is in them, and their titles where no line runs through. */
import { type DrawnLane, type Layout, type Rect, readLayout } from './layout.ts';

/** Room between a lane's border and what is in it. */
const inset = 14;
/** Height of a title with the room around it. */
const titleRoom = 28;

/** Puts the lanes of a fresh SVG in order. */
export function tidyLanes(svg: SVGSVGElement): void {
  const layout = readLayout(svg);
  // Inner lanes first: an outer lane is measured by them.
  layout.lanes.sort((a, b) => a.width * a.height - b.width * b.height);
  const inner = new Map(
    layout.lanes.map((lane, i) => [lane, layout.lanes.slice(0, i).filter((l) => within(l, lane))] as const),
  );
  const boxes = new Map(
    layout.lanes.map((lane) => [lane, [...layout.boxes, ...layout.labels].filter((b) => within(b, lane))] as const),
  );
  for (const lane of layout.lanes.toReversed()) {
    const first = Math.min(...[...(inner.get(lane) ?? []), ...(boxes.get(lane) ?? [])].map((r) => r.y));
    const missing = lane.y + titleRoom - first;
    if (missing > 0.5 && Number.isFinite(missing)) layout.makeRoom(first - 0.5, missing);
  }
  for (const lane of layout.lanes) narrow(lane, [...(inner.get(lane) ?? []), ...(boxes.get(lane) ?? [])]);
  layout.write();
  placeTitles(layout);
}

/** dagre makes a lane as wide as the lines that leave it: here it takes the width of what is in it. */
function narrow(lane: DrawnLane, inner: readonly Rect[]): void {
  if (inner.length === 0) return;
  const left = Math.max(lane.x, Math.min(...inner.map((r) => r.x - inset)));
  const right = Math.min(lane.x + lane.width, Math.max(...inner.map((r) => r.x + r.width + inset)));
  const short = lane.text.scrollWidth + 2 * inset - (right - left);
  const x = Math.max(lane.x, left - Math.max(0, short) / 2);
  lane.width = Math.min(lane.x + lane.width, Math.max(right, x + lane.text.scrollWidth + 2 * inset)) - x;
  lane.x = x;
}

/** Titles stand at the top, as far left as no line crosses them; where lines leave no room, over the line. */
function placeTitles({ svg, lanes, lines }: Layout): void {
  const all = lines();
  const top = svg.querySelector('g.root') ?? svg;
  for (const lane of lanes) {
    const width = Math.min(lane.text.scrollWidth + 2, lane.width - 2 * inset);
    const y = lane.y + 7;
    const crossing = all.flat().filter((p) => p.y > y - 2 && p.y < y + 18);
    const free = (x: number) => crossing.every((p) => p.x < x - 8 || p.x > x + width + 8);
    const start = lane.x + inset;
    const steps = Array.from({ length: Math.floor((lane.width - 2 * inset - width) / 8) + 1 }, (_, i) => start + 8 * i);
    const x = steps.find(free);
    lane.title.setAttribute('transform', `translate(${x ?? start}, ${y})`);
    lane.title.classList.toggle('over', x === undefined);
    if (x === undefined) top.append(lane.title);
    lane.title.querySelector('foreignObject')?.setAttribute('width', String(width));
    lane.text.style.width = `${width}px`;
  }
}

const within = (a: Rect, b: Rect) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
