/** Serves the built page as VS Code would, in a real browser: for the page's tests and for pictures of it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { FromPage, ToPage } from '../../src/core/messages.ts';
import { pageHtml } from '../../src/editor/page.ts';
import { buildPage } from '../../webview/build.mjs';
import { temporaryFolder } from '../harness/leftovers.mjs';
import { startBrowser } from '../harness/vscode.ts';
import { type ThemeName, themes } from './themes.ts';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
  '.html': 'text/html; charset=utf-8',
};

/** The page's files on 127.0.0.1, and a browser that reaches nothing else. */
export interface Site {
  readonly browser: Browser;
  readonly outdir: string;
  open(options?: {
    theme?: ThemeName;
    width?: number;
    height?: number;
    state?: unknown;
    reducedMotion?: boolean;
  }): Promise<OpenPage>;
  close(): Promise<void>;
}

/** One open page with the host's side played by the test. */
export interface OpenPage {
  readonly page: Page;
  send(message: ToPage): Promise<void>;
  /** What the page sent to the host so far. */
  sent(): Promise<FromPage[]>;
  state(): Promise<unknown>;
  /** Directives that were violated. */
  violations(): Promise<string[]>;
  close(): Promise<void>;
}

/** Builds the page and starts server and browser. */
export async function startSite(): Promise<Site> {
  const outdir = temporaryFolder('page');
  await buildPage({ outdir, minify: true });
  const server = createServer((request, response) => {
    void answer(request.url ?? '/').then(({ type, body }) =>
      response.writeHead(body ? 200 : 404, { 'content-type': type }).end(body),
    );
  });
  const origin = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
  const answer = async (url: string) => {
    if (url === '/') {
      const html = pageHtml({
        nonce: 'r4nd0m',
        cspSource: origin,
        scriptUri: `${origin}/main.js`,
        styleUri: `${origin}/style.css`,
        codiconUri: `${origin}/codicon.css`,
        title: 'api-service',
        shown: { name: 'api-service' },
      });
      return { type: types['.html'] ?? '', body: html };
    }
    const path = join(outdir, new URL(url, origin).pathname.replaceAll('..', ''));
    return { type: types[extname(path)] ?? '', body: existsSync(path) ? await readFile(path) : undefined };
  };
  const browser = await startBrowser();
  return {
    browser,
    outdir,
    open: (options = {}) => open(browser, origin, options),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

async function open(
  browser: Browser,
  origin: string,
  options: NonNullable<Parameters<Site['open']>[0]>,
): Promise<OpenPage> {
  const theme = themes[options.theme ?? 'light'];
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
  });
  page.on('pageerror', (error) => console.error(`page: ${error.stack}`));
  page.on('console', (m) => m.type() === 'error' && console.error(`page console: ${m.text()}`));
  await page.addInitScript(
    ({ body, colors, state }) => {
      const w = window as unknown as Record<string, unknown>;
      const [sent, violations] = [[] as unknown[], [] as string[]];
      let kept = state;
      Object.assign(w, { sent, violations, kept: () => kept });
      w['acquireVsCodeApi'] = () => ({
        postMessage: (m: unknown) => sent.push(m),
        getState: () => kept,
        setState: (s: unknown) => {
          kept = s;
        },
      });
      document.addEventListener('securitypolicyviolation', (e) =>
        violations.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sample}`),
      );
      // VS Code sets body class and variables before the page's script runs.
      new MutationObserver((_, observer) => {
        if (!document.body) return;
        observer.disconnect();
        document.body.className = body;
        for (const [name, value] of Object.entries(colors))
          document.documentElement.style.setProperty(`--vscode-${name}`, value);
      }).observe(document, { childList: true, subtree: true });
    },
    { body: theme.body, colors: theme.colors, state: options.state },
  );
  await page.goto(origin);
  await page.waitForFunction(() =>
    (window as unknown as { sent: { type: string }[] }).sent.some((m) => m.type === 'ready'),
  );
  return {
    page,
    send: async (message) => {
      await page.evaluate((m) => {
        delete document.body.dataset['drawn'];
        postMessage(m, '*');
      }, message as never);
      await page.waitForFunction(
        (empty) => (empty ? document.querySelector('main.empty') : document.body.dataset['drawn']),
        message.type === 'empty',
      );
    },
    sent: () => page.evaluate(() => (window as unknown as { sent: FromPage[] }).sent),
    state: () => page.evaluate(() => (window as unknown as { kept: () => unknown }).kept()),
    violations: () => page.evaluate(() => (window as unknown as { violations: string[] }).violations),
    close: () => page.close(),
  };
}
