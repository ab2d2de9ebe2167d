// npm start [-- --kubeconfig FILE] [-- --browser]: VS Code with the extension from this checkout and default/api-service
// traced, on the embedded demo cluster or on the user's own. Runs until Ctrl-C.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './modules.mjs';
import { stageExtension } from './stage.ts';
import { which } from './system.ts';
import { startCodeServer } from './vscode.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    service: { type: 'string', default: 'default/api-service' },
    browser: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'traffic-path-start-'));
const children: ChildProcess[] = [];
const say = (text: string) => process.stdout.write(`${text}\n`);

const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});
try {
  await Promise.race([start(), stopped]);
  await stopped;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
process.exit();

async function start(): Promise<void> {
  const kubeconfig = values.kubeconfig ? ownKubeconfig(values.kubeconfig) : await startDemo();
  const extension = path.join(folder, 'extension');
  await stageExtension(extension);
  const workspace = path.join(folder, 'workspace');
  mkdirSync(workspace);
  const env = { KUBECONFIG: kubeconfig, TRAFFIC_PATH_FIRST: values.service };
  const starter = path.join(root, 'test/harness/starter');
  const code = values.browser ? undefined : desktop();
  if (code) {
    const development = [extension, starter].map((each) => `--extensionDevelopmentPath=${each}`);
    const child = spawn(code, [...development, '--new-window', '--wait', workspace], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    children.push(child);
    child.once('exit', () => process.kill(process.pid, 'SIGTERM'));
    say(`VS Code opens with ${values.service} traced. Ctrl-C here ends it.`);
    return;
  }
  const server = await startCodeServer(path.join(folder, 'vscode'), { link: [extension, starter], env });
  process.once('exit', server.stop);
  const url = server.url(workspace);
  say(`VS Code is at ${url}`);
  say(`Its password: ${server.password}`);
  say(`It opens with ${values.service} traced. Ctrl-C here ends it.`);
  openInBrowser(url);
}

function ownKubeconfig(file: string): string {
  const full = path.resolve(process.env['INIT_CWD'] ?? process.cwd(), file);
  if (!existsSync(full)) throw new Error(`There is no kubeconfig ${full}.`);
  return full;
}

/** The demo cluster is the command line's own `demo`; it lives as long as we do. */
async function startDemo(): Promise<string> {
  const file = path.join(folder, 'demo.kubeconfig');
  const child = spawn(process.execPath, [path.join(root, 'src/cli.ts'), 'demo', '--kubeconfig', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  for (let attempt = 0; attempt < 150; attempt++) {
    if (existsSync(file)) return file;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The demo cluster did not start.');
}

/** A desktop VS Code is of use only where there is a display; VSCODE_PATH names one that is not called `code`. */
function desktop(): string | undefined {
  const display = process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  return display ? which(process.env['VSCODE_PATH'] ?? 'code') : undefined;
}

function openInBrowser(url: string): void {
  if (process.env['CI'] || (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']))
    return;
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  spawn(program, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
