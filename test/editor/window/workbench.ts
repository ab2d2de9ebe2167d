/** VS Code's window as a person uses it: what the tests of this folder click and read. */
import { mkdirSync, readdirSync, readFileSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { removal, temporaryFolder } from '../../harness/leftovers.mjs';
import { stageExtension } from '../../harness/stage.ts';
import { startVSCode, type VSCode } from '../../harness/vscode.ts';

export interface Window {
  readonly page: Page;
  readonly code: VSCode;
  /** "Developer: Reload Window". */
  reload(): Promise<void>;
  /** The folder that is open. */
  readonly workspace: string;
  /** Files of VS Code's own folder whose name fits. */
  find(name: RegExp): Stats[];
  /** Their texts. */
  read(name: RegExp): string[];
  stop(): Promise<void>;
}

/** Starts VS Code with the built extension, the stub of the Microsoft one, and files in the workspace. */
export async function startWindow(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>> = {},
  viewport = { width: 1280, height: 800 },
): Promise<Window> {
  const folder = temporaryFolder('window');
  const extension = path.join(folder, 'extension');
  await stageExtension(extension);
  const workspace = path.join(folder, 'workspace');
  mkdirSync(workspace);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(workspace, name)), { recursive: true });
    writeFileSync(path.join(workspace, name), text);
  }
  const stub = new URL('../stub', import.meta.url).pathname;
  const code = await startVSCode({
    link: [extension, stub],
    env: { HOME: folder, ...env },
    settings,
    viewport,
  });
  const { page } = code;
  page.setDefaultTimeout(20_000);
  await code.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const open = async () => {
    await page.goto(code.url(workspace));
    await page.waitForSelector('.monaco-workbench .part.statusbar');
  };
  const data = path.join(path.dirname(code.log), 'data');
  const filesNamed = (name: RegExp) =>
    readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile() && name.test(e.name))
      .map((e) => path.join(e.parentPath, e.name));
  await open();
  const reload = async () => {
    const loaded = page.waitForEvent('load', { timeout: 30_000 });
    await command(page, 'Developer: Reload Window');
    await loaded;
    await page.waitForSelector('.monaco-workbench .part.statusbar');
  };
  return {
    page,
    workspace,
    find: (name) => filesNamed(name).map((f) => statSync(f)),
    read: (name) => filesNamed(name).map((f) => readFileSync(f, 'utf8')),
    code,
    reload,
    stop: async () => {
      await code.stop();
      rmSync(folder, removal);
    },
  };
}

/** Shows a view container of the activity bar; a second click would hide it again. */
export async function showContainer(page: Page, title: string): Promise<void> {
  const tab = page.locator(`.activitybar .action-item:has(a[aria-label^="${title}"])`);
  await tab.waitFor();
  if ((await tab.getAttribute('aria-expanded')) !== 'true' && !(await tab.getAttribute('class'))?.includes('checked'))
    await tab.click();
}

/** A row of the side bar's tree by its label. */
export const row = (page: Page, label: string): Locator =>
  page.locator('.sidebar .monaco-list-row', {
    has: page.locator('.label-name', { hasText: new RegExp(`^${label}$`) }),
  });

/** Opens a folded row. */
export async function expand(page: Page, label: string): Promise<void> {
  const it = row(page, label);
  await it.waitFor();
  if ((await it.getAttribute('aria-expanded')) === 'false') await it.click();
}

/** Chooses an entry of a row's context menu. */
export async function contextMenu(page: Page, of: Locator, entry: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    await of.click({ button: 'right' });
    const item = page.locator('.monaco-menu .action-item', { hasText: entry });
    try {
      await item.waitFor({ timeout: 3000 });
      await page.waitForTimeout(200); // a menu lets the click that follows its opening at once pass by
      await item.click({ timeout: 3000 });
      await item.waitFor({ state: 'detached', timeout: 3000 });
      return;
    } catch (error) {
      if (attempt === 3) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/** Runs a command of the palette. A closing menu can take the focus and shut the palette: it is tried again. */
export async function command(page: Page, title: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await page.keyboard.press('F1');
      const input = page.locator('.quick-input-widget:visible input[type=text]');
      await input.waitFor({ timeout: 15_000 });
      await input.fill(`>${title}`, { timeout: 15_000 });
      const first = page.locator('.quick-input-list:visible .monaco-list-row', { hasText: title }).first();
      await first.waitFor({ timeout: 3000 });
      await page.keyboard.press('Enter');
      return;
    } catch (error) {
      if (attempt === 4) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/** Runs a command of the palette that asks something, and gives the field to answer in. */
export async function ask(page: Page, title: string, placeholder: RegExp): Promise<Locator> {
  for (let attempt = 0; ; attempt++) {
    await command(page, title);
    const input = page.locator('.quick-input-widget:visible input[type=text]');
    const field = input.and(page.getByPlaceholder(placeholder));
    try {
      // A page that just opened can take the focus, and with it the question.
      await field.waitFor({ timeout: 3000 });
      await page.waitForTimeout(200);
      if (await field.isVisible()) return field;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** The clipboard's text. */
export const clipboard = (page: Page): Promise<string> => page.evaluate<string>('navigator.clipboard.readText()');

/** The inside of the visible Traffic Path panel. */
export const panel = (page: Page): FrameLocator =>
  page.frameLocator('iframe.webview.ready:visible').frameLocator('#active-frame');

/** Opens a file of the workspace. */
export async function openFile(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+P');
  const input = page.locator('.quick-input-widget:visible input[type=text]');
  await input.fill(name);
  await page.locator('.quick-input-list:visible .monaco-list-row', { hasText: name }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
}

/** Closes all editors. */
export async function closeAll(page: Page): Promise<void> {
  await command(page, 'View: Close All Editors');
  await page.locator('.editor-group-container.empty').first().waitFor();
}

/** Points at something until its hover is there: text that gets its colours meanwhile takes the hover away. */
export async function pointAt(page: Page, at: Locator, says: string): Promise<Locator> {
  const hover = page.locator('.monaco-hover:visible', { hasText: says });
  for (let attempt = 0; ; attempt++) {
    await at.hover();
    try {
      await hover.waitFor({ timeout: 6000 });
      return hover;
    } catch (error) {
      if (attempt === 9) throw error;
      await page.mouse.move(0, 0);
    }
  }
}
