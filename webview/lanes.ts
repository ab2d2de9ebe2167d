/** After a layout: lanes as wide as what is in them, and their titles where no line runs through. */
import { type DrawnLane, type Layout, type Rect, readLayout } from './layout.ts';

/** Room between a lane's border and what is in it. */
const inset = 14;
/** Height of a title with the room around it. */
const titleRoom = 30;

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
  const lines = layout.lines().flat();
  for (const lane of layout.lanes) {
    const content = [...(inner.get(lane) ?? []), ...(boxes.get(lane) ?? [])];
    narrow(lane, content);
    const others = layout.lanes.filter((l) => l !== lane && !within(lane, l) && !content.includes(l));
    widen(lane, lines, [...others, ...layout.boxes.filter((b) => !content.includes(b))]);
  }
  layout.write();
  placeTitles(layout, lines);
}

const titleWidth = (lane: DrawnLane) => lane.text.scrollWidth + 2;
const titleTop = (lane: DrawnLane) => lane.y + 7;

/** dagre makes a lane as wide as the lines that leave it: here it takes the width of what is in it. */
function narrow(lane: DrawnLane, inner: readonly Rect[]): void {
  if (inner.length === 0) return;
  const left = Math.min(...inner.map((r) => r.x - inset));
  const right = Math.max(...inner.map((r) => r.x + r.width + inset));
  const short = Math.max(0, titleWidth(lane) + 2 * inset - (right - left));
  lane.x = left - short / 2;
  lane.width = right - left + short;
}

/** Where a line runs through the title and nothing stands beside the lane, it grows until the title fits beside the line. */
function widen(lane: DrawnLane, lines: readonly DOMPoint[], others: readonly Rect[]): void {
  if (freePlace(lane, lines) !== undefined) return;
  const crossed = crossing(lane, lines).filter((p) => p.x > lane.x && p.x < lane.x + lane.width);
  const left = Math.min(...crossed.map((p) => p.x)) - 9 - titleWidth(lane) - inset;
  const alone = others.every((o) => o.y > lane.y + lane.height || o.y + o.height < lane.y);
  if (!alone || !Number.isFinite(left)) return;
  // To both sides, so that the lane stays in the middle.
  lane.width += 2 * (lane.x - left);
  lane.x = left;
}

const crossing = (lane: DrawnLane, lines: readonly DOMPoint[]) =>
  lines.filter((p) => p.y > titleTop(lane) - 2 && p.y < titleTop(lane) + 18);

/** As far left in the lane as no line crosses the title. */
function freePlace(lane: DrawnLane, lines: readonly DOMPoint[]): number | undefined {
  const width = titleWidth(lane);
  const crossed = crossing(lane, lines);
  const count = Math.floor((lane.width - 2 * inset - width) / 8) + 1;
  const places = Array.from({ length: Math.max(0, count) }, (_, i) => lane.x + inset + 8 * i);
  return places.find((x) => crossed.every((p) => p.x < x - 8 || p.x > x + width + 8));
}

/** Titles stand at the top, beside the lines; where lines leave no room, over them. */
function placeTitles({ svg, lanes }: Layout, lines: readonly DOMPoint[]): void {
  const top = svg.querySelector('g.root') ?? svg;
  for (const lane of lanes) {
    const width = Math.min(titleWidth(lane), lane.width - 2 * inset);
    const x = freePlace(lane, lines);
    lane.title.setAttribute(
      'transform',
      `translate(${x ?? lane.x + inset}, ${titleTop(lane) - (x === undefined ? 4 : 0)})`,
    );
    lane.title.classList.toggle('over', x === undefined);
    if (x === undefined) top.append(lane.title);
    lane.title.querySelector('foreignObject')?.setAttribute('width', String(width));
    lane.text.style.width = `${width}px`;
  }
}

const within = (a: Rect, b: Rect) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
