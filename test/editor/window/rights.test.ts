/** Somebody who may see the Services of one namespace and nothing else. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Client } from '../../../src/cluster/connection.ts';
import { loadKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { createClient } from '../../../src/cluster/request.ts';
import { type Shared, shared } from './shared.ts';
import { ask, clipboard, closeAll, command, expand, panel, row, showContainer, type Window } from './workbench.ts';

/** Makes an account that may read the Services of its namespace. */
async function makeReader(client: Client, namespace: string): Promise<void> {
  const post = (to: string, body: object) => client.json(to, { method: 'POST', body });
  const rbac = {
    path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`,
    group: 'rbac.authorization.k8s.io',
  };
  const metadata = { name: 'reader', namespace };
  const common = { apiVersion: `${rbac.group}/v1`, metadata };
  const rules = [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] }];
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, account);
  await post(`${rbac.path}/roles`, { ...common, kind: 'Role', rules });
  await post(`${rbac.path}/rolebindings`, {
    ...common,
    kind: 'RoleBinding',
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
    roleRef: { apiGroup: rbac.group, kind: 'Role', name: 'reader' },
  });
}

describe('with the right to read Services in one namespace', function () {
  this.timeout(90_000);
  let it_: Shared;
  let window: Window;
  /** The kubeconfig of a namespace's account. */
  const of = (namespace: string, inIt = namespace) =>
    it_.demo.test.kubeconfigFor(it_.demo.test.tokenFor(namespace, 'reader'), inIt);

  before(async function () {
    this.timeout(240_000);
    it_ = await shared();
    window = it_.window;
    const client = createClient(await (await loadKubeconfig({ env: {}, setting: it_.file })).target());
    await makeReader(client, 'default');
    await makeReader(client, 'kube-public');
    client.dispose();
    await closeAll(window.page);
    it_.use(of('default'));
  });
  after(() => it_.use(it_.demo.kubeconfig));
  afterEach(async function () {
    const to = process.env['SCREENSHOTS'];
    if (to)
      await window.page.screenshot({ path: path.join(to, `${this.currentTest?.title.replace(/\W+/g, '-')}.png`) });
  });

  it('lists them', async () => {
    const { page } = window;
    await showContainer(page, 'Traffic Path');
    await expand(page, 'default');
    await row(page, 'kube-system').waitFor({ state: 'detached' });
    await row(page, 'api-service').waitFor();
  });

  it('draws what can be known and offers the Role for the rest', async () => {
    const { page } = window;
    await row(page, 'api-service').click();
    await panel(page).locator('svg[id]').first().waitFor({ timeout: 20_000 });
    assert.ok((await panel(page).locator('svg[id]').first().textContent())?.includes('10.96.123.45'));
    await panel(page).getByText('Copy the Role I need').first().waitFor();
  });

  it('copies that Role from the palette, as YAML that kubectl can apply', async () => {
    const { page } = window;
    await command(page, 'Traffic Path: Copy the Role I Need');
    await page.locator('.statusbar-item', { hasText: 'Copied: Role' }).waitFor();
    const roles = parseAllDocuments(await clipboard(page)).map((d) => d.toJS());
    assert.ok(roles.some((r) => r.kind === 'Role' && r.metadata.namespace === 'default'));
    const resources = roles.flatMap((r) => (r.rules ?? []).flatMap((rule: { resources: string[] }) => rule.resources));
    for (const resource of ['pods', 'endpointslices']) assert.ok(resources.includes(resource), resource);
  });

  it('takes a typed namespace/name in the palette', async () => {
    const { page } = window;
    const field = await ask(page, 'Kubernetes: Trace Traffic Path', /namespace\/name/);
    await field.fill('shop/anything');
    await page.locator('.quick-input-list:visible .monaco-list-row', { hasText: 'shop/anything' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'anything' }).waitFor();
    await panel(page)
      .getByText(/may not|forbidden|needs/i)
      .first()
      .waitFor();
  });

  const welcome = (text: string) => window.page.locator('.sidebar .welcome-view-content', { hasText: text });

  it('says when there is no Service, where nobody made one', async () => {
    it_.use(of('kube-public'));
    await welcome('There is no Service in these namespaces yet').waitFor();
  });

  it('says when no Services may be listed, and still takes a name', async () => {
    it_.use(of('kube-public', 'default'));
    await welcome('You may not list Services here').waitFor();
    await welcome('You may not list Services here').getByText('Trace namespace/name').click();
    await window.page.getByPlaceholder(/namespace\/name/).waitFor();
    await window.page.keyboard.press('Escape');
  });
});
