/** The ways in and the panel, in VS Code's own window, on the demo cluster. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '../../../src/cluster/connection.ts';
import { loadKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { createClient } from '../../../src/cluster/request.ts';
import { type Demo, startDemo } from '../../../src/demo/demo.ts';
import { temporaryFolder } from '../../harness/leftovers.mjs';
import {
  ask,
  closeAll,
  command,
  contextMenu,
  expand,
  openFile,
  panel,
  pointAt,
  row,
  showContainer,
  startWindow,
  type Window,
} from './workbench.ts';

const manifest = `apiVersion: v1
kind: Service
metadata:
  name: api-service
  namespace: default
spec:
  type: NodePort
  clusterIP: 10.96.123.45
  ports:
    - port: 8080
      nodePort: 30080
---
kind: Service
apiVersion: v1
metadata:
  name: nowhere
`;

interface Items {
  items: { metadata: { name: string }; status: { podIP: string } }[];
}

describe("VS Code's window", function () {
  this.timeout(90_000);
  const folder = temporaryFolder('demo');
  const kubeconfig = path.join(folder, 'kubeconfig');
  let demo: Demo;
  let client: Client;
  let window: Window;

  const pods = async (namespace = 'default', labelSelector = 'app=api') =>
    (await client.json<Items>(`/api/v1/namespaces/${namespace}/pods`, { query: { labelSelector } })).items;
  const svg = () => panel(window.page).locator('svg[id]').first();

  before(async function () {
    this.timeout(240_000); // the first run installs code-server
    demo = await startDemo();
    writeFileSync(kubeconfig, demo.kubeconfig, { mode: 0o600 });
    const config = await loadKubeconfig({ env: {}, setting: kubeconfig });
    client = createClient(await config.target());
    const dns = await pods('kube-system', 'k8s-app=kube-dns');
    const files = { 'service.yaml': manifest, 'app.log': `lookup on ${dns[0]?.status.podIP}:53 failed\n` };
    // Only the Microsoft extension knows the kubeconfig.
    window = await startWindow(files, { KUBECONFIG: '', STUB_KUBECONFIG: kubeconfig });
  });

  after(async () => {
    await window?.stop();
    client?.dispose();
    await demo?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(async function () {
    const to = process.env['SCREENSHOTS'];
    if (to)
      await window.page.screenshot({ path: path.join(to, `${this.currentTest?.title.replace(/\W+/g, '-')}.png`) });
  });

  it('lists contexts, namespaces and Services with type and ports', async () => {
    const { page } = window;
    await showContainer(page, 'Traffic Path');
    await row(page, 'minikube').waitFor();
    await expand(page, 'default');
    assert.match((await row(page, 'api-service').textContent()) ?? '', /NodePort · 8080:30080\/TCP/);
  });

  it('traces a Service from its context menu, and shows its state in the list', async () => {
    const { page } = window;
    await contextMenu(page, row(page, 'api-service'), 'Trace Traffic Path');
    await svg().waitFor({ timeout: 20_000 });
    const drawn = await svg().textContent();
    for (const word of ['10.96.123.45', '30080', 'minikube', 'kube-proxy', '10.244.'])
      assert.ok(drawn?.includes(word), word);
    await page.locator('.statusbar-item', { hasText: 'minikube · default' }).waitFor();
    await page.locator('.sidebar .monaco-list-row .codicon-pass').waitFor();
  });

  it('follows a deleted pod', async () => {
    const [pod] = await pods();
    const name = pod?.metadata.name ?? '';
    await svg().getByText(name.slice(-5), { exact: false }).first().waitFor();
    await client.json(`/api/v1/namespaces/default/pods/${name}`, { method: 'DELETE' });
    await panel(window.page)
      .locator('body')
      .getByText(/Terminating|terminating|1 of \d|not ready/)
      .first()
      .waitFor({ timeout: 15_000 });
    await svg().getByText(name.slice(-5), { exact: false }).first().waitFor({ state: 'detached', timeout: 30_000 });
  });

  it('says since when it is stale while the API server is away, and recovers alone', async () => {
    const { page } = window;
    await demo.test.away();
    await panel(page)
      .getByText(/Not live since/)
      .first()
      .waitFor({ timeout: 15_000 });
    assert.ok((await svg().textContent())?.includes('10.96.123.45'), 'what was drawn stays');
    const list = page.locator('.sidebar .monaco-list-row', { hasText: /not live since \d\d:\d\d:\d\d UTC/ });
    await list.waitFor();
    await row(page, 'api-service').waitFor();
    await demo.test.back('renewed');
    await panel(page)
      .getByText(/Not live since/)
      .first()
      .waitFor({ state: 'detached', timeout: 15_000 });
    await list.waitFor({ state: 'detached' });
    assert.equal(await page.locator('.notifications-toasts .notification-list-item').count(), 0);
  });

  /** Chooses a namespace, or leaves it out. */
  const toggle = async (namespace: string) => {
    const { page } = window;
    const field = await ask(page, 'Traffic Path: Choose Namespaces', /Namespaces to show/);
    await field.fill(namespace);
    await page.locator('.quick-input-list:visible .monaco-list-row', { hasText: namespace }).first().click();
    await page.keyboard.press('Enter');
    await field.waitFor({ state: 'hidden' });
  };

  it('leaves out namespaces that are not chosen', async () => {
    const { page } = window;
    await row(page, 'kube-system').waitFor();
    await toggle('kube-system');
    await row(page, 'kube-system').waitFor({ state: 'detached' });
    await row(page, 'default').waitFor();
  });

  it('brings panel and namespaces back after the window is loaded again', async () => {
    const { page } = window;
    await window.reload();
    await svg().waitFor({ timeout: 30_000 });
    assert.ok((await svg().textContent())?.includes('10.96.123.45'));
    await showContainer(page, 'Traffic Path');
    await row(page, 'default').waitFor();
    assert.equal(await row(page, 'kube-system').count(), 0);
    await toggle('kube-system');
    await row(page, 'kube-system').waitFor();
  });

  it('opens no second panel for the same Service', async () => {
    const { page } = window;
    await showContainer(page, 'Traffic Path');
    await expand(page, 'default');
    await row(page, 'api-service').click();
    await page.waitForTimeout(500);
    assert.equal(await page.locator('.tab', { hasText: 'api-service' }).count(), 1);
  });

  it('tells in a hover who has an address, and offers to trace it', async () => {
    const { page } = window;
    await openFile(page, 'service.yaml');
    await page.locator('.codelens-decoration a', { hasText: 'Trace Traffic Path' }).nth(1).waitFor(); // they move lines
    const at = page.locator('.view-line span', { hasText: '10.96.123.45' }).last();
    const hover = await pointAt(page, at, 'Service default/api-service');
    assert.match((await hover.textContent()) ?? '', /Trace Traffic Path/);
  });

  it('shows a link above each Service of a manifest', async () => {
    const { page } = window;
    const lenses = page.locator('.codelens-decoration a', { hasText: 'Trace Traffic Path' });
    await lenses.nth(1).waitFor();
    await lenses.nth(1).click();
    await panel(page)
      .getByText(/nowhere/)
      .first()
      .waitFor();
    await panel(page)
      .getByText(/service-not-found|no Service/i)
      .first()
      .waitFor();
  });

  it('answers in a log file with one look-up when no trace knows the address', async () => {
    const { page } = window;
    await closeAll(page);
    await openFile(page, 'app.log');
    await pointAt(page, page.locator('.view-line span', { hasText: '10.244.' }).last(), 'Pod kube-system/coredns');
  });

  it('traces from the Microsoft Kubernetes explorer, a Service and a Deployment', async () => {
    const { page } = window;
    await closeAll(page);
    await showContainer(page, 'Kubernetes');
    await contextMenu(page, row(page, 'Service api-service'), 'Trace Traffic Path');
    await page.locator('.tab.active', { hasText: 'api-service' }).waitFor();
    await svg().waitFor();
    await closeAll(page);
    await contextMenu(page, page.locator('.sidebar .monaco-list-row', { hasText: 'Deployment' }), 'Trace Traffic Path');
    await page.locator('.tab.active', { hasText: 'api-service' }).waitFor();
    await svg().waitFor();
  });

  it('leaves other nodes of that explorer alone', async () => {
    const { page } = window;
    await page.locator('.sidebar .monaco-list-row', { hasText: 'ServiceAccount' }).click({ button: 'right' });
    await page.waitForTimeout(700);
    assert.equal(await page.locator('.monaco-menu .action-item', { hasText: 'Trace Traffic Path' }).count(), 0);
    await page.keyboard.press('Escape');
  });

  it('picks from all Services in the palette, the recent ones first', async () => {
    const { page } = window;
    await closeAll(page);
    const field = await ask(page, 'Kubernetes: Trace Traffic Path', /namespace\/name/);
    const rows = page.locator('.quick-input-list:visible .monaco-list-row');
    await page.locator('.quick-input-list:visible .monaco-list-row', { hasText: 'kube-dns' }).waitFor();
    assert.match((await rows.first().textContent()) ?? '', /nowhere|api-service/);
    await field.fill('kube-system/kube-dns');
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'kube-dns' }).waitFor();
    await panel(page).locator('svg[id]').first().waitFor();
  });

  it('opens the object behind a hop as YAML that cannot be edited', async () => {
    const { page } = window;
    await closeAll(page);
    await showContainer(page, 'Traffic Path');
    await expand(page, 'default');
    await contextMenu(page, row(page, 'api-service'), 'Open as YAML');
    await page.locator('.view-line', { hasText: 'nodePort: 30080' }).waitFor();
    await page.locator('.tab.active', { hasText: 'Service-api-service.yaml' }).waitFor();
  });

  it('goes to the manifest in the workspace that makes a Service', async () => {
    const { page } = window;
    await contextMenu(page, row(page, 'api-service'), 'Go to Manifest');
    await page.locator('.tab.active[data-resource-name="service.yaml"]').waitFor();
  });

  it('filters the list and remembers the filter', async () => {
    const { page } = window;
    await command(page, 'Traffic Path: Filter Services');
    await page.locator('.quick-input-widget:visible input[type=text]').fill('dns');
    await page.keyboard.press('Enter');
    await row(page, 'kube-dns').waitFor();
    assert.equal(await row(page, 'api-service').count(), 0);
    await command(page, 'Traffic Path: Clear Filter');
    await row(page, 'api-service').waitFor();
  });

  // Last: after its own menu VS Code's editor shows no hover before the next click in it.
  it('traces the Service under the cursor from the menu of a YAML file', async () => {
    const { page } = window;
    await closeAll(page);
    await openFile(page, 'service.yaml');
    await page.locator('.codelens-decoration a', { hasText: 'Trace Traffic Path' }).nth(1).waitFor();
    await contextMenu(page, page.locator('.view-line span', { hasText: 'nodePort' }).last(), 'Trace Traffic Path');
    await page.locator('.tab.active', { hasText: 'api-service' }).waitFor();
    await svg().waitFor();
  });
});
