// Whatever way a process ends, what it made for itself ends with it: folders for the moment, and programs in groups of
// their own. Plain JavaScript for Node 20: the set-up uses it too.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** @type {Set<() => void>} */
const endings = new Set();
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const interrupted = () => process.exit(130);

/** How a folder is removed in which a program may write until it is gone. */
export const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };

/**
 * Does this when the process ends, the newest first, also when a signal ends it. The result takes it back.
 * @param {() => void} work
 * @returns {() => void}
 */
export function atEnd(work) {
  if (endings.size === 0) for (const signal of signals) process.on(signal, interrupted);
  if (endings.size === 0) process.on('exit', end);
  endings.add(work);
  return () => {
    if (!endings.delete(work) || endings.size > 0) return;
    for (const signal of signals) process.off(signal, interrupted);
    process.off('exit', end);
  };
}

function end() {
  for (const work of [...endings].reverse()) {
    try {
      work();
    } catch {
      // The others still have their turn.
    }
  }
}

/**
 * Ends the process group that this program leads, when we end or when the result is called: to be said right after the
 * spawn, since Ctrl-C can come before the program has done anything. Not asked but killed, so that its folder can go.
 * @param {import('node:child_process').ChildProcess} leader
 * @returns {() => void}
 */
export function endGroup(leader) {
  const forget = atEnd(() => killGroup(leader));
  return () => {
    killGroup(leader);
    forget();
  };
}

/** @param {import('node:child_process').ChildProcess} leader */
function killGroup({ pid }) {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/**
 * A folder for as long as this process lives. Those of processes that were killed are swept first.
 * @param {string} name
 * @returns {string}
 */
export function temporaryFolder(name) {
  const parent = os.tmpdir();
  for (const entry of readdirSync(parent)) {
    const [, pid] = /^traffic-path-[a-z]+-(\d+)-\w{6}$/.exec(entry) ?? [];
    if (!pid || isRunning(Number(pid))) continue;
    try {
      rmSync(path.join(parent, entry), removal);
    } catch {
      // It is somebody else's.
    }
  }
  const folder = mkdtempSync(path.join(parent, `traffic-path-${name}-${process.pid}-`));
  atEnd(() => remove(folder));
  return folder;
}

/** A killed program may still write for a moment: tried again until the folder is gone, for 5 s at most. */
function remove(folder) {
  for (let attempt = 0; attempt < 50 && existsSync(folder); attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

/** @param {number} pid */
export function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
