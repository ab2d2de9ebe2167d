/** The Services view: contexts → namespaces → Services, each with the worst finding that is known. */
import {
  commands,
  Disposable,
  EventEmitter,
  type Memento,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  window,
} from 'vscode';
import type { ServiceRow } from '../cluster/cluster.ts';
import type { Verdict } from '../core/path.ts';
import type { ServiceName } from '../core/snapshot.ts';
import { Notice } from './commands.ts';
import type { ContextEntry, Contexts } from './contexts.ts';
import { type Knowledge, worst } from './knowledge.ts';
import { CONTEXT_KEYS, ITEM, VIEW, type ViewState } from './manifest.ts';
import type { Services, Stale } from './services.ts';

/** A row of the view. `id` is stable, so that VS Code keeps what is expanded and selected. */
export type Row =
  | { readonly is: 'context'; readonly id: string; readonly context: ContextEntry }
  | { readonly is: 'namespace'; readonly id: string; readonly context: ContextEntry; readonly name: string }
  | { readonly is: 'service'; readonly id: string; readonly context: ContextEntry; readonly row: ServiceRow }
  | {
      readonly is: 'problem';
      readonly id: string;
      readonly context?: ContextEntry;
      readonly text: string;
      readonly icon?: 'error' | 'lock' | 'loading~spin';
    };

const FILTER = 'filter';
const EXPANDED = 'expanded';
const NAMESPACES = 'namespaces/';

/** The view: what its rows are, what is open, what is filtered. */
export class ServicesView implements TreeDataProvider<Row>, Disposable {
  private readonly contexts: Contexts;
  private readonly services: Services;
  private readonly knowledge: Knowledge;
  private readonly memory: Memento;
  private readonly changed = new EventEmitter<Row | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: TreeView<Row>;
  private readonly owned: Disposable;
  private expanded: Set<string>;

  constructor(contexts: Contexts, services: Services, knowledge: Knowledge, memory: Memento) {
    this.contexts = contexts;
    this.services = services;
    this.knowledge = knowledge;
    this.memory = memory;
    this.expanded = new Set(memory.get<string[]>(EXPANDED, []));
    this.view = window.createTreeView<Row>(VIEW, { treeDataProvider: this, showCollapseAll: true });
    const refresh = () => this.view.visible && this.changed.fire(undefined);
    this.owned = Disposable.from(
      this.view,
      this.changed,
      services.onChange(refresh),
      knowledge.onDiagnosis(refresh),
      this.view.onDidChangeVisibility((e) => (e.visible ? this.changed.fire(undefined) : services.stop())),
      this.view.onDidExpandElement((e) => this.remember(e.element.id, true)),
      this.view.onDidCollapseElement((e) => this.remember(e.element.id, false)),
    );
    this.showFilter();
  }

  get filter(): string {
    return this.memory.get(FILTER, '');
  }

  async setFilter(text: string): Promise<void> {
    await this.memory.update(FILTER, text.trim() || undefined);
    this.showFilter();
    this.changed.fire(undefined);
  }

  /** Namespaces that the user chose for a context; empty: all that can be seen. */
  namespaces(context: string): readonly string[] {
    return this.memory.get<string[]>(NAMESPACES + context, []);
  }

  async setNamespaces(context: string, names: readonly string[]): Promise<void> {
    await this.memory.update(NAMESPACES + context, names.length > 0 ? names : undefined);
    this.services.stop();
    this.changed.fire(undefined);
  }

  async getChildren(of?: Row): Promise<Row[]> {
    if (of === undefined) return this.roots();
    if (of.is === 'context') return this.below(of.context);
    if (of.is !== 'namespace') return [];
    return this.rows(of.context)
      .filter((row) => row.namespace === of.name)
      .map((row) => ({ is: 'service', id: `${of.id}/${row.name}`, context: of.context, row }));
  }

  getParent(row: Row): Row | undefined {
    if (row.is === 'context' || !row.context) return undefined;
    if (row.is === 'service') return this.namespaceRow(row.context, row.row.namespace);
    return this.contextRow(row.context);
  }

  /** Shows a Service in the view, which may have to be opened and read first. */
  async reveal(key: string, service: ServiceName): Promise<void> {
    await commands.executeCommand(`${VIEW}.focus`);
    const context = await this.contexts.find(key);
    if (!context) return;
    await this.services.read(context);
    const find = () => this.rows(context).find((r) => r.namespace === service.namespace && r.name === service.name);
    if (!find() && this.filter) await this.setFilter('');
    const row = find();
    if (!row)
      throw new Notice(
        `The view does not show ${service.namespace}/${service.name}: its namespace is not among those that are shown, or there is no such Service.`,
      );
    const parent = this.namespaceRow(context, row.namespace);
    await this.view.reveal(
      { is: 'service', id: `${parent.id}/${row.name}`, context, row },
      { select: true, focus: true },
    );
  }

  getTreeItem(row: Row): TreeItem {
    const item =
      row.is === 'service'
        ? this.serviceItem(row.context, row.row)
        : plainItem(row, row.context && this.services.stale(row.context.key));
    item.id = row.id;
    item.contextValue = ITEM[row.is];
    const opens = row.is === 'context' || row.is === 'namespace';
    const open = this.expanded.has(row.id) || (row.is === 'context' ? row.context.current : this.filter !== '');
    item.collapsibleState = !opens
      ? TreeItemCollapsibleState.None
      : open && !this.expanded.has(`-${row.id}`)
        ? TreeItemCollapsibleState.Expanded
        : TreeItemCollapsibleState.Collapsed;
    return item;
  }

  private async roots(): Promise<Row[]> {
    const contexts = await this.contexts.list();
    this.view.message = this.contexts.trouble ?? '';
    const none = contexts.length === 0 ? await this.contexts.whyNone() : '';
    const current = contexts.find((c) => c.current);
    const listing = current && this.services.of(current);
    const state: ViewState = !listing
      ? 'no-kubeconfig'
      : listing.is === 'loading'
        ? 'loading'
        : listing.is === 'trouble'
          ? listing.state
          : this.rows(current).length > 0
            ? 'ok'
            : listing.rows.length > 0 && this.filter
              ? 'no-match'
              : 'no-services';
    void commands.executeCommand('setContext', CONTEXT_KEYS.state, state);
    if (none.startsWith('The kubeconfig')) return [{ is: 'problem', id: '?', text: none, icon: 'error' }];
    // An empty view shows the welcome text of its state; with other contexts to look at it stays a list.
    if (contexts.length <= 1 && state !== 'ok' && state !== 'loading') return [];
    return contexts.map((c) => this.contextRow(c));
  }

  private below(context: ContextEntry): Row[] {
    const listing = this.services.of(context);
    const problem = (text: string, icon?: 'error' | 'lock' | 'loading~spin'): Row[] => [
      { is: 'problem', id: `${context.key}?`, context, text, ...(icon ? { icon } : {}) },
    ];
    if (listing.is === 'loading') return problem('Loading…', 'loading~spin');
    if (listing.is === 'trouble') return problem(listing.why, listing.state === 'no-rights' ? 'lock' : 'error');
    const names = [...new Set(this.rows(context).map((r) => r.namespace))].sort();
    if (names.length === 0) return problem(this.filter ? `No Service matches "${this.filter}"` : 'No Services');
    return names.map((name) => this.namespaceRow(context, name));
  }

  private rows(context: ContextEntry): readonly ServiceRow[] {
    const listing = this.services.of(context);
    const chosen = this.namespaces(context.key);
    const wanted = this.filter.toLowerCase();
    if (listing.is !== 'rows') return [];
    return listing.rows
      .filter((r) => chosen.length === 0 || chosen.includes(r.namespace))
      .filter((r) => `${r.namespace}/${r.name} ${r.type} ${r.ports}`.toLowerCase().includes(wanted))
      .toSorted((a, b) => a.name.localeCompare(b.name));
  }

  private serviceItem(context: ContextEntry, row: ServiceRow): TreeItem {
    const item = new TreeItem(row.name);
    const diagnosis = this.knowledge.diagnosis(context.key, row);
    const finding = diagnosis && worst(diagnosis);
    const what = [row.type, row.ports === '<none>' ? '' : row.ports].filter(Boolean).join(' · ');
    const fault = finding && finding.level !== 'note' ? finding.code : '';
    const where = fault && finding?.from === 'laptop' ? `${fault} from this computer` : fault;
    const state = [diagnosis ? INSIDE[diagnosis.verdict] : '', where].filter(Boolean).join(' · ');
    item.description = [where, what].filter(Boolean).join(' · ');
    item.tooltip = [`${row.namespace}/${row.name}`, what, state, finding?.says ?? ''].filter(Boolean).join('\n');
    item.iconPath = diagnosis ? verdictIcon(diagnosis.verdict) : new ThemeIcon('symbol-interface');
    item.accessibilityInformation = {
      label: [row.name, what, state, finding?.says].filter(Boolean).join(', '),
    };
    item.command = {
      command: 'trafficPath.trace',
      title: 'Trace Traffic Path',
      arguments: [{ context: context.key, namespace: row.namespace, name: row.name }],
    };
    return item;
  }

  private contextRow(context: ContextEntry): Row {
    return { is: 'context', id: context.key, context };
  }

  private namespaceRow(context: ContextEntry, name: string): Row {
    // VS Code keeps a row as it was, by its id: what a filter finds is open whatever was folded before.
    return { is: 'namespace', id: `${context.key}/${name}${this.filter ? ' filtered' : ''}`, context, name };
  }

  private remember(id: string, open: boolean): void {
    const [is, was] = open ? [id, `-${id}`] : [`-${id}`, id];
    this.expanded.delete(was);
    this.expanded.add(is);
    void this.memory.update(EXPANDED, [...this.expanded].slice(-500));
  }

  private showFilter(): void {
    this.view.description = this.filter ? `"${this.filter}"` : '';
    void commands.executeCommand('setContext', CONTEXT_KEYS.filtered, this.filter !== '');
  }

  dispose(): void {
    this.owned.dispose();
  }
}

function plainItem(row: Exclude<Row, { is: 'service' }>, stale: Stale | undefined): TreeItem {
  if (row.is === 'context') return contextItem(row.context, stale);
  const item = new TreeItem(row.is === 'namespace' ? row.name : trouble(row.text));
  item.tooltip = row.is === 'namespace' ? `Namespace ${row.name}` : row.text;
  const icon = row.is === 'namespace' ? 'symbol-namespace' : (row.icon ?? 'info');
  item.iconPath = icon === 'error' ? new ThemeIcon(icon, new ThemeColor('list.errorForeground')) : new ThemeIcon(icon);
  return item;
}

/** A row is short: the server's address, which its context tells in its tooltip, would take all of it. */
function trouble(text: string): string {
  const words = text.replace(/^https?:\/\/\S+ /, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function contextItem(context: ContextEntry, stale: Stale | undefined): TreeItem {
  const item = new TreeItem(context.label);
  const since = stale && `not live since ${timeOf(stale.since)} UTC`;
  item.description = [context.current ? 'current' : '', since ?? ''].filter(Boolean).join(' · ');
  item.tooltip = [context.label, context.server, stale ? `${since}: ${stale.why}` : ''].filter(Boolean).join('\n');
  const icon = stale ? 'debug-disconnect' : context.current ? 'vm-active' : 'vm';
  item.iconPath = stale ? new ThemeIcon(icon, new ThemeColor('list.warningForeground')) : new ThemeIcon(icon);
  return item;
}

/** The time of day, with the day when it is not today. */
function timeOf(ms: number): string {
  const [at, now] = [new Date(ms), new Date()].map((date) => date.toISOString().slice(0, 19)) as [string, string];
  return at.slice(0, 10) === now.slice(0, 10) ? at.slice(11) : at.replace('T', ' ');
}

const INSIDE: Readonly<Record<Verdict, string>> = {
  works: 'works in the cluster',
  degraded: 'works in the cluster, with a warning',
  broken: 'fails in the cluster',
  unknown: 'unknown in the cluster',
};

/** A shape for each verdict, which is that of clients in the cluster; colour only repeats it. */
function verdictIcon(verdict: Verdict): ThemeIcon {
  if (verdict === 'broken') return new ThemeIcon('error', new ThemeColor('list.errorForeground'));
  if (verdict === 'degraded') return new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
  if (verdict === 'unknown') return new ThemeIcon('question');
  return new ThemeIcon('pass', new ThemeColor('testing.iconPassed'));
}
