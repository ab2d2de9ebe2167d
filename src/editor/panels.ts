/** The open panels: one per Service and context, brought back by VS Code after a reload of the window. */
import { randomBytes } from 'node:crypto';
import {
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
} from 'vscode';
import { PANEL } from './manifest.ts';
import { pageHtml } from './page.ts';
import { type PanelServices, type Shown, TrafficPanel } from './panel.ts';

const idOf = (s: Shown) => `${s.context}/${s.namespace}/${s.name}`;

/** All panels of the window. */
export class Panels implements Disposable {
  private readonly open = new Map<string, TrafficPanel>();
  private readonly extension: ExtensionContext;
  private readonly services: PanelServices;
  private readonly changed = new EventEmitter<TrafficPanel | undefined>();
  /** Fires with the panel that is active now; stays on the last one while another editor is active. */
  readonly onActive = this.changed.event;
  active: TrafficPanel | undefined;

  constructor(extension: ExtensionContext, services: PanelServices) {
    this.extension = extension;
    this.services = services;
    extension.subscriptions.push(
      services.contexts.onChange(() => this.name()),
      window.registerWebviewPanelSerializer(PANEL, {
        deserializeWebviewPanel: async (panel, state) => this.restore(panel, state),
      }),
    );
  }

  /** Shows the path to a Service: its panel when there is one, else a new one. */
  async show(shown: Shown): Promise<void> {
    const there = this.open.get(idOf(shown));
    if (there) return there.panel.reveal();
    const panel = window.createWebviewPanel(PANEL, shown.name, ViewColumn.Active, {
      ...this.options(),
      retainContextWhenHidden: false,
    });
    this.adopt(panel, shown);
  }

  private restore(panel: WebviewPanel, state: unknown): void {
    const shown = shownIn(state);
    if (shown && !this.open.has(idOf(shown))) {
      panel.webview.options = this.options();
      this.adopt(panel, shown);
    } else panel.dispose();
  }

  private adopt(panel: WebviewPanel, shown: Shown): void {
    const icon = (theme: string) => this.uri('media', `icon-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const it = new TrafficPanel(panel, shown, this.services);
    const page = (file: string) => panel.webview.asWebviewUri(this.uri('dist', 'page', file)).toString();
    panel.webview.html = pageHtml({
      nonce: randomBytes(16).toString('base64url'),
      cspSource: panel.webview.cspSource,
      scriptUri: page('main.js'),
      styleUri: page('style.css'),
      codiconUri: page('codicon.css'),
      title: shown.name,
      shown,
    });
    this.open.set(idOf(shown), it);
    void this.name();
    const follow = panel.onDidChangeViewState(() => panel.active && this.activate(it));
    it.onDispose(() => {
      follow.dispose();
      this.open.delete(idOf(shown));
      void this.name();
      if (this.active === it) this.activate([...this.open.values()].at(-1));
    });
    if (panel.active) this.activate(it);
  }

  /** A tab says which context it is of where that is not plain: several are open, or it is not the current one. */
  private async name(): Promise<void> {
    const contexts = await this.services.contexts.list().catch(() => []);
    const open = [...this.open.values()];
    for (const { panel, shown } of open) {
      const { name, namespace, context } = shown;
      const mine = contexts.find((c) => c.key === context);
      const plain = open.every((o) => o.shown.context === context) && mine?.current !== false;
      const twice = open.some((o) => o.shown.name === name && o.shown.namespace !== namespace);
      const title = [name, twice ? namespace : '', plain ? '' : (mine?.label ?? context)].filter(Boolean).join(' · ');
      if (panel.title !== title) panel.title = title;
    }
  }

  private activate(panel: TrafficPanel | undefined): void {
    this.active = panel;
    this.changed.fire(panel);
  }

  private uri(...path: string[]): Uri {
    return Uri.joinPath(this.extension.extensionUri, ...path);
  }

  private options() {
    return { enableScripts: true, localResourceRoots: [this.uri('dist', 'page')] };
  }

  dispose(): void {
    for (const panel of [...this.open.values()]) panel.dispose();
    this.changed.dispose();
  }
}

/** What the page kept when the window was closed; anything may stand there. */
function shownIn(state: unknown): Shown | undefined {
  const { shown } = (state ?? {}) as { shown?: unknown };
  const { context, namespace, name } = (shown ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof context !== 'string' || typeof namespace !== 'string' || typeof name !== 'string') return undefined;
  return { context, namespace, name };
}
