/** Inside VS Code's extension host: what VS Code itself says about the extension, without its window. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const id = 'traffic-path.traffic-path';

/** Polls: VS Code tells of a new tab or a new hover only some time after the command that caused it. */
async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(Date.now() < end, `${what}: not within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The tab of a traced Service. */
const panelOf = (name: string) =>
  vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .find((tab) => tab.input instanceof vscode.TabInputWebview && tab.label.includes(name));

async function hoverTexts(document: vscode.TextDocument, position: vscode.Position): Promise<string | undefined> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  const text = hovers
    .flatMap(({ contents }) => contents.map((each) => (typeof each === 'string' ? each : each.value)))
    .join('\n');
  return text === '' ? undefined : text;
}

describe('inside VS Code', () => {
  before(() => vscode.extensions.getExtension(id)?.activate());

  it('registers every command that package.json declares', async () => {
    const manifest = vscode.extensions.getExtension(id)?.packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
  });

  describe('with the demo cluster', () => {
    before(async function () {
      this.timeout(60_000);
      await vscode.commands.executeCommand('trafficPath.startDemo');
    });
    after(() => vscode.commands.executeCommand('trafficPath.stopDemo'));

    it('opens one panel for a Service, however often it is traced', async () => {
      await vscode.commands.executeCommand('trafficPath.trace', 'default/api-service');
      await until('a panel of api-service', () => panelOf('api-service'));
      await vscode.commands.executeCommand('trafficPath.trace', 'default/api-service');
      const panels = vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .filter((tab) => tab.label.includes('api-service'));
      assert.equal(panels.length, 1);
    });

    it('copies the path as JSON that says how the Service does', async () => {
      await vscode.env.clipboard.writeText('');
      await until('a report in the clipboard', async () => {
        await vscode.commands.executeCommand('trafficPath.copyJson');
        const text = await vscode.env.clipboard.readText();
        return text.includes('"schema"') ? text : undefined;
      });
      const report = JSON.parse(await vscode.env.clipboard.readText()) as Record<string, unknown>;
      assert.equal(report['schema'], 'traffic-path/1');
      assert.equal(report['service'], 'api-service');
      assert.equal(report['verdict'], 'works');
    });

    it('knows a pod of it by its IP in a YAML file', async () => {
      const document = await vscode.workspace.openTextDocument({ language: 'yaml', content: 'upstream: 10.244.0.5\n' });
      const text = await until('a hover', () => hoverTexts(document, new vscode.Position(0, 15)));
      assert.match(text, /api-server/);
      assert.match(text, /api-service/);
    });

    it('puts a link above each Service of a manifest', async () => {
      const content = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: api-service\nspec:\n  selector: {app: api}\n';
      const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
      const lenses = await until('a link', async () => {
        const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
          'vscode.executeCodeLensProvider',
          document.uri,
          10,
        );
        return found.length > 0 ? found : undefined;
      });
      assert.deepEqual(
        lenses.map((lens) => lens.command?.command),
        ['trafficPath.trace'],
      );
    });
  });
});
