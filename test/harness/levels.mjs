// The levels of tests, lowest first: what each runs, and what it needs.
import { globSync } from 'node:fs';
import path from 'node:path';
import { root } from './modules.mjs';

const bin = (name, script) => path.join(root, 'node_modules', name, script);
const tests = (...patterns) => globSync(patterns, { cwd: root }).sort();
const mocha = (files, ...options) =>
  files.length > 0 && [bin('mocha', 'bin/mocha.js'), '--reporter', 'test/harness/reporter.cjs', ...options, ...files];
const tsc = (project) => [bin('typescript', 'bin/tsc'), '-p', project];

/** Each level is a list of suites; a suite is a process. One that uses mocha counts its own tests, another counts as one. */
export const levels = {
  check: () => [
    { name: 'tsc', run: tsc('.') },
    { name: 'tsc core, without DOM and Node', run: tsc('src/core') },
    { name: 'tsc webview, without Node', run: tsc('webview') },
    { name: 'biome', run: [bin('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings'] },
  ],
  core: () => [
    { name: 'core', counts: true, run: mocha(tests('test/*.test.ts', 'test/{core,scenarios}/**/*.test.ts')) },
  ],
  cluster: () => [
    { name: 'demo', counts: true, run: mocha(tests('test/demo/**/*.test.ts'), '--timeout', '20000') },
    { name: 'cluster', counts: true, run: mocha(tests('test/cluster/**/*.test.ts'), '--timeout', '20000') },
  ],
  contract: () => [
    { name: 'contract', counts: true, run: mocha(tests('test/contract/**/*.test.ts'), '--timeout', '60000') },
  ],
  webview: () => [
    {
      name: 'webview',
      counts: true,
      browser: true,
      run: mocha(tests('test/webview/**/*.test.ts'), '--timeout', '60000'),
    },
  ],
  package: () => [
    { name: 'package', counts: true, run: mocha(tests('test/package/**/*.test.ts'), '--timeout', '120000') },
  ],
  editor: () => [
    { name: 'editor', counts: true, browser: true, editor: true, seconds: 300, run: ['test/harness/editor.mjs'] },
  ],
};
