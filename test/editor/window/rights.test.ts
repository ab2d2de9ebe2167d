/** Somebody who may see the Services of one namespace and nothing else. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { createClient } from '../../../src/cluster/request.ts';
import { startDemo } from '../../../src/demo/demo.ts';
import { command, expand, panel, row, showContainer, startWindow, type Window } from './workbench.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
const named = (kind: string, name: string) => ({
  apiVersion: kind === 'ServiceAccount' ? 'v1' : 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, namespace: 'default' },
});

describe('with the right to read Services in one namespace', function () {
  this.timeout(90_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'traffic-path-rights-'));
  let demo: Awaited<ReturnType<typeof startDemo>>;
  let window: Window;

  before(async function () {
    this.timeout(240_000);
    demo = await startDemo();
    const file = path.join(folder, 'kubeconfig');
    writeFileSync(file, demo.kubeconfig);
    const client = createClient(await (await loadKubeconfig({ env: {}, setting: file })).target());
    const post = (to: string, body: object) => client.json(to, { method: 'POST', body });
    await post('/api/v1/namespaces/default/serviceaccounts', named('ServiceAccount', 'reader'));
    const rules = [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] }];
    await post(`${rbac}/roles`, { ...named('Role', 'services'), rules });
    await post(`${rbac}/rolebindings`, {
      ...named('RoleBinding', 'reader'),
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'services' },
    });
    client.dispose();
    writeFileSync(file, demo.test.kubeconfigFor(demo.test.tokenFor('default', 'reader'), 'default'));
    window = await startWindow({}, { KUBECONFIG: file });
  });
  after(async () => {
    await window?.stop();
    await demo?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async function () {
    const to = process.env['SCREENSHOTS'];
    if (to)
      await window.page.screenshot({ path: path.join(to, `${this.currentTest?.title.replace(/\W+/g, '-')}.png`) });
  });

  it('lists them', async () => {
    const { page } = window;
    await showContainer(page, 'Traffic Path');
    await expand(page, 'default');
    await row(page, 'api-service').waitFor();
    assert.equal(await row(page, 'kube-system').count(), 0);
  });

  it('draws what can be known and offers the Role for the rest', async () => {
    const { page } = window;
    await row(page, 'api-service').click();
    await panel(page).locator('svg[id]').first().waitFor({ timeout: 20_000 });
    assert.ok((await panel(page).locator('svg[id]').first().textContent())?.includes('10.96.123.45'));
    await panel(page).getByText('Copy the Role I need').first().waitFor();
  });

  it('takes a typed namespace/name in the palette', async () => {
    const { page } = window;
    await command(page, 'Kubernetes: Trace Traffic Path');
    await page.locator('.quick-input-widget:visible input[type=text]').fill('shop/anything');
    await page.locator('.quick-input-list:visible .monaco-list-row', { hasText: 'shop/anything' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'anything' }).waitFor();
    await panel(page)
      .getByText(/may not|forbidden|needs/i)
      .first()
      .waitFor();
  });
});
