// What the set-up takes from the machine: a browser, and the tools that code-server is built with.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run, step } from './steps.mjs';

/** Where everything lives that is set up once and used by every checkout. */
export const cache = path.join(process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'), 'traffic-path');

/** The full path of the first of these programs that is on the PATH (or is a path that exists). */
export function which(...names: string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  for (const name of names) {
    const places = path.isAbsolute(name) ? [name] : folders.map((folder) => path.join(folder, name));
    const found = places.find(isProgram);
    if (found) return found;
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** How to become root for apt: nothing to add, `sudo` that asks for no password, or not at all. */
function asRoot(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return which('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    ? ['sudo', '-n']
    : undefined;
}

/** Installs Debian packages where that is possible; else fails with the command for the user to run. */
async function installPackages(what: string, packages: string[]): Promise<void> {
  const root = asRoot();
  if (!which('apt-get') || !root) {
    const command = which('apt-get') ? `sudo apt-get install ${packages.join(' ')}` : `install ${packages.join(', ')}`;
    throw new Error(`${what} Please run this, then try again: ${command}`);
  }
  const apt = (...args: string[]) => {
    const [command = 'apt-get', ...rest] = [
      ...root,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-qq',
      ...args,
    ];
    return run(command, rest);
  };
  await step(`system packages ${packages.join(', ')}`, async () => {
    await apt('update').catch(() => undefined); // An old list often does.
    await apt('install', '-y', '--no-install-recommends', ...packages);
  });
}

/** Makes sure that code-server's native parts can be built here. */
export async function ensureBuildTools(): Promise<void> {
  if (process.platform === 'darwin') {
    if (!which('cc'))
      throw new Error('code-server needs a C++ compiler. Please run this, then try again: xcode-select --install');
    return;
  }
  const missing = [
    ['libkrb5-dev', existsSync('/usr/include/gssapi/gssapi.h')],
    ['python3', which('python3')],
    ['make', which('make')],
    ['g++', which('g++', 'c++')],
  ].flatMap(([name, there]) => (there ? [] : [String(name)]));
  if (missing.length > 0) await installPackages('code-server (VS Code in a browser) is built here.', missing);
}

const browsers = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A Chromium-like browser for the tests: CHROME_PATH, an installed one, or Debian's, installed now. */
export async function ensureBrowser(): Promise<string> {
  const wanted = process.env['CHROME_PATH'];
  if (wanted) {
    if (!isProgram(wanted)) throw new Error(`CHROME_PATH names ${wanted}, which is no program.`);
    return wanted;
  }
  const found = which(...browsers);
  if (found) return found;
  await installPackages('The tests of the page need a Chromium browser (or CHROME_PATH, which names one).', [
    'chromium',
  ]);
  const installed = which('chromium');
  if (!installed) throw new Error('The package chromium was installed, but brought no program chromium.');
  return installed;
}
