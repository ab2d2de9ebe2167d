/** A window and a demo cluster for several files: starting VS Code takes longer than most of what is tested in it. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Demo, startDemo } from '../../../src/demo/demo.ts';
import { temporaryFolder } from '../../harness/leftovers.mjs';
import { startWindow, type Window } from './workbench.ts';

export interface Shared {
  readonly demo: Demo;
  readonly window: Window;
  /** The file that KUBECONFIG names. */
  readonly file: string;
  /** Writes another kubeconfig in its place, as kubectl does; it is followed within 2 s. */
  use(text: string): void;
  stop(): Promise<void>;
}

let started: Promise<Shared> | undefined;

/** The window, started on first use; it ends with the last test. */
export function shared(): Promise<Shared> {
  started ??= start();
  return started;
}

after(async () => (await started)?.stop());

async function start(): Promise<Shared> {
  const folder = temporaryFolder('shared');
  const file = path.join(folder, 'kubeconfig');
  const demo = await startDemo();
  const use = (text: string) => {
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  use(demo.kubeconfig);
  const stop = async () => {
    await demo.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const window = await startWindow({}, { KUBECONFIG: file });
    return {
      demo,
      window,
      file,
      use,
      async stop() {
        await window.stop();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
