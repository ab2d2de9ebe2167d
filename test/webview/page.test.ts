/** The built page in a real browser, under exactly the policy that the host sends. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { boxId } from '../../src/core/boxes.ts';
import type { View } from '../../src/core/diagram.ts';
import { toMermaid } from '../../src/core/mermaid.ts';
import type { Picture } from '../../src/core/messages.ts';
import { draw } from '../../src/core/picture.ts';
import { diagnosis, type FixtureName, fixtures } from './fixtures.ts';
import { type OpenPage, type Site, startSite } from './page.ts';
import { type ThemeName, themes } from './themes.ts';

const require = createRequire(import.meta.url);
const picture = (name: FixtureName, view: Partial<View> = {}) => draw(fixtures[name](), { unfolded: [], ...view });
const service = boxId('service');

describe('the page', function () {
  this.timeout(60_000);
  let site: Site;
  let open: OpenPage;
  before(async () => {
    site = await startSite();
  });
  after(() => site.close());
  afterEach(async () => {
    const violations = await open.violations();
    await open.close();
    assert.deepEqual(violations, []);
  });

  const start = async (p: Picture, options: Parameters<Site['open']>[0] = {}) => {
    open = await site.open(options);
    await open.send({ type: 'picture', picture: p });
    return open.page;
  };
  const boxText = (node: string) =>
    open.page
      .locator(`g.node[data-node="${node}"] .hop`)
      .evaluate((e) => [...e.children].map((c) => c.textContent).join(' '));

  it('is at most 1.2 MiB of script', async () => {
    open = await site.open();
    const { size } = statSync(join(site.outdir, 'main.js'));
    assert.ok(size <= 1.2 * 1024 * 1024, `${size}`);
  });

  it('draws each hop with name, address and state, and the lanes', async () => {
    const page = await start(picture('degraded'));
    assert.match(await boxText(service), /api-service\s+10\.96\.123\.45:8080\s+warning/);
    const pod = page.locator(`g.node[data-node="${boxId('pod/api-server-7d9f8c5b4-q4nfx')}"]`);
    assert.match((await pod.getAttribute('aria-label')) ?? '', /q4nfx, 10\.244\.0\.7:8080, error, readiness/);
    assert.equal(await page.locator('g.cluster').count(), 5);
    assert.ok((await page.locator('.lane').allInnerTexts()).includes('Node minikube · 192.168.49.2'));
    assert.equal(await page.locator('path.flowchart-link.left-out').count(), 2);
    assert.ok((await page.locator('.share').allInnerTexts()).includes('1 in 2'));
  });

  it('paints boxes in the theme’s colours: no style was refused', async () => {
    const page = await start(picture('tutorial'), { theme: 'dark' });
    const fill = await page
      .locator('g.node rect')
      .first()
      .evaluate((r) => getComputedStyle(r).fill);
    const line = await page
      .locator('path.way')
      .first()
      .evaluate((r) => getComputedStyle(r).stroke);
    assert.notEqual(fill, 'rgb(0, 0, 0)');
    assert.equal(line, 'rgb(55, 148, 255)');
  });

  it('has no text that sticks out of its box, no box over another, no line through a lane’s title', async () => {
    const page = await start(picture('tutorial'));
    for (const name of Object.keys(fixtures) as FixtureName[]) {
      await open.send({ type: 'picture', picture: picture(name) });
      const faults = await page.evaluate(() => {
        const rect = (e: Element) => e.getBoundingClientRect();
        const boxes = [...document.querySelectorAll('g.node > rect')].map(rect);
        const apart = (a: DOMRect, b: DOMRect) =>
          a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
        const found: string[] = [];
        for (const [i, a] of boxes.entries())
          if (!boxes.slice(i + 1).every((b) => apart(a, b))) found.push('two boxes overlap');
        for (const hop of document.querySelectorAll('.hop')) {
          const outer = hop.closest('g.node')?.querySelector('rect');
          for (const part of hop.children) {
            const [a, b] = [rect(part), outer ? rect(outer) : rect(hop)];
            if (a.left < b.left || a.right > b.right + 0.5 || a.top < b.top || a.bottom > b.bottom + 0.5)
              found.push(`sticks out: ${part.textContent}`);
          }
        }
        for (const lane of document.querySelectorAll('.cluster-label:not(.over) .lane')) {
          const t = rect(lane);
          for (const path of document.querySelectorAll<SVGPathElement>('path.flowchart-link:not(.order)')) {
            const m = path.getScreenCTM();
            for (let at = 0; at < path.getTotalLength(); at += 6) {
              const p = path.getPointAtLength(at).matrixTransform(m ?? undefined);
              if (p.x > t.left && p.x < t.right && p.y > t.top && p.y < t.bottom) {
                found.push(`a line runs through ${lane.textContent}`);
                break;
              }
            }
          }
        }
        return found;
      });
      assert.deepEqual(faults, [], name);
    }
  });

  it('shows hostile names as they are and runs none of them', async () => {
    const p = picture('hostile');
    const page = await start(p);
    const titles = await page.locator('.hop .title').evaluateAll((all) => all.map((e) => e.textContent));
    assert.deepEqual(titles.toSorted(), p.diagram.nodes.map((n) => n.title).toSorted());
    const notes = await page.locator('.hop .note').evaluateAll((all) => all.map((e) => e.textContent));
    assert.deepEqual(notes.toSorted(), p.diagram.nodes.map((n) => n.note).toSorted());
    assert.equal(await page.locator('h1').innerText(), p.title);
    for (const node of p.diagram.nodes) {
      await page.locator(`.row[data-key="${node.id}"]`).click();
      assert.equal(await page.locator('aside h2').innerText(), node.title);
    }
    assert.equal(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked), undefined);
    assert.equal(await page.locator('img, script:not([src])').count(), 0);
  });

  it('writes Mermaid for viewers that Mermaid reads as it is meant', async () => {
    open = await site.open();
    const page = await site.browser.newPage();
    await page.addScriptTag({ path: require.resolve('mermaid/dist/mermaid.min.js') });
    for (const name of ['hostile', 'tunnel-needed', 'pods-200'] as const) {
      const { diagram } = picture(name);
      const labels = await page.evaluate(
        async (text) => {
          const { mermaid } = window as unknown as { mermaid: typeof import('mermaid').default };
          mermaid.initialize({ startOnLoad: false });
          document.body.innerHTML = (await mermaid.render('m', text)).svg;
          return [...document.querySelectorAll('.nodeLabel')].map((e) => (e as HTMLElement).innerText);
        },
        toMermaid(diagram, { html: false }),
      );
      for (const { title } of diagram.nodes) {
        const plain = (s: string) => s.replaceAll(/\s+/g, '');
        assert.ok(
          labels.some((l) => plain(l).includes(plain(title))),
          `${title} in ${labels.join(' / ')}`,
        );
      }
    }
    assert.equal(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked), undefined);
    await page.close();
  });

  for (const theme of Object.keys(themes) as ThemeName[]) {
    it(`has nothing that axe minds, in ${theme}`, async () => {
      const page = await start(picture('degraded'), { theme });
      const check = async (state: string) => {
        const found = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof import('axe-core') };
          const { violations } = await axe.run(document, { resultTypes: ['violations'] });
          return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 200)).join(' | ')}`);
        });
        assert.deepEqual(found, [], state);
      };
      await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
      await check('overview');
      await open.send({
        type: 'picture',
        picture: picture('degraded', { selected: boxId('pod/api-server-7d9f8c5b4-q4nfx') }),
      });
      await check('selected');
      for (const name of ['stale', 'insecure', 'unknown-rights', 'tunnel-needed', 'pods-200'] as const) {
        await open.send({ type: 'picture', picture: picture(name) });
        await check(name);
      }
      await open.send({
        type: 'empty',
        kind: 'error',
        title: 'Cannot reach it',
        text: 'Why.',
        actions: [{ id: 'retry', label: 'Try again', icon: 'refresh', primary: true }],
      });
      await check('empty');
    });
  }

  it('opens details by click: what is wrong, what to do, facts, how we know; and tells the host', async () => {
    const page = await start(picture('degraded'));
    const pod = boxId('pod/api-server-7d9f8c5b4-q4nfx');
    await page.locator(`g.node[data-node="${pod}"]`).click();
    const text = await page.locator('aside > section').first().innerText();
    const order = [
      'answered 503',
      'Copy the command',
      'FACTS',
      '10.244.0.7',
      'HOW WE KNOW',
      'conditions.ready',
      'WHAT IS A POD?',
    ];
    order.reduce((from, words) => {
      const at = text.indexOf(words, from);
      assert.ok(at >= from, `"${words}" is missing or too early in: ${text}`);
      return at;
    }, 0);
    await page.getByRole('button', { name: 'Copy address' }).click();
    assert.deepEqual((await open.sent()).slice(1), [
      { type: 'select', node: pod },
      { type: 'act', node: pod, action: 'copy-address' },
    ]);
    await page.locator('.view').click({ position: { x: 5, y: 5 } });
    assert.deepEqual((await open.sent()).at(-1), { type: 'select', node: null });
  });

  it('says in a hover what a hop is', async () => {
    const page = await start(picture('tutorial'));
    await page.locator(`g.node[data-node="${service}"]`).hover();
    await page.locator('.tip').waitFor({ state: 'visible' });
    assert.match(await page.locator('.tip').innerText(), /No machine owns the address/);
  });

  it('is worked by keyboard alone: list, boxes, picture', async () => {
    const page = await start(picture('tutorial'));
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    await page.locator('.row').first().focus();
    await page.keyboard.press('ArrowDown');
    assert.match(await focused(), /^Node, minikube/);
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('aside h2').innerText(), 'api');
    assert.equal(await page.locator('.row[aria-selected=true]').count(), 1);
    assert.equal(await page.locator('.row[tabindex="0"], .row:focus').count(), 1);

    await page.locator('.view').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    assert.match(await page.locator('aside h2').innerText(), /^api-server/);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('g.node.selected').count(), 0);

    const where = () => page.locator('.sheet').evaluate((e) => e.style.transform);
    await page.locator('.view').focus();
    await page.keyboard.press('0');
    const fitted = await where();
    await page.keyboard.press('+');
    assert.notEqual(await where(), fitted);
    const zoomed = await where();
    await page.keyboard.press('ArrowLeft');
    assert.notEqual(await where(), zoomed);
    await page.keyboard.press('0');
    assert.equal(await where(), fitted);
  });

  it('pans by wheel and by drag, zooms by Ctrl and wheel', async () => {
    const page = await start(picture('tutorial'));
    const scale = () =>
      page
        .locator('.sheet')
        .evaluate(
          (e) => /translate\((.*?)px, (.*?)px\) scale\((.*?)\)/.exec(e.style.transform)?.slice(1).map(Number) ?? [],
        );
    const [x = 0, y = 0, k = 0] = await scale();
    await page.mouse.move(200, 400);
    await page.mouse.wheel(10, 40);
    assert.deepEqual(await scale(), [x - 10, y - 40, k]);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    const [, , bigger = 0] = await scale();
    assert.ok(bigger > k);
    const [before = 0] = await scale();
    await page.mouse.move(60, 400);
    await page.mouse.down();
    await page.mouse.move(160, 400, { steps: 4 });
    await page.mouse.up();
    assert.ok(Math.abs(((await scale())[0] ?? 0) - before - 100) < 2);
  });

  const well = () =>
    draw(
      diagnosis({
        pods: [
          { name: 'a', ip: '10.244.0.5' },
          { name: 'b', ip: '10.244.0.6' },
        ],
      }),
      { unfolded: [] },
    );
  const ill = () =>
    draw(
      diagnosis({
        verdict: 'degraded',
        pods: [
          { name: 'a', ip: '10.244.0.5' },
          { name: 'b', ip: '10.244.0.6', status: 'error', leftOut: 'not ready', note: 'gone ill' },
        ],
      }),
      { unfolded: [] },
    );

  const fills = (nodes: string[]) =>
    nodes.map((node) => {
      const rect = document.querySelector(`g.node[data-node="${node}"] rect`);
      return rect && getComputedStyle(rect).fill;
    });

  it('patches a change of state in what is drawn, and shows for a moment what changed', async () => {
    const page = await start(well());
    await page.evaluate(() => document.querySelector('.sheet svg')?.setAttribute('data-mine', 'yes'));
    await open.send({ type: 'picture', picture: ill() });
    assert.equal(await page.locator('.sheet svg[data-mine]').count(), 1, 'it was laid out anew');
    assert.match(await boxText(boxId('pod/b')), /error[\s\S]*gone ill/);
    assert.equal(await page.locator('path.left-out').count(), 2);
    const [a, b] = await page.evaluate(fills, [boxId('pod/a'), boxId('pod/b')]);
    assert.notEqual(a, b);
    await page.waitForFunction(() => !document.querySelector('g.node.changed'));
  });

  it('moves nothing for those who asked for less motion', async () => {
    const page = await start(well(), { reducedMotion: true });
    await open.send({ type: 'picture', picture: ill() });
    const [a, b] = await page.evaluate(fills, [boxId('pod/a'), boxId('pod/b')]);
    assert.equal(a, b);
  });

  it('lays nothing out anew, with 10,000 pods and all folds open', async () => {
    const d = fixtures['pods-10000']();
    const folds = draw(d, { unfolded: [] })
      .diagram.nodes.filter((n) => n.folds)
      .map((n) => n.id);
    const one = draw(d, { unfolded: folds });
    const two: Picture = {
      ...one,
      diagram: {
        ...one.diagram,
        nodes: one.diagram.nodes.map((n, i) => (i % 3 ? n : { ...n, status: 'warning', note: 'changed' })),
      },
    };
    const page = await start(one);
    await page.evaluate(() => document.querySelector('.sheet svg')?.setAttribute('data-mine', 'yes'));
    await open.send({ type: 'picture', picture: two });
    assert.equal(await page.locator('.sheet svg[data-mine]').count(), 1);
    assert.ok((await page.locator('g.node[data-status="warning"]').count()) >= one.diagram.nodes.length / 3);
  });

  it('keeps selection, pan, zoom and unfolding over updates and over being hidden', async () => {
    const d = fixtures['pods-200']();
    const fold = draw(d, { unfolded: [] }).diagram.nodes.find((n) => n.folds)?.id ?? '';
    const page = await start(draw(d, { unfolded: [] }));
    await page.locator(`g.node[data-node="${fold}"]`).click();
    assert.deepEqual((await open.sent()).slice(-2), [
      { type: 'select', node: fold },
      { type: 'unfold', node: fold, open: true },
    ]);
    await open.send({ type: 'picture', picture: draw(d, { unfolded: [fold], selected: fold }) });
    await page.locator('.view').focus();
    await page.keyboard.press('+');
    const where = await page.locator('.sheet').evaluate((e) => e.style.transform);
    await open.send({ type: 'picture', picture: draw(d, { unfolded: [fold], selected: service }) });
    assert.equal(await page.locator('.sheet').evaluate((e) => e.style.transform), where);
    const state = await open.state();
    await open.close();

    open = await site.open({ state });
    const [ready] = await open.sent();
    assert.ok(ready?.type === 'ready' && ready.view);
    assert.deepEqual([ready.view.unfolded, ready.view.selected], [[fold], service]);
    await open.send({ type: 'picture', picture: draw(d, ready.view) });
    assert.equal(await open.page.locator('.sheet').evaluate((e) => e.style.transform), where);
    assert.equal(await open.page.locator(`g.node.selected[data-node="${service}"]`).count(), 1);
    assert.deepEqual((state as { shown: unknown }).shown, { name: 'api-service' });
  });

  it('leads back from a hop to the path, by its button and by Escape from the zoom buttons', async () => {
    const page = await start(picture('degraded'));
    const overview = page.locator('aside h2.verdict');
    await page.locator(`g.node[data-node="${service}"]`).click();
    await overview.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '← Path' }).click();
    await overview.waitFor();
    assert.deepEqual((await open.sent()).at(-1), { type: 'select', node: null });
    await page.locator(`g.node[data-node="${service}"]`).click();
    await overview.waitFor({ state: 'detached' });
    await page.locator('.tools vscode-button').first().focus();
    await page.keyboard.press('Escape');
    await overview.waitFor();
  });

  it('says of a port-forward that does not run what the chooser says of this computer', async () => {
    const p = picture('tunnel-needed');
    const offered = { id: 'port-forward/8080', label: 'Port-forward (not running)' };
    const view = { ...p.view, entrance: offered.id };
    const page = await start({ ...p, entrances: [...p.entrances, offered], view });
    assert.match(await page.locator('header .pill').first().innerText(), /broken from this computer/);
    assert.match(await page.locator('aside h2.verdict').innerText(), /does not run, and what is open .* fails/);
    const froms = p.froms.map(({ id, label }) => ({ id, label }));
    await open.send({ type: 'picture', picture: { ...p, froms, entrances: [offered], view } });
    assert.match(await page.locator('aside h2.verdict').innerText(), /no way in from this computer is open/);
    assert.equal(await page.locator('aside h2.verdict .codicon-pass-filled').count(), 0);
  });

  it('sends what is chosen in the drop-downs', async () => {
    const page = await start(picture('tunnel'));
    const entrance = page.getByRole('combobox', { name: 'Entrance' });
    await entrance.click();
    await page.locator('vscode-option', { hasText: 'NodePort' }).click();
    assert.deepEqual((await open.sent()).at(-1), { type: 'choose', what: 'entrance', id: 'node-port/30080' });
    assert.equal(await page.getByRole('combobox', { name: 'Port' }).count(), 0);
  });

  it('says what to do next when there is no picture', async () => {
    open = await site.open();
    for (const kind of ['loading', 'error', 'no-rights', 'not-found'] as const) {
      await open.send({
        type: 'empty',
        kind,
        title: `It is ${kind}`,
        text: 'Do this.',
        actions: [{ id: 'retry', label: 'Try again', icon: 'refresh' }],
      });
      assert.equal(await open.page.locator('h1').innerText(), `It is ${kind}`);
    }
    await open.page.locator('vscode-button').click();
    assert.deepEqual((await open.sent()).at(-1), { type: 'page-act', action: 'retry' });
    await open.send({ type: 'picture', picture: picture('tutorial') });
    assert.equal(await open.page.locator('g.node').count(), 9);
  });

  it('says since when it is stale, what is not readable and what is not safe', async () => {
    const page = await start(picture('stale'));
    assert.match(await page.locator('.banner.stale').innerText(), /Not live since .*connection refused/);
    assert.match(await page.locator('footer').innerText(), /stale since/);
    assert.match(await page.locator('header .pill.stale').first().innerText(), /stale/);
    await open.send({ type: 'picture', picture: picture('insecure') });
    assert.match(await page.locator('.banner').innerText(), /certificate .* is not checked/);
    await open.send({ type: 'picture', picture: picture('unknown-rights') });
    await page.locator('.banner vscode-button').click();
    assert.deepEqual((await open.sent()).at(-1), { type: 'page-act', action: 'copy-role' });
    assert.match(await page.locator('.banner vscode-button').innerText(), /Copy the Role I need/);
  });

  it('fits in 300 px: nothing is wider than the window', async () => {
    for (const name of ['degraded', 'hostile', 'unknown-rights'] as const) {
      if (name !== 'degraded') await open.close();
      const page = await start(picture(name), { width: 300, height: 700 });
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll('header *, aside *, footer *, .banner *')]
          .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
          .map((e) => e.outerHTML.slice(0, 120)),
      );
      assert.deepEqual(wide, [], name);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 300);
    }
  });

  it('draws the last of several pictures that come at once', async () => {
    open = await site.open();
    const pictures = [picture('tutorial'), picture('multi-node'), picture('broken')];
    await open.page.evaluate((all) => {
      for (const p of all) postMessage({ type: 'picture', picture: p }, '*');
    }, pictures as never[]);
    await open.page.waitForFunction(
      (n) => document.querySelectorAll('g.node').length === n,
      pictures[2]?.diagram.nodes.length,
    );
  });
});
