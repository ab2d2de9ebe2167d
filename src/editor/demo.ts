/** The demo cluster inside the extension host: started and stopped by command, its kubeconfig a file that only we read. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commands, type Disposable, type ExtensionContext, ProgressLocation, window } from 'vscode';
import { Notice } from './commands.ts';
import type { Contexts } from './contexts.ts';
import type { Log } from './log.ts';
import { CONTEXT_KEYS } from './manifest.ts';

/** A demo cluster that runs. How one is started is given to us: the editor itself knows nothing of src/demo. */
interface Demo {
  readonly kubeconfig: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** The demo cluster of this window, at most one. */
export class DemoCluster implements Disposable {
  private readonly extension: ExtensionContext;
  private readonly contexts: Contexts;
  private readonly log: Log;
  private readonly startDemo: () => Promise<Demo>;
  private running: Promise<Demo> | undefined;
  /** The one before, while it ends: it takes its file away, which has the same name as the next one's. */
  private ending: Promise<void> = Promise.resolve();

  constructor(extension: ExtensionContext, contexts: Contexts, log: Log, startDemo: () => Promise<Demo>) {
    this.extension = extension;
    this.contexts = contexts;
    this.log = log;
    this.startDemo = startDemo;
  }

  /** Starts it, or tells that it runs; its context becomes the current one. */
  async start(): Promise<void> {
    if (this.running) {
      await this.running;
      throw new Notice('The demo cluster runs already.');
    }
    this.running = this.launch();
    try {
      await window.withProgress(
        { location: ProgressLocation.Window, title: 'Starting the demo cluster…' },
        async () => void (await this.running),
      );
    } catch (error) {
      this.running = undefined;
      throw error;
    }
    await this.contexts.setDemo(this.file());
    await commands.executeCommand('setContext', CONTEXT_KEYS.demo, true);
  }

  /** Stops it and takes its context away. */
  async stop(): Promise<void> {
    const demo = await this.running;
    if (!demo) throw new Notice('The demo cluster does not run.');
    this.running = undefined;
    await this.contexts.setDemo(undefined);
    await commands.executeCommand('setContext', CONTEXT_KEYS.demo, false);
    this.ending = this.end(demo);
    await this.ending;
  }

  private async launch(): Promise<Demo> {
    await this.ending.catch(() => {});
    const demo = await this.startDemo();
    this.log.info(`demo cluster: ${demo.url}`);
    try {
      await mkdir(this.extension.globalStorageUri.fsPath, { recursive: true });
      await writeFile(this.file(), demo.kubeconfig, { mode: 0o600 });
    } catch (error) {
      await demo.stop();
      throw error;
    }
    return demo;
  }

  private async end(demo: Demo): Promise<void> {
    await rm(this.file(), { force: true });
    await demo.stop();
  }

  /** One a window: two windows may each run one. */
  private file(): string {
    return join(this.extension.globalStorageUri.fsPath, `demo-${process.pid}.kubeconfig`);
  }

  /** Awaited at deactivation. */
  async close(): Promise<void> {
    const demo = await this.running?.catch(() => undefined);
    this.running = undefined;
    if (demo) await this.end(demo);
  }

  dispose(): void {
    void this.close();
  }
}
