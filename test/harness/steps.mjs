// The few things that every set-up step needs: it shows that it runs, can be interrupted, and fails with a sentence.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { atEnd, endGroup, isRunning, removal } from './leftovers.mjs';

/**
 * Runs one step of the set-up and tells about it on stderr, so that stdout stays the program's own.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  const start = Date.now();
  const seconds = () => Math.round((Date.now() - start) / 1000);
  process.stderr.write(`Setting up: ${what} …\n`);
  const alive = setInterval(() => process.stderr.write(`Setting up: ${what} … ${seconds()} s\n`), 20_000);
  try {
    const result = await work();
    process.stderr.write(`Setting up: ${what} done in ${seconds()} s\n`);
    return result;
  } finally {
    clearInterval(alive);
  }
}

/**
 * Runs a program to its end and returns its output; when it fails, its last lines are in the error.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<string>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      detached: process.platform !== 'win32',
      ...options,
    });
    // Whoever interrupts the set-up means all of it: npm and what npm started.
    const done = endGroup(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    child.on('error', (error) =>
      reject(error.code === 'ENOENT' ? new Error(`${command} is not installed or not on the PATH.`) : error),
    );
    child.on('close', (code) => {
      done();
      if (code === 0) return resolve(output);
      const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('npm warn'));
      const shown = lines.length > 40 ? [...lines.slice(0, 20), '…', ...lines.slice(-20)] : lines;
      reject(new Error(`${[command, ...args].join(' ')} failed (${code}):\n${shown.join('\n')}`));
    });
  });
}

/**
 * Makes a folder under a name of this process's own, and gives it its real name only when it is whole. What earlier runs
 * left behind is removed. With `keep: false` the folder is only a place to work in.
 * @param {string} folder
 * @param {(place: string) => Promise<void>} make
 */
export async function inPlace(folder, make, { keep = true } = {}) {
  await sweep(folder);
  const own = `${folder}.${process.pid}`;
  const forget = atEnd(() => rmSync(own, removal));
  try {
    await make(own);
    if (keep) await rename(own, folder).catch((error) => ignoreIfThere(error));
  } finally {
    await rm(own, removal);
    forget();
  }
}

/**
 * Removes what set-ups of this folder left that were killed. A number can be another process's by now: an old one goes too.
 * @param {string} folder
 */
export async function sweep(folder) {
  const parent = path.dirname(folder);
  const prefix = `${path.basename(folder)}.`;
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (!/^\d+$/.test(pid)) continue;
    const place = path.join(parent, name);
    const old = Date.now() - (statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 3_600_000;
    if (old || !isRunning(Number(pid))) await rm(place, removal).catch(() => undefined);
  }
}

/** Another run may have made the same folder in the meantime: theirs is as good. */
function ignoreIfThere(error) {
  if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
}
