/** `npm start`: what it refuses, and that Ctrl-C leaves nothing behind whenever it comes. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isRunning, temporaryFolder } from '../../harness/leftovers.mjs';
import { root } from '../../harness/modules.mjs';

const folder = temporaryFolder('starting');
const tmp = path.join(folder, 'tmp');
mkdirSync(tmp);

interface Start {
  readonly child: ChildProcess;
  output(): string;
  readonly ended: Promise<number | null>;
}

function npmStart(...args: string[]): Start {
  const child = spawn(process.execPath, ['test/harness/run.mjs', 'test/harness/start.ts', ...args], {
    cwd: root,
    detached: true, // a group of its own, as a shell makes one: Ctrl-C reaches all of it
    env: { ...process.env, TMPDIR: tmp, CI: '1', INIT_CWD: folder },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return { child, output: () => output, ended: new Promise((resolve) => child.once('close', resolve)) };
}

async function until(what: () => boolean, start: Start): Promise<void> {
  for (let attempt = 0; attempt < 3600; attempt++) {
    if (what()) return;
    assert.equal(start.child.exitCode, null, start.output());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`It did not come so far:\n${start.output()}`);
}

/** Processes of this start: each names the folder of it. */
const processes = () =>
  execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(tmp));

describe('npm start', function () {
  this.timeout(180_000);

  for (const [name, sign] of [
    ['the moment that VS Code is started', () => processes().some((line) => line.includes('entry.js'))],
    ['the demo cluster starting', () => processes().length > 0],
    ['VS Code there', (output: () => string) => output().includes('Ctrl-C here ends it')],
  ] as const) {
    it(`leaves no process and no folder after Ctrl-C with ${name}`, async () => {
      const start = npmStart('--browser');
      await until(() => sign(start.output), start);
      process.kill(-(start.child.pid ?? 0), 'SIGINT');
      await start.ended;
      // A killed process is gone a moment later.
      for (let attempt = 0; attempt < 200 && processes().length > 0; attempt++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(processes(), []);
      assert.deepEqual(
        readdirSync(tmp).filter((entry) => entry.startsWith('traffic-path-')),
        [],
      );
      assert.ok(!isRunning(start.child.pid ?? 0));
    });
  }

  it('refuses what it does not know with a sentence, its usage and exit code 2', async () => {
    const broken = path.join(folder, 'broken');
    writeFileSync(broken, 'clusters: [');
    for (const [args, says] of [
      [['--bogus'], /Unknown option '--bogus'[\s\S]*Usage: npm start/],
      [['--kubeconfig'], /argument missing[\s\S]*Usage: npm start/],
      [['--kubeconfig', 'nowhere'], /There is no kubeconfig .*nowhere/],
      [['--kubeconfig', broken], /broken cannot be used: /],
      [['--service', 'x'], /write NAMESPACE\/NAME/],
    ] as const) {
      const start = npmStart(...args);
      assert.equal(await start.ended, 2, start.output());
      assert.match(start.output(), says);
      assert.doesNotMatch(start.output(), /\n {4}at /);
    }
    const help = npmStart('--help');
    assert.equal(await help.ended, 0);
    assert.match(help.output(), /^Usage: npm start/);
  });

  it('promises no trace of a Service that the cluster does not have', async () => {
    const file = path.join(folder, 'unreachable');
    const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:9' } };
    const context = { name: 'away', context: { cluster: 'c', user: 'u' } };
    const config = { 'current-context': 'away', clusters: [cluster], contexts: [context], users: [] };
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
    const start = npmStart('--browser', '--kubeconfig', file);
    await until(() => start.output().includes('Ctrl-C here ends it'), start);
    process.kill(-(start.child.pid ?? 0), 'SIGINT');
    await start.ended;
    assert.match(start.output(), /It opens the Services view, and traces nothing yet: /);
  });
});
