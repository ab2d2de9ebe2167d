/** "Open as YAML": an object as the API server has it, read-only, read again every 3 s while an editor shows it: by `get` alone. */
import { Disposable, EventEmitter, type TextDocumentContentProvider, Uri, window, workspace } from 'vscode';
import type { ObjectRef } from '../core/path.ts';
import type { Contexts } from './contexts.ts';
import { type Log, logError } from './log.ts';
import { YAML_SCHEME } from './manifest.ts';

const EVERY_MS = 3000;

/** What a document shows. `good`: as the API server last had it; `failing`: why it is not read any more, as a comment. */
interface Reading {
  readonly good: string;
  readonly failing?: string;
}

/** The read-only YAML documents. */
export class YamlView implements TextDocumentContentProvider, Disposable {
  private readonly contexts: Contexts;
  private readonly log: Log;
  private readonly changed = new EventEmitter<Uri>();
  readonly onDidChange = this.changed.event;
  private readonly readings = new Map<string, Reading>();
  private readonly owned: Disposable;
  private timer: ReturnType<typeof setInterval> | undefined;
  private refreshing = false;

  constructor(contexts: Contexts, log: Log) {
    this.contexts = contexts;
    this.log = log;
    this.owned = Disposable.from(
      workspace.registerTextDocumentContentProvider(YAML_SCHEME, this),
      this.changed,
      window.onDidChangeVisibleTextEditors(() => this.follow()),
      workspace.onDidCloseTextDocument((d) => this.readings.delete(d.uri.toString())),
    );
  }

  async open(context: string, object: ObjectRef): Promise<void> {
    const uri = uriOf(context, object);
    const good = await this.read(uri); // so that a failure speaks, once
    this.readings.set(uri.toString(), { good });
    this.changed.fire(uri); // it may be open already
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    if (!this.readings.has(uri.toString())) await this.look(uri);
    const { good = '', failing = '' } = this.readings.get(uri.toString()) ?? {};
    return failing + good;
  }

  /** Reads it again. What cannot be read any more stays as it was, and says since when. */
  private async look(uri: Uri): Promise<boolean> {
    const before = this.readings.get(uri.toString());
    let now: Reading;
    try {
      now = { good: await this.read(uri) };
    } catch (error) {
      if (before?.failing) return false;
      logError(this.log, `YAML of ${uri.path}`, error);
      const why = (error instanceof Error ? error.message : String(error)).replaceAll('\n', '\n# ');
      const since = new Date().toISOString().slice(0, 19).replace('T', ' ');
      now = { good: before?.good ?? '', failing: `# Not live since ${since} UTC: ${why}\n` };
    }
    this.readings.set(uri.toString(), now);
    return now.good !== before?.good || now.failing !== before.failing;
  }

  private async read(uri: Uri): Promise<string> {
    const { context, object } = fromUri(uri);
    const [cluster, { yamlText }] = await Promise.all([this.contexts.cluster(context), import('./yamlText.ts')]);
    return yamlText(await cluster.object(object));
  }

  private follow(): void {
    if (this.looked.length === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    } else this.timer ??= setInterval(() => void this.refresh(), EVERY_MS);
  }

  private get looked(): readonly Uri[] {
    return window.visibleTextEditors.map((e) => e.document.uri).filter((uri) => uri.scheme === YAML_SCHEME);
  }

  private async refresh(): Promise<void> {
    // A server that is slow to answer is not asked again meanwhile.
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      for (const uri of this.looked) if (await this.look(uri)) this.changed.fire(uri);
    } finally {
      this.refreshing = false;
    }
  }

  dispose(): void {
    clearInterval(this.timer);
    this.owned.dispose();
  }
}

function uriOf(context: string, object: ObjectRef): Uri {
  const path = `/${object.namespace ? `${object.namespace}/` : ''}${object.kind}-${object.name}.yaml`;
  return Uri.from({ scheme: YAML_SCHEME, path, query: JSON.stringify({ context, object }) });
}

function fromUri(uri: Uri): { context: string; object: ObjectRef } {
  return JSON.parse(uri.query) as { context: string; object: ObjectRef };
}
