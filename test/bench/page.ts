// The page in a real browser: the first diagram beside the same with the whole of Mermaid, the full draw, and a patch.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import type { Picture } from '../../src/core/messages.ts';
import { startBrowser } from '../harness/vscode.ts';
import { builtText } from './bundles.ts';
import type { Bench } from './cluster.ts';
import { picture, sizes } from './pictures.ts';
import { median, type Row } from './row.ts';

/** Measured in the page: until the picture that was sent is drawn. */
async function firstDiagram(view: Page, url: string): Promise<number> {
  await view.goto(url);
  await view.waitForFunction('window.drawnAt !== undefined', undefined, { timeout: 20_000 });
  return view.evaluate('window.drawnAt') as Promise<number>;
}

/** A page as the host makes it, without VS Code: the picture is sent as soon as the page says that it is ready. */
const html = (script: string, body = '') => `<!doctype html><html><head><meta charset="utf-8">
<link rel="stylesheet" href="/style.css"></head><body class="vscode-dark">${body}
<script>
  const seen = new MutationObserver(() => {
    if (window.drawnAt === undefined && document.querySelector('svg .node')) window.drawnAt = performance.now();
  });
  seen.observe(document, { subtree: true, childList: true });
  const send = () => fetch('/picture.json').then((answer) => answer.json())
    .then((picture) => window.postMessage({ type: 'picture', picture }, '*'));
  window.acquireVsCodeApi = () => ({ postMessage: (m) => m.type === 'ready' && send(), getState: () => undefined, setState() {} });
</script>
<script src="${script}"></script></body></html>`;

/** The peer: all of Mermaid in one file, the same text, the same options. */
const whole = `import mermaid from 'mermaid';
const { mermaid: text } = await (await fetch('/picture.json')).json();
mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', layout: 'dagre' });
document.body.append(Object.assign(document.createElement('div'), { innerHTML: (await mermaid.render('whole', text)).svg }));`;

/** First diagram, full draw and patch; `folder` holds the built page. */
export async function page(folder: string, bench: Bench): Promise<Row[]> {
  const root = process.cwd();
  const bundled = await build({
    stdin: { contents: whole, resolveDir: root, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  const sent: Picture = picture(await bench.snapshot('api-service', 'default'));
  const text = new TextDecoder();
  const files: Record<string, () => readonly [string, string]> = {
    '/ours': () => ['text/html', html('/main.js', '<div id="app"></div>')],
    '/whole': () => ['text/html', html('/whole.js').replace('<script src', '<script type="module" src')],
    '/main.js': () => ['text/javascript', builtText(folder, path.join('page', 'main.js'))],
    '/style.css': () => ['text/css', builtText(folder, path.join('page', 'style.css'))],
    '/whole.js': () => ['text/javascript', text.decode(bundled.outputFiles[0]?.contents)],
    '/picture.json': () => ['application/json', JSON.stringify(sent)],
  };
  const server = createServer((request, response) => {
    const [type, body] = files[request.url ?? '']?.() ?? ['text/plain', ''];
    response.writeHead(200, { 'Content-Type': type }).end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await startBrowser();
  try {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let run = 0; run < 6; run++) {
      for (const [url, times] of [
        ['/ours', ours],
        ['/whole', theirs],
      ] as const) {
        const view = await browser.newPage();
        times.push(await firstDiagram(view, base + url));
        await view.close();
      }
    }
    const rows: Row[] = [
      {
        what: 'first diagram in the page',
        value: median(ours.slice(1)),
        unit: 'ms',
        peer: { name: 'the same with the whole of Mermaid', value: median(theirs.slice(1)), limit: 0.65 },
      },
    ];
    const view = await browser.newPage();
    await firstDiagram(view, `${base}/ours`);
    for (const [name, pods] of Object.entries(sizes)) {
      const snapshot = await bench.snapshot(name);
      const folded = picture(snapshot);
      const folds = folded.diagram.nodes.filter((n) => n.folds).map((n) => n.id);
      const pictures: [what: string, one: Picture][] = [[`${pods} pods`, folded]];
      if (name === 'rest') pictures.push([`${pods} pods, unfolded`, picture(snapshot, folds)]);
      for (const [what, one] of pictures) {
        const draws: number[] = [];
        const patches: number[] = [];
        for (let run = 0; run < 9; run++) {
          const at = `${what}, ${run}`;
          // Folded pictures of many sizes have one layout, which the page would only patch: a comment makes it a new one.
          const drawn = { ...one, at, mermaid: `${one.mermaid}%% ${at}\n` };
          draws.push(await drawAgain(view, drawn));
          patches.push(await patch(view, oneChanged(drawn, run)));
        }
        rows.push({ what: `full draw in the page, ${what}`, value: median(draws), unit: 'ms', limit: 250 });
        rows.push({ what: `status change in the page, ${what}`, value: median(patches), unit: 'ms', limit: 5 });
      }
    }
    return rows;
  } finally {
    await browser.close();
    server.close();
  }
}

/** The same picture with another state of one box. */
function oneChanged(picture: Picture, run: number): Picture {
  const { diagram } = picture;
  const at = diagram.nodes.length - 1 - (run % 2);
  const nodes = diagram.nodes.map((n, i) =>
    i === at ? { ...n, status: 'warning' as const, note: `change ${run}` } : n,
  );
  return { ...picture, at: `${picture.at}, changed`, diagram: { ...diagram, nodes } };
}

/** Milliseconds that the page is busy with a message that changes no layout; what the browser paints comes after it. */
function patch(view: Page, next: Picture): Promise<number> {
  return view.evaluate(
    (message) => {
      const { performance, dispatchEvent, MessageEvent } = globalThis as unknown as Window;
      const start = performance.now();
      dispatchEvent(new MessageEvent('message', { data: message }));
      return performance.now() - start;
    },
    { type: 'picture', picture: next } as const,
  );
}

/** Milliseconds from the message until the new drawing is in the page and laid out. */
function drawAgain(view: Page, next: Picture): Promise<number> {
  return view.evaluate(
    (message) =>
      new Promise<number>((resolve, reject) => {
        const { document, performance, postMessage, MutationObserver, requestAnimationFrame, setTimeout } =
          globalThis as unknown as Window;
        setTimeout(() => reject(new Error('the page drew nothing new in 20 s')), 20_000);
        const start = performance.now();
        const watch = new MutationObserver(() => {
          if (document.body.dataset['drawn'] !== message.picture.at) return;
          watch.disconnect();
          requestAnimationFrame(() => resolve(performance.now() - start));
        });
        watch.observe(document, { subtree: true, attributes: true });
        postMessage(message, '*');
      }),
    { type: 'picture', picture: next } as const,
  );
}

/** The few names of the browser that are used there; this project is compiled without the DOM. */
interface Window {
  readonly document: { readonly body: { readonly dataset: Readonly<Record<string, string | undefined>> } };
  readonly performance: { now(): number };
  postMessage(message: unknown, target: string): void;
  dispatchEvent(event: object): void;
  readonly MessageEvent: new (type: string, init: { readonly data: unknown }) => object;
  requestAnimationFrame(callback: () => void): void;
  setTimeout(callback: () => void, ms: number): unknown;
  readonly MutationObserver: new (
    callback: () => void,
  ) => { observe(target: object, options: object): void; disconnect(): void };
}
