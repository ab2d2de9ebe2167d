// Brings node_modules to what package-lock.json says. Plain JavaScript for Node 20: it runs before Node 24 is here.
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inPlace, run, step } from './steps.mjs';

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const modules = path.join(root, 'node_modules');

/** Node 24, which the npm package `node` brings: all that we run, runs on it. */
export const node24 = path.join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds the versions that package-lock.json names (npm writes down what it installed). */
function modulesAreThere() {
  const wanted = packages(path.join(root, 'package-lock.json'));
  const installed = packages(path.join(modules, '.package-lock.json'));
  if (!wanted || !installed || !existsSync(node24)) return false;
  return Object.entries(wanted).every(
    ([name, entry]) => name === '' || entry.optional || installed[name]?.version === entry.version,
  );
}

/** Installs node_modules when it is missing or old. Nothing is left half done: the new folder takes the old one's place at the end. */
export async function ensureModules() {
  if (modulesAreThere()) return;
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new Error(`Node.js 20 or newer is needed; this is ${process.version}. See https://nodejs.org.`);
  await step('npm packages', () =>
    inPlace(
      path.join(root, 'node_modules.new'),
      async (folder) => {
        await mkdir(folder, { recursive: true });
        for (const file of ['package.json', 'package-lock.json', '.npmrc'])
          await copyFile(path.join(root, file), path.join(folder, file));
        await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
        if (modulesAreThere()) return; // Another run was quicker, and may be using them.
        await rm(modules, { recursive: true, force: true });
        await rename(path.join(folder, 'node_modules'), modules);
      },
      { keep: false },
    ),
  );
}
