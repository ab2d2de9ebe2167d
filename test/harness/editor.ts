// Runs the suites of test/editor/ inside VS Code's extension host, through @vscode/test-electron: in code-server with a
// headless browser, or, with VSCODE_PATH, in a desktop VS Code (`download`: the newest one, which test-electron brings).
import { globSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { forNode } from '../../esbuild.mjs';
import { temporaryFolder } from './leftovers.mjs';
import { root } from './modules.mjs';
import { stageExtension } from './stage.ts';

const folder = temporaryFolder('editor');
const bundles = path.join(folder, 'tests');
try {
  await stageExtension(path.join(folder, 'extension'));
  const asked = process.argv.slice(2);
  await build({
    ...forNode,
    entryPoints: asked.length > 0 ? asked : globSync('test/editor/*.test.ts', { cwd: root }).sort(),
    outdir: bundles,
    outExtension: { '.js': '.mjs' },
    sourcemap: 'inline',
  });
  const workspace = path.join(folder, 'workspace');
  mkdirSync(workspace);
  const desktop = process.env['VSCODE_PATH'];
  await runTests({
    ...(desktop !== 'download' && { vscodeExecutablePath: desktop ?? path.join(root, 'test/harness/codeShim.ts') }),
    // The second stands in for the Microsoft Kubernetes extension.
    extensionDevelopmentPath: [path.join(folder, 'extension'), path.join(root, 'test/editor/stub')],
    extensionTestsPath: path.join(root, 'test/harness/insideVSCode.cjs'),
    extensionTestsEnv: { TEST_BUNDLES: bundles, TEST_REPORTER: path.join(root, 'test/harness/reporter.cjs') },
    launchArgs: [workspace, '--disable-workspace-trust', '--user-data-dir', path.join(folder, 'user')],
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
