// npm run screenshots: makes the pictures of README and docs/findings.md anew, in media/screenshots. Look at them before committing.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { boxId } from '../../src/core/boxes.ts';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import type { View } from '../../src/core/diagram.ts';
import type { Diagnosis } from '../../src/core/path.ts';
import { draw } from '../../src/core/picture.ts';
import { trace } from '../../src/core/trace.ts';
import { startDemo } from '../../src/demo/demo.ts';
import { read, scenarios } from '../core/scenario.ts';
import { expand, openFile, panel, pointAt, row, showContainer, startWindow } from '../editor/window/workbench.ts';
import { root } from '../harness/modules.mjs';
import { fixtures } from './fixtures.ts';
import { type Site, startSite } from './page.ts';
import type { ThemeName } from './themes.ts';

interface Upng {
  decode(png: Uint8Array): { readonly width: number; readonly height: number };
  toRGBA8(image: object): ArrayBuffer[];
  encode(frames: ArrayBuffer[], width: number, height: number, colours: number): ArrayBuffer;
}
/** Has no types. Few colours make a quarter of a PNG; Chromium itself writes only all of them. */
const upng = createRequire(import.meta.url)('upng-js') as Upng;

const folder = path.join(root, 'media/screenshots');

function save(name: string, png: Uint8Array): void {
  const image = upng.decode(png);
  const file = path.join(folder, `${name}.png`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, Buffer.from(upng.encode(upng.toRGBA8(image), image.width, image.height, 96)));
  process.stdout.write(`${path.relative(root, file)}\n`);
}

interface Shot {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly view?: Partial<View>;
  /** All of it, however small. */
  readonly whole?: boolean;
}

async function shoot(site: Site, name: string, of: Diagnosis, { view = {}, whole, ...how }: Shot = {}): Promise<void> {
  const open = await site.open({ width: 1280, height: 860, ...how, reducedMotion: true });
  await open.send({ type: 'picture', picture: draw(of, { unfolded: [], ...view }) });
  if (whole) {
    await open.page.locator('.tools vscode-button').last().click();
    await open.page.mouse.move(1, 1);
    await open.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  }
  await open.page.waitForTimeout(150);
  save(name, await open.page.screenshot());
  await open.close();
}

const scenario = (name: string): Diagnosis => {
  const { facts, from } = read(name);
  return diagnose(trace(facts, from));
};

/** The page alone, in each theme, and each finding where docs/findings.md has one. */
async function pages(): Promise<void> {
  const site = await startSite();
  try {
    const tutorial = scenario('tutorial');
    for (const theme of ['light', 'dark', 'hc-dark', 'hc-light'] as const)
      await shoot(site, theme, scenario('readiness-failing-one'), { theme });
    await shoot(site, 'tutorial', tutorial, { theme: 'light', view: { selected: boxId('service') } });
    await shoot(site, 'narrow', tutorial, { theme: 'dark', width: 360, height: 900 });
    await shoot(site, 'pods-200', fixtures['pods-200'](), { theme: 'light', whole: true, height: 640 });
    await shoot(site, 'few-rights', scenario('rights-services-only'), { theme: 'light' });
    const codes = [...readFileSync(path.join(root, 'docs/findings.md'), 'utf8').matchAll(/^\| `([\w-]+)`/gm)];
    for (const [, code = ''] of codes)
      if (scenarios.includes(code)) {
        const of = scenario(code);
        const hop = of.findings.find((f) => f.code === code)?.hop;
        const entrance = of.path.entrances.find((e) => e.open && e.status === 'broken' && e.stopsAt === hop)?.id;
        await shoot(site, `findings/${code}`, of, { theme: 'light', view: entrance ? { entrance } : {} });
      }
  } finally {
    await site.close();
  }
}

const manifest = `apiVersion: v1
kind: Service
metadata:
  name: api-service
  namespace: default
spec:
  type: NodePort
  selector:
    app: api
  clusterIP: 10.96.123.45
  ports:
    - port: 8080
      targetPort: 8080
      nodePort: 30080
`;

/** The whole window on the demo cluster: the view beside the panel, and a hover in a manifest. */
async function windows(): Promise<void> {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'traffic-path-screenshots-'));
  const demo = await startDemo();
  const kubeconfig = path.join(temporary, 'kubeconfig');
  writeFileSync(kubeconfig, demo.kubeconfig, { mode: 0o600 });
  const settings = { 'workbench.colorTheme': 'Default Dark Modern', 'editor.hover.above': false };
  const size = { width: 1280, height: 860 };
  const window = await startWindow({ 'service.yaml': manifest }, { KUBECONFIG: kubeconfig }, settings, size);
  try {
    const { page } = window;
    await showContainer(page, 'Traffic Path');
    await expand(page, 'default');
    await row(page, 'api-service').click();
    await panel(page).locator('.sheet svg').waitFor({ timeout: 20_000 });
    await page.locator('.sidebar .monaco-list-row .codicon-pass').waitFor();
    await page.waitForTimeout(500);
    save('window', await page.screenshot());
    await openFile(page, 'service.yaml');
    await page.locator('.codelens-decoration a').first().waitFor();
    await pointAt(page, page.locator('.view-line span', { hasText: '10.96.123.45' }).last(), 'api-service');
    await page.waitForTimeout(800);
    save('hover', await page.screenshot());
  } finally {
    await window.stop();
    await demo.stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

const what = process.argv.slice(2);
if (what.length === 0 || what.includes('pages')) await pages();
if (what.length === 0 || what.includes('windows')) await windows();
