/** Around the picture: what is copied out of it, links into it, the Services view beside it, the walkthrough before it. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Demo } from '../../../src/demo/demo.ts';
import { validReport } from '../../core/schema.ts';
import { shared } from './shared.ts';
import { ask, clipboard, command, panel, type Window } from './workbench.ts';

const require = createRequire(import.meta.url);

describe('around the picture', function () {
  this.timeout(90_000);
  let demo: Demo;
  let window: Window;

  const svg = () => panel(window.page).locator('svg[id]').first();
  before(async function () {
    this.timeout(240_000); // the first run installs code-server
    ({ demo, window } = await shared());
  });
  afterEach(async function () {
    const to = process.env['SCREENSHOTS'];
    if (to)
      await window.page.screenshot({ path: path.join(to, `${this.currentTest?.title.replace(/\W+/g, '-')}.png`) });
  });

  it('the walkthrough begins with the demo cluster', async () => {
    const { page } = window;
    await (await ask(page, 'Welcome: Open Walkthrough', /./)).fill('See the way');
    await page
      .locator('.quick-input-list:visible .monaco-list-row', { hasText: 'See the way a request takes' })
      .click();
    for (const step of ['Start the demo cluster', 'Trace a Service', 'Point at an address'])
      await page.locator('.getting-started-step', { hasText: step }).waitFor();
    await page.locator('.getting-started-step .monaco-button', { hasText: 'Start Demo Cluster' }).first().waitFor();
    await command(page, 'View: Close All Editors');
  });

  it('a link opens a trace only after the user has said yes', async () => {
    const { page } = window;
    const dialog = page.locator('.monaco-dialog-box');
    // As a click in VS Code hands it over; for one from outside VS Code itself asks first whether it may.
    const open = async (query: string) => {
      await (await ask(page, 'Stub: Open Link', /^$/)).fill(`SCHEME://traffic-path.traffic-path/trace?${query}`);
      await page.keyboard.press('Enter');
    };
    const link = 'context=minikube&namespace=kube-system&name=kube-dns';
    const ours = dialog.filter({ hasText: 'Trace the Service kube-system/kube-dns in the context minikube?' });
    await open(link);
    await ours.waitFor();
    assert.ok((await ours.textContent())?.includes(demo.url));
    await ours.getByRole('button', { name: 'Cancel' }).click();
    await ours.waitFor({ state: 'hidden' });
    await open('name=kube-dns&context=elsewhere');
    await page.locator('.notification-toast', { hasText: 'names the context "elsewhere"' }).waitFor();
    assert.equal(await page.locator('.tab').count(), 0);
    assert.deepEqual(demo.test.trouble.requests, []);
    await open(link);
    await ours.getByRole('button', { name: 'Trace' }).click();
    await page.locator('.tab.active', { hasText: 'kube-dns' }).waitFor();
    await svg().waitFor();
  });

  it('the path is copied as Markdown, as Mermaid that Mermaid reads, and as a report of the schema', async () => {
    const { page } = window;
    await (await ask(page, 'Kubernetes: Trace Traffic Path', /namespace\/name/)).fill('api-service');
    await page.locator('.quick-input-list:visible .monaco-list-row', { hasText: 'default' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'api-service' }).waitFor();
    await svg().waitFor();
    const copied = async (title: string, has: RegExp) => {
      await command(page, `Traffic Path: ${title}`);
      let text = '';
      for (let i = 0; i < 50 && !has.test(text); i++) {
        await page.waitForTimeout(100);
        text = await clipboard(page);
      }
      assert.match(text, has);
      return text;
    };
    assert.match(await copied('Copy Path as Markdown', /^#+ /), /10\.96\.123\.45/);
    const report = JSON.parse(await copied('Copy Path as JSON', /^\{/));
    validReport(report);
    assert.equal(report.verdict, 'works');
    const text = await copied('Copy Path as Mermaid', /^flowchart /);
    assert.match(text, /10\.96\.123\.45/);
    const reader = await window.code.context.newPage();
    await reader.addScriptTag({ path: require.resolve('mermaid/dist/mermaid.min.js') });
    const read = await reader.evaluate<unknown>(`mermaid.parse(${JSON.stringify(text)})`);
    await reader.close();
    assert.match(JSON.stringify(read), /flowchart/);
    const kubectl = 'kubectl --context minikube -n default get service/api-service -o yaml';
    assert.equal(await copied('Copy kubectl Command', /^kubectl/), kubectl);
  });

  it('the Service of the picture is shown in the Services view, which was not open yet', async () => {
    const { page } = window;
    await panel(page)
      .getByRole('option', { name: /^Service, api-service/ })
      .click();
    await panel(page).getByText('Reveal in Services view').first().click();
    await page.locator('.sidebar .monaco-list-row.selected', { hasText: 'api-service' }).waitFor();
  });
});
