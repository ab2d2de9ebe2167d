// npm start [-- --kubeconfig FILE] [-- --browser]: VS Code with the extension from this checkout and default/api-service
// traced, on the embedded demo cluster or on the user's own. Runs until Ctrl-C.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { firstService, WrongUse } from './firstService.ts';
import { atEnd, temporaryFolder } from './leftovers.mjs';
import { root } from './modules.mjs';
import { stageExtension } from './stage.ts';
import { cache, which } from './system.ts';
import { startCodeServer } from './vscode.ts';

const usage = `Usage: npm start -- [--kubeconfig FILE] [--service NAMESPACE/NAME] [--browser]
  --kubeconfig FILE         your own cluster, instead of the demo cluster
  --service NAMESPACE/NAME  what is traced first (default/api-service)
  --browser                 VS Code in the browser even where there is a desktop VS Code
`;
const say = (text: string) => process.stdout.write(`${text}\n`);

try {
  const values = parseOptions();
  if (values.help) process.stdout.write(usage);
  else await start(values);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(error instanceof WrongUse ? 2 : 1);
}

function parseOptions() {
  try {
    return parseArgs({
      options: {
        kubeconfig: { type: 'string' },
        service: { type: 'string' },
        browser: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new WrongUse(`${error instanceof Error ? error.message : error}\n${usage.trimEnd()}`);
  }
}

async function start(values: ReturnType<typeof parseOptions>): Promise<void> {
  // Asked first: whoever mistypes a name should not wait for the set-up.
  const file = values.kubeconfig === undefined ? undefined : fromWhereTheUserStands(values.kubeconfig);
  const first = await firstService(file, values.service);
  const folder = temporaryFolder('start');
  const kubeconfig = file ?? (await startDemo(path.join(folder, 'demo.kubeconfig')));
  const extension = path.join(folder, 'extension');
  await stageExtension(extension);
  const workspace = ensureWorkspace();
  const env = { KUBECONFIG: kubeconfig, TRAFFIC_PATH_FIRST: first.service };
  const starter = path.join(root, 'test/harness/starter');
  const code = values.browser ? undefined : desktop();
  if (code) {
    const development = [extension, starter].map((each) => `--extensionDevelopmentPath=${each}`);
    const child = spawn(code, [...development, '--new-window', '--wait', workspace], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    endWithUs(child);
    child.once('exit', () => process.exit());
    say('VS Code opens.');
  } else {
    const server = await startCodeServer(path.join(folder, 'vscode'), { link: [extension, starter], env });
    const url = server.url(workspace);
    say(`VS Code is at ${url}`);
    say(`Its password: ${server.password}`);
    openInBrowser(url);
  }
  say(first.says);
  say(`Its folder, which stays: ${workspace}`);
  if (!file) say(`The demo cluster in another terminal: export KUBECONFIG=${kubeconfig}`);
  say('Ctrl-C here ends it.');
  setInterval(() => undefined, 2 ** 30); // Until a signal comes.
}

/** npm moves to the checkout; a name is meant from where the user stands. */
function fromWhereTheUserStands(file: string): string {
  return path.resolve(process.env['INIT_CWD'] ?? process.cwd(), file);
}

/** The folder that VS Code opens. It is the user's: it is filled once, and never deleted. */
function ensureWorkspace(): string {
  const folder = path.join(cache, 'workspace');
  if (!existsSync(folder)) cpSync(path.join(root, 'test/harness/workspace'), folder, { recursive: true });
  return folder;
}

function endWithUs(child: ChildProcess): void {
  atEnd(() => child.kill());
}

/** The demo cluster is the command line's own `demo`; it lives as long as we do. */
async function startDemo(file: string): Promise<string> {
  const child = spawn(process.execPath, [path.join(root, 'src/cli.ts'), 'demo', '--kubeconfig', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  endWithUs(child);
  for (let attempt = 0; attempt < 600; attempt++) {
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
