// A whole VS Code (code-server) with a headless browser on it: for the suites that run inside VS Code, for those that drive
// its window, and for screenshots. Everything stays on 127.0.0.1, behind a password: whoever reaches VS Code has a shell.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ensureCodeServer } from './codeServer.ts';
import { endGroup, removal, temporaryFolder } from './leftovers.mjs';
import { ensureBrowser } from './system.ts';

/** How Chromium is started everywhere here: it can reach nothing but this machine. */
export const chromiumArguments = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];

/** A headless Chromium for the page's own tests. The caller closes it. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await ensureBrowser(), chromiumSandbox: false, args: chromiumArguments });
}

export interface VSCodeOptions {
  /** The extension as a .vsix: closest to what a user has. */
  readonly vsix?: readonly string[];
  /** Unpacked extensions, linked into the empty extensions folder: fast. */
  readonly link?: readonly string[];
  /** With `security.workspace.trust.enabled` a folder is trusted only once somebody says so; else every one is. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to what the server and its extension host inherit. */
  readonly env?: Readonly<Record<string, string>>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Asks VS Code for its smoke-test mode: only then does the page's URL name an extension to develop, but toasts are off. */
  readonly driver?: boolean;
}

export interface CodeServer {
  readonly port: number;
  readonly log: string;
  /** Made for this start alone. */
  readonly password: string;
  /** The page's address for this workspace folder. */
  url(folder: string, payload?: readonly (readonly [string, string])[]): string;
  stop(): void;
}

export interface VSCode extends Omit<CodeServer, 'stop'> {
  readonly page: Page;
  readonly context: BrowserContext;
  /** A file as VS Code in the browser names it. */
  remote(file: string): string;
  stop(): Promise<void>;
}

const quiet = {
  'workbench.startupEditor': 'none',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'chat.disableAIFeatures': true,
  'remote.autoForwardPorts': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

/** Starts code-server alone, with user data of its own in `folder`, and waits until it answers. */
export async function startCodeServer(folder: string, options: VSCodeOptions = {}): Promise<CodeServer> {
  const entry = path.join(await ensureCodeServer(), 'out', 'node', 'entry.js');
  mkdirSync(path.join(folder, 'data', 'User'), { recursive: true });
  mkdirSync(path.join(folder, 'extensions'), { recursive: true });
  writeFileSync(path.join(folder, 'data/User/settings.json'), JSON.stringify({ ...quiet, ...options.settings }));
  for (const extension of options.link ?? []) {
    const name = path.join(folder, 'extensions', path.basename(path.resolve(extension)));
    rmSync(name, { force: true, recursive: true });
    symlinkSync(path.resolve(extension), name);
  }
  const log = path.join(folder, 'code-server.log');
  const output = openSync(log, 'a');
  const password = randomBytes(18).toString('base64url');
  const start = (...args: string[]) => {
    const child = spawn(
      process.execPath,
      [
        entry,
        ...['--user-data-dir', path.join(folder, 'data')],
        ...['--extensions-dir', path.join(folder, 'extensions')],
        ...['--config', path.join(folder, 'config.yaml')],
        ...args,
      ],
      {
        detached: true,
        stdio: ['ignore', output, output],
        // code-server takes PASSWORD out of the environment before it starts anything itself.
        env: {
          ...process.env,
          EXTENSIONS_GALLERY: '{"serviceUrl":""}',
          TMPDIR: folder,
          ...options.env,
          PASSWORD: password,
        },
      },
    );
    // It starts processes of its own; they are one group.
    return { child, end: endGroup(child) };
  };
  for (const file of options.vsix ?? []) {
    const code = await new Promise((resolve) =>
      start('--install-extension', path.resolve(file)).child.once('exit', resolve),
    );
    if (code !== 0) throw new Error(`VS Code would not install ${file}:\n${lastLines(log)}`);
  }
  const port = await freePort();
  const { child: server, end: stop } = start(
    ...['--auth', 'password', '--bind-addr', `127.0.0.1:${port}`],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    ...(options.settings?.['security.workspace.trust.enabled'] ? [] : ['--disable-workspace-trust']),
    ...(options.driver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
  );
  try {
    await untilItAnswers(server, port, log);
  } catch (error) {
    stop();
    throw error;
  }
  return {
    port,
    log,
    password,
    stop,
    url(workspace, payload = []) {
      const query = new URLSearchParams({ folder: path.resolve(workspace) });
      if (payload.length > 0) query.set('payload', JSON.stringify(payload));
      return `http://127.0.0.1:${port}/?${query}`;
    },
  };
}

/** Starts code-server and a browser; the caller opens `page` at `url(folder)` and stops it all in the end. */
export async function startVSCode(options: VSCodeOptions = {}): Promise<VSCode> {
  const folder = temporaryFolder('vscode');
  const executablePath = await ensureBrowser();
  const server = await startCodeServer(folder, options);
  let context: BrowserContext | undefined;
  const stop = async () => {
    await context?.close().catch(() => undefined);
    server.stop();
    if (!process.env['KEEP_VSCODE']) rmSync(folder, removal);
  };
  try {
    context = await chromium.launchPersistentContext(path.join(folder, 'browser'), {
      executablePath,
      headless: true,
      viewport: options.viewport ?? { width: 1280, height: 800 },
      chromiumSandbox: false,
      args: chromiumArguments,
    });
    const { password } = server;
    await context.request.post(`http://127.0.0.1:${server.port}/login`, { form: { password }, maxRedirects: 0 });
    const page = context.pages()[0] ?? (await context.newPage());
    return {
      ...server,
      context,
      page,
      remote: (file) => `vscode-remote://127.0.0.1:${server.port}${path.resolve(file)}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilItAnswers(server: ChildProcess, port: number, log: string): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (server.exitCode !== null) break;
    if (
      await fetch(`http://127.0.0.1:${port}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`code-server did not start:\n${lastLines(log)}`);
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-20).join('\n');
}

/** A port of 127.0.0.1 that nobody uses at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .on('error', reject)
      .listen(0, '127.0.0.1', () => {
        const address = probe.address();
        probe.close(() => resolve(address && typeof address === 'object' ? address.port : 0));
      });
  });
}
