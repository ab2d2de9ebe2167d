// npm test [-- LEVEL …]: every hermetic test, or those of the named levels. The last line adds all suites up.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureCodeServer } from './codeServer.ts';
import { temporaryFolder } from './leftovers.mjs';
import { kubernetes, levels, real } from './levels.mjs';
import { root } from './modules.mjs';
import { ensureBrowser } from './system.ts';

const all = { ...levels, kubernetes, real };
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in all));
if (unknown.length > 0) {
  process.stderr.write(`There is no level ${unknown.join(', ')}. The levels are: ${Object.keys(all).join(', ')}.\n`);
  process.exit(2);
}

const results = temporaryFolder('test');

/** Runs one suite in a process of its own and says what came out. */
function runSuite(suite, index) {
  const result = path.join(results, `${index}.json`);
  const seconds = suite.seconds ?? 180;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, suite.run, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
      env: { ...process.env, ...suite.env, SUITE_RESULT: result },
    });
    let trouble = '';
    const end = (why) => {
      trouble ||= why;
      killGroup(child.pid, 'SIGTERM'); // It takes with it what it started.
      setTimeout(() => child.exitCode === null && killGroup(child.pid), 5000).unref();
    };
    const limit = setTimeout(() => end(`it did not end within ${seconds} s`), seconds * 1000);
    // A suite that is through but does not end has left something open: a socket, a timer, a process.
    let through = 0;
    const watch = setInterval(() => {
      if (suite.counts && existsSync(result) && ++through > 20) end('it left something open and did not end');
    }, 1000);
    const stop = (signal) => {
      killGroup(child.pid, signal);
      process.exit(130);
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    child.on('error', (error) => (trouble ||= error.message));
    child.on('close', (code) => {
      clearTimeout(limit);
      clearInterval(watch);
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve(count(suite, code, trouble, result));
    });
  });
}

function count(suite, code, trouble, result) {
  if (!suite.counts) {
    const failed = code === 0 ? 0 : 1;
    return { passed: 1 - failed, failed, skipped: 0, trouble };
  }
  if (!existsSync(result))
    return { passed: 0, failed: 1, skipped: 0, trouble: trouble || `it crashed (exit code ${code})` };
  const counts = JSON.parse(readFileSync(result, 'utf8'));
  if (counts.failed === 0 && (code !== 0 || trouble)) {
    return { ...counts, failed: 1, trouble: trouble || `all its tests passed, but it ended with exit code ${code}` };
  }
  if (counts.passed + counts.failed + counts.skipped === 0) return { ...counts, failed: 1, trouble: 'it ran no test' };
  return { ...counts, trouble };
}

function killGroup(pid, signal = 'SIGKILL') {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Sets up what the suites need: everything first, so that a long step is not met in the middle. */
async function setUp(suites) {
  const needs = new Set(suites.filter((suite) => suite.run).flatMap((suite) => suite.needs ?? []));
  const desktop = process.env.VSCODE_PATH !== undefined;
  if (needs.has('browser')) await ensureBrowser();
  if (needs.has('code-server') && !(desktop && suites.every((suite) => suite.name === 'inside VS Code')))
    await ensureCodeServer();
}

const suites = (asked.length > 0 ? asked : Object.keys(levels)).flatMap((level) => all[level]());
try {
  await setUp(suites);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const [index, suite] of suites.entries()) {
  process.stdout.write(`\n── ${suite.name}\n`);
  const start = Date.now();
  const outcome = suite.run
    ? await runSuite(suite, index)
    : { passed: 0, failed: 1, skipped: 0, trouble: 'there are no tests of this level' };
  for (const key of Object.keys(total)) total[key] += outcome[key];
  lines.push(
    `${outcome.failed > 0 ? '✗' : '✓'} ${suite.name}: ${outcome.passed} passed, ${outcome.failed} failed` +
      `${outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : ''} in ${((Date.now() - start) / 1000).toFixed(1)} s` +
      `${outcome.trouble ? `: ${outcome.trouble}` : ''}`,
  );
}
process.stdout.write(`\n${lines.join('\n')}\n`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exit(total.failed > 0 ? 1 : 0);
