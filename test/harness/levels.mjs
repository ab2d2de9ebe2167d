// The levels of tests, lowest first: what each runs, and what it needs.
import { globSync } from 'node:fs';
import path from 'node:path';
import { root } from './modules.mjs';

const bin = (name, script) => path.join(root, 'node_modules', name, script);
const tests = (...patterns) => globSync(patterns, { cwd: root }).sort();
const mocha = (files, ...options) =>
  files.length > 0 && [bin('mocha', 'bin/mocha.js'), '--reporter', 'test/harness/reporter.cjs', ...options, ...files];
const tsc = (project) => [bin('typescript', 'bin/tsc'), '-p', project];

/** What no other level runs, so that no test is forgotten: mostly core, which needs nothing. */
const rest = () => {
  const others = new Set(tests('test/{cluster,contract,demo,editor,webview}/**/*.test.ts', 'test/vsix.test.ts'));
  return tests('test/**/*.test.ts').filter((file) => !others.has(file));
};

const contract = () => mocha(tests('test/contract/**/*.test.ts'), '--timeout', '60000');
const onDemo = (run) => run && ['src/cli.ts', 'demo', '--', process.execPath, ...run];

/** The same contract tests on whatever cluster KUBECONFIG names: not hermetic, so `npm test` does not run it by itself. */
export const kubernetes = () => [{ name: 'contract, on Kubernetes', counts: true, seconds: 900, run: contract() }];

/** The window on the cluster that KUBECONFIG names, which it changes and stops: `npm test -- real`, where that is wanted. */
export const real = () => [
  {
    name: "VS Code's window, on Kubernetes",
    counts: true,
    seconds: 600,
    needs: ['browser', 'code-server'],
    run: mocha(tests('test/editor/real/**/*.test.ts'), '--timeout', '60000'),
  },
];

/**
 * Each level is a list of suites; a suite is a process. One that uses mocha counts its own tests, another counts as one.
 * What a suite `needs` is set up before it begins, so that no test waits for a download.
 */
export const levels = {
  check: () => [
    { name: 'tsc', run: tsc('.') },
    { name: 'tsc core, without DOM and Node', run: tsc('src/core') },
    { name: 'tsc webview, without Node', run: tsc('webview') },
    { name: 'tsc tests of the webview', run: tsc('test/webview') },
    { name: 'biome', run: [bin('@biomejs/biome', 'bin/biome'), 'check'] },
  ],
  core: () => [{ name: 'core', counts: true, run: mocha(rest(), '--timeout', '10000') }],
  cluster: () => [
    { name: 'demo', counts: true, run: mocha(tests('test/demo/**/*.test.ts'), '--timeout', '20000') },
    { name: 'cluster', counts: true, run: mocha(tests('test/cluster/**/*.test.ts'), '--timeout', '20000') },
  ],
  contract: () => [{ name: 'contract, on the demo cluster', counts: true, run: onDemo(contract()) }],
  webview: () => [
    {
      name: 'webview',
      counts: true,
      needs: ['browser'],
      run: mocha(tests('test/webview/**/*.test.ts'), '--timeout', '60000'),
    },
  ],
  package: () => [{ name: 'package', counts: true, run: mocha(tests('test/vsix.test.ts'), '--timeout', '120000') }],
  editor: () => [
    {
      name: 'inside VS Code',
      counts: true,
      needs: ['browser', 'code-server'],
      seconds: 600,
      run: tests('test/editor/*.test.ts').length > 0 && ['test/harness/editor.ts'],
    },
    {
      name: "VS Code's window",
      counts: true,
      needs: ['browser', 'code-server'],
      seconds: 600,
      run: mocha(tests('test/editor/window/**/*.test.ts'), '--timeout', '60000'),
    },
  ],
};
