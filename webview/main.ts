/** The page: gets the whole picture in one message, draws it, and sends names back. */
import type { Picture, ToPage } from '../src/core/messages.ts';
import { toolButton } from './controls.ts';
import { Details } from './details.ts';
import { el } from './dom.ts';
import { Drawing } from './draw.ts';
import { Banners, emptyPage, Footer, Header } from './frame.ts';
import { boxKeys, viewKeys } from './keys.ts';
import { List } from './list.ts';
import { panZoom } from './panzoom.ts';
import { Tip } from './tip.ts';
import { keep, listen, post, recall } from './vscode.ts';

const before = recall();
const header = new Header(post);
const banners = new Banners(post);
const footer = new Footer();
const sheet = el('div', { class: 'sheet' });
const view = el(
  'div',
  {
    class: 'view',
    attrs: {
      tabindex: '0',
      role: 'group',
      'aria-label': 'Picture of the path. Arrow keys move it, plus and minus zoom, 0 fits it.',
    },
  },
  sheet,
);
const drawing = new Drawing(sheet, () => {
  pan.refit();
  const selected = picture?.view.selected;
  drawing.select(selected);
  const box = selected === undefined ? undefined : drawing.box(selected);
  // A window that comes back stands where it stood.
  if (box && !restored) pan.show(box);
  restored = false;
});
let restored = before.zoom !== undefined;
const pan = panZoom(
  view,
  sheet,
  before.zoom,
  (zoom) => keep({ zoom }),
  () => {
    const wrong = picture?.findings.find((f) => f.level !== 'note' && f.node !== undefined)?.node;
    return (wrong === undefined ? undefined : drawing.box(wrong)) ?? drawing.boxes()[0]?.g;
  },
);
const tools = el(
  'div',
  { class: 'tools', attrs: { role: 'toolbar', 'aria-label': 'Zoom' } },
  toolButton('zoom-in', 'Zoom in (+)', () => pan.zoomBy(1.25)),
  toolButton('zoom-out', 'Zoom out (-)', () => pan.zoomBy(0.8)),
  toolButton('screen-full', 'Fit (0)', () => pan.fit()),
);
const list = new List(select);
const beside = el('section', { attrs: { 'aria-label': 'Details' } });
const details = new Details(beside, { act, select, choosePort: (id) => post({ type: 'choose', what: 'port', id }) });
const main = el(
  'main',
  {},
  el('section', { class: 'picture', attrs: { 'aria-label': 'Picture' } }, view, tools),
  el(
    'aside',
    { attrs: { 'aria-label': 'Details and path' } },
    beside,
    el('section', { attrs: { 'aria-label': 'The path' } }, el('h3', { text: 'The path, hop by hop' }), list.element),
  ),
);
const tip = new Tip(view);

let picture: Picture | undefined;

function select(node: string | undefined): void {
  if (!picture) return;
  const { selected: _, ...rest } = picture.view;
  picture = { ...picture, view: node === undefined ? rest : { ...rest, selected: node } };
  keep({ view: picture.view });
  words(picture);
  const box = node === undefined ? undefined : drawing.box(node);
  if (box) pan.show(box);
  post({ type: 'select', node: node ?? null });
}

function act(node: string, action: string): void {
  if (action === 'unfold' || action === 'fold') post({ type: 'unfold', node, open: action === 'unfold' });
  else post({ type: 'act', node, action });
}

/** A click or Enter on a box: choose it; a fold opens or closes as well. */
function press(node: string): void {
  const fold = picture?.details.find((d) => d.node === node)?.actions.find((a) => a.id === 'unfold' || a.id === 'fold');
  select(node);
  if (fold) act(node, fold.id);
}

function words(p: Picture): void {
  drawing.select(p.view.selected);
  details.show(p, p.view.selected);
  list.show(p, p.view.selected);
}

function show(message: ToPage): void {
  if (message.type === 'empty') {
    picture = undefined;
    document.body.replaceChildren(emptyPage(message, post));
    return;
  }
  picture = message.picture;
  keep({ view: picture.view });
  if (!main.isConnected) document.body.replaceChildren(header.element, banners.element, main, footer.element);
  header.show(picture);
  banners.show(picture.banners);
  footer.show(picture);
  words(picture);
  tip.know(picture);
  void drawing.show(picture).then(() => {
    document.body.dataset['drawn'] = message.picture.at;
  });
}

boxKeys(view, drawing, { press, clear: () => select(undefined), show: (box) => pan.show(box) });
viewKeys(view, pan);
// The picture takes its own Escape; from the zoom buttons and from beside it leads back just as well.
main.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && picture?.view.selected !== undefined) select(undefined);
});
keep({ shown: JSON.parse(document.body.dataset['shown'] ?? 'null') ?? undefined });
listen(show);
post(before.view ? { type: 'ready', view: before.view } : { type: 'ready' });
