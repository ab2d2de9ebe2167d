/** What the Services view says when there is nothing to show, and the way out of it: the demo cluster. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { command, panel, row, showContainer, startWindow, type Window } from './workbench.ts';

const unreachable = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'away',
  contexts: [{ name: 'away', context: { cluster: 'c', user: 'u' } }],
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [{ name: 'u', user: { token: 'secret-token-of-the-test' } }],
});

describe('the Services view without Services', function () {
  this.timeout(90_000);
  let window: Window;

  afterEach(async function () {
    const to = process.env['SCREENSHOTS'];
    if (to)
      await window.page.screenshot({ path: path.join(to, `${this.currentTest?.title.replace(/\W+/g, '-')}.png`) });
  });
  after(() => window?.stop());

  const welcome = (text: string) => window.page.locator('.sidebar .welcome-view-content', { hasText: text });

  it('says that there is no kubeconfig, and ignores that of a workspace that is not trusted', async function () {
    this.timeout(240_000);
    const settings = JSON.stringify({ 'trafficPath.kubeconfig': 'away.kubeconfig' });
    window = await startWindow(
      { 'away.kubeconfig': unreachable, '.vscode/settings.json': settings },
      { KUBECONFIG: '', STUB_KUBECONFIG: '' },
      { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' },
    );
    await window.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await showContainer(window.page, 'Traffic Path');
    await welcome('No kubeconfig was found').waitFor({ timeout: 30_000 });
  });

  it('starts the demo cluster from there, whose kubeconfig only the user may read', async () => {
    const { page } = window;
    await page.locator('.sidebar .welcome-view-content .monaco-button', { hasText: 'Start Demo Cluster' }).click();
    await row(page, 'minikube \\(demo cluster\\)').waitFor({ timeout: 20_000 });
    // Opened and revealed by itself.
    await row(page, 'api-service').waitFor();
    await panel(page).locator('svg[id]').first().waitFor({ timeout: 20_000 });
    assert.equal(
      window
        .find(/^demo-\d+\.kubeconfig$/)
        .map((f) => (f.mode & 0o777).toString(8))
        .join(),
      '600',
    );
  });

  it('takes the demo cluster away when it is stopped, and leaves no file', async () => {
    const { page } = window;
    await command(page, 'Traffic Path: Stop Demo Cluster');
    await welcome('No kubeconfig was found').waitFor();
    await panel(page).getByText('The demo cluster does not run').waitFor();
    assert.deepEqual(window.find(/^demo-\d+\.kubeconfig$/), []);
  });

  it('takes that of the workspace once it is trusted, says that its cluster cannot be reached, and never logs the token', async () => {
    const { page } = window;
    assert.doesNotMatch(window.read(/Traffic Path\.log$/).join('\n'), /away/);
    await command(page, 'Workspaces: Manage Workspace Trust');
    await page
      .locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ })
      .first()
      .click();
    await welcome('cannot be reached').waitFor({ timeout: 30_000 });
    const logs = window.read(/Traffic Path\.log$/).join('\n');
    assert.match(logs, /away/);
    assert.doesNotMatch(logs, /secret-token/);
  });
});
