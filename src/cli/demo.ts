/** `traffic-path demo`: the embedded cluster around a command, or for as long as it is left running. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { reasonOf } from '../cluster/kubeconfigFile.ts';
import { shellWord } from '../core/kubectl.ts';
import { note, print, UsageError, untilStopped } from './common.ts';

/** Options of `traffic-path demo`. */
export interface DemoCommand {
  readonly kubeconfig?: string;
  readonly fault: readonly string[];
  readonly port?: number;
}

/** Starts the demo cluster, writes its kubeconfig, runs the command or waits for Ctrl-C; leaves nothing behind. */
export async function runDemo(command: readonly string[], options: DemoCommand): Promise<number> {
  const { startDemo } = await import('../demo/demo.ts');
  const wanted = { port: options.port ?? 0, fault: [...options.fault] };
  const stop = untilStopped();
  const demo = await startDemo(wanted).catch((error: unknown) => {
    stop.dispose();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new UsageError(
        `Port ${wanted.port} is in use on this computer: name another, or leave --port out for a free one.`,
      );
    if (code === 'EACCES')
      throw new UsageError(
        `Port ${wanted.port} may not be used by you: name one above 1023, or leave --port out for a free one.`,
      );
    // A fault that it does not know.
    throw error instanceof Error ? new UsageError(error.message) : error;
  });
  const folder = options.kubeconfig === undefined ? await mkdtemp(join(tmpdir(), 'traffic-path-demo-')) : undefined;
  const file = resolve(options.kubeconfig ?? join(folder ?? '', 'config'));
  let written = false;
  try {
    await writeNew(file, demo.kubeconfig);
    written = true;
    if (command.length > 0) return await runWith(command, file, stop.signal);
    print(
      `The demo cluster runs at ${demo.url} until you press Ctrl-C. To use it:\n  export KUBECONFIG=${shellWord(file)}`,
    );
    if (!stop.signal.aborted) await new Promise((done) => stop.signal.addEventListener('abort', done, { once: true }));
    return 0;
  } finally {
    stop.dispose();
    if (folder) await rm(folder, { recursive: true, force: true });
    else if (written) await rm(file, { force: true });
    await demo.stop();
  }
}

/** Never over a file that is there: it may be somebody's real kubeconfig. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST')
      throw new UsageError(`${file} exists and is left alone: name another file, or remove it first.`);
    const why = code === 'ENOENT' || code === 'ENOTDIR' ? `there is no folder ${dirname(file)}` : reasonOf(code);
    throw new UsageError(`${file} cannot be written: ${why}.`);
  }
}

/** Runs the command with KUBECONFIG set and passes its exit code on, as a shell does: 127 not found, 128 + n for a signal. */
function runWith(command: readonly string[], kubeconfig: string, stopped: AbortSignal): Promise<number> {
  const [program = '', ...args] = command;
  return new Promise((done) => {
    const child = spawn(program, args, {
      stdio: 'inherit',
      env: { ...process.env, KUBECONFIG: kubeconfig },
      shell: process.platform === 'win32',
    });
    // A terminal sends Ctrl-C to the child as well; a signal to us alone is passed on.
    stopped.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    child.on('error', (error: NodeJS.ErrnoException) => {
      note(
        error.code === 'ENOENT' ? `${program}: command not found` : `${program} could not be started: ${error.message}`,
      );
      done(error.code === 'ENOENT' ? 127 : 126);
    });
    child.on('exit', (code, signal) => done(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : 15)));
  });
}
