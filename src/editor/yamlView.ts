/** "Open as YAML": an object as the API server has it, read-only, read again every few seconds while somebody looks. */
import { Disposable, EventEmitter, languages, type TextDocumentContentProvider, Uri, window, workspace } from 'vscode';
import type { ObjectRef } from '../core/path.ts';
import type { Contexts } from './contexts.ts';
import { type Log, logError } from './log.ts';
import { YAML_SCHEME } from './manifest.ts';

const EVERY_MS = 3000;

export class YamlView implements TextDocumentContentProvider, Disposable {
  private readonly contexts: Contexts;
  private readonly log: Log;
  private readonly changed = new EventEmitter<Uri>();
  readonly onDidChange = this.changed.event;
  private readonly texts = new Map<string, string>();
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
      workspace.onDidCloseTextDocument((d) => this.texts.delete(d.uri.toString())),
    );
  }

  async open(context: string, object: ObjectRef): Promise<void> {
    await this.read(context, object); // so that a failure speaks, once
    const document = await workspace.openTextDocument(uriOf(context, object));
    await window.showTextDocument(await languages.setTextDocumentLanguage(document, 'yaml'), { preview: true });
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    let text: string;
    try {
      const { context, object } = fromUri(uri);
      text = await this.read(context, object);
    } catch (error) {
      logError(this.log, `YAML of ${uri.path}`, error);
      text = `# ${error instanceof Error ? error.message.replaceAll('\n', '\n# ') : error}\n`;
    }
    this.texts.set(uri.toString(), text);
    return text;
  }

  private async read(context: string, object: ObjectRef): Promise<string> {
    const [cluster, { yamlText }] = await Promise.all([this.contexts.cluster(context), import('./yamlText.ts')]);
    return yamlText(await cluster.object(object));
  }

  private follow(): void {
    const looked = window.visibleTextEditors.some((e) => e.document.uri.scheme === YAML_SCHEME);
    if (!looked) {
      clearInterval(this.timer);
      this.timer = undefined;
    } else this.timer ??= setInterval(() => void this.refresh(), EVERY_MS);
  }

  private async refresh(): Promise<void> {
    // A server that is slow to answer is not asked again meanwhile.
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      for (const { document } of window.visibleTextEditors) {
        if (document.uri.scheme !== YAML_SCHEME) continue;
        const { context, object } = fromUri(document.uri);
        const text = await this.read(context, object).catch(() => undefined);
        if (text !== undefined && text !== this.texts.get(document.uri.toString())) this.changed.fire(document.uri);
      }
    } catch (error) {
      logError(this.log, 'YAML', error);
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
