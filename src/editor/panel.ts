/**
 * One panel: a Service's live trace → path → diagnosis → picture → page. The page only draws and sends names back; each
 * is checked against what was offered.
 */
import { Disposable, EventEmitter, type WebviewPanel } from 'vscode';
import type { LiveTrace } from '../cluster/cluster.ts';
import type { Action, View } from '../core/diagram.ts';
import type { FromPage, Picture, ToPage } from '../core/messages.ts';
import type { Diagnosis } from '../core/path.ts';
import type { ServiceName } from '../core/snapshot.ts';
import type { Act } from './actions.ts';
import { speak } from './commands.ts';
import type { Contexts } from './contexts.ts';
import { brokenKubeconfig, chosen, emptyFor, offers } from './dialogue.ts';
import type { Knowledge } from './knowledge.ts';
import { isCancelled, type Log, logError } from './log.ts';

/** What a panel shows; the page keeps it, so that VS Code can bring the panel back after a reload. */
export interface Shown extends ServiceName {
  /** Key of the context. */
  readonly context: string;
}

/** What a panel needs of the rest of the editor. */
export interface PanelServices {
  readonly contexts: Contexts;
  readonly knowledge: Knowledge;
  readonly log: Log;
  act(act: Act): Promise<void>;
}

const PATIENCE_MS = 2000;
const WAYS_OUT: readonly Action[] = [
  { id: 'switch-context', label: 'Switch Context', icon: 'arrow-swap' },
  { id: 'show-log', label: 'Show Log', icon: 'output' },
];

type Engine = typeof import('./engine.ts');

/** The panel of one Service. */
export class TrafficPanel implements Disposable {
  readonly shown: Shown;
  readonly panel: WebviewPanel;
  private readonly services: PanelServices;
  private readonly owned: Disposable[] = [];
  private readonly ended = new EventEmitter<void>();
  readonly onDispose = this.ended.event;
  private trace: LiveTrace | undefined;
  private engine: Engine | undefined;
  private view: View = { unfolded: [] };
  /** Cancels what is under way for the current trace. */
  private opening = new AbortController();
  private pageReady = false;
  private disposed = false;
  private picture: Picture | undefined;
  private last: ToPage = { type: 'empty', kind: 'loading', title: 'Looking…', text: '', actions: [] };
  /** The trace as last read, for the copy commands. */
  diagnosis: Diagnosis | undefined;

  constructor(panel: WebviewPanel, shown: Shown, services: PanelServices) {
    this.panel = panel;
    this.shown = shown;
    this.services = services;
    panel.title = shown.name;
    this.owned.push(
      panel.onDidDispose(() => this.dispose()),
      panel.webview.onDidReceiveMessage((m) => this.receive(m)),
      panel.onDidChangeViewState(() => this.panel.visible && this.redraw()),
      services.contexts.onClusters(() => void this.start()),
      services.contexts.onChange(() => this.redraw()),
    );
    void this.start();
  }

  /** Begins, or begins anew: after a changed kubeconfig, a refresh. What is drawn stays until there is better. */
  async start(): Promise<void> {
    this.opening.abort();
    this.opening = new AbortController();
    const { signal } = this.opening;
    this.trace?.dispose();
    this.trace = undefined;
    const { context, namespace, name } = this.shown;
    this.waitFor(`Reading the kubeconfig for the context ${context}.`);
    // Whoever waits for long wants a way out; whoever does not, wants no buttons that come and go.
    let impatient: ReturnType<typeof setTimeout> | undefined;
    try {
      const [engine, cluster] = await Promise.all([import('./engine.ts'), this.services.contexts.cluster(context)]);
      if (signal.aborted) return;
      this.engine = engine;
      const server = `the API server ${cluster.connection.server} of the context ${context}`;
      this.waitFor(`Waiting for ${server}.`);
      impatient = setTimeout(() => this.waitFor(`Still waiting for ${server}.`, WAYS_OUT), PATIENCE_MS);
      const trace = cluster.trace({ namespace, name });
      this.trace = trace;
      trace.onChange(() => this.redraw());
      await trace.first(signal);
      if (!signal.aborted) this.redraw();
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      logError(this.services.log, `trace ${namespace}/${name} in ${context}`, error);
      this.picture = undefined;
      this.diagnosis = undefined;
      this.services.knowledge.forget(this.shown.context, this.shown);
      this.show(emptyFor(error, this.shown));
    } finally {
      clearTimeout(impatient);
    }
  }

  /** Says what the first picture waits for. */
  private waitFor(text: string, actions: readonly Action[] = []): void {
    const title = `Looking for ${this.shown.namespace}/${this.shown.name}…`;
    if (!this.picture) this.show({ type: 'empty', kind: 'loading', title, text, actions });
  }

  private redraw(): void {
    const snapshot = this.trace?.snapshot;
    if (!snapshot || !this.engine) return;
    try {
      const { diagnosisOf, pictureOf } = this.engine;
      this.diagnosis = diagnosisOf(snapshot, this.view);
      this.services.knowledge.learn(this.shown.context, this.shown, this.diagnosis);
      if (!this.panel.visible) return; // drawn when it is looked at again
      const picture = pictureOf(this.diagnosis, this.view);
      const { trouble } = this.services.contexts;
      this.picture = trouble ? { ...picture, banners: [brokenKubeconfig(trouble), ...picture.banners] } : picture;
      this.show({ type: 'picture', picture: this.picture });
    } catch (error) {
      logError(this.services.log, `draw ${this.shown.namespace}/${this.shown.name}`, error);
      this.picture = undefined;
      this.show(emptyFor(error, this.shown));
    }
  }

  private show(message: ToPage): void {
    this.last = message;
    if (this.pageReady && this.panel.visible) void this.panel.webview.postMessage(message);
  }

  private async receive(raw: unknown): Promise<void> {
    const { checkFromPage } = await import('../core/messages.ts');
    const message = checkFromPage(raw);
    if (this.disposed) return;
    if (!message || !offers(message, this.last)) {
      this.services.log.warn('page: a message that was not offered was ignored');
      return;
    }
    try {
      await this.answer(message);
    } catch (error) {
      if (!isCancelled(error)) await speak(this.services.log, 'Traffic Path', error);
    }
  }

  private async answer(message: FromPage): Promise<void> {
    if (message.type === 'ready') {
      this.pageReady = true;
      if (message.view && !this.picture) this.view = message.view;
      void this.panel.webview.postMessage(this.last);
      this.redraw();
    } else if (message.type === 'act' || message.type === 'page-act') {
      const { action } = message;
      const node = message.type === 'act' ? message.node : undefined;
      const { diagnosis, picture } = this;
      await this.services.act({ action, node, panel: this, diagnosis, picture });
    } else {
      this.view = chosen(this.view, message);
      this.redraw();
    }
  }

  /** Unfolds or folds the pods of a box. */
  unfold(node: string, open: boolean): void {
    this.view = chosen(this.view, { type: 'unfold', node, open });
    this.redraw();
  }

  dispose(): void {
    this.disposed = true;
    this.opening.abort();
    this.trace?.dispose();
    this.services.knowledge.forget(this.shown.context, this.shown);
    this.ended.fire();
    Disposable.from(...this.owned.splice(0), this.ended).dispose();
  }
}
