/** What the user chooses for the Services view: the context in use, its namespaces, a filter. */
import { window } from 'vscode';
import { Notice } from './commands.ts';
import type { ContextEntry, Contexts } from './contexts.ts';
import type { ServicesView } from './tree.ts';

/** Asks for a context, unless a row of the view names it, and makes it the one in use. */
export async function switchContext(argument: unknown, contexts: Contexts): Promise<ContextEntry | undefined> {
  const all = await contexts.list();
  if (all.length === 0) throw new Notice(await contexts.whyNone());
  const items = all.map((context) => ({
    label: context.label,
    description: context.current ? 'in use' : '',
    detail: context.server,
    context,
  }));
  const chosen =
    contextOf(argument, all) ??
    (
      await window.showQuickPick(items, {
        title: 'Switch Context',
        placeHolder: 'For Traffic Path only: kubectl keeps its own',
        matchOnDetail: true,
      })
    )?.context;
  if (chosen) await contexts.choose(chosen.key);
  return chosen;
}

/** Which namespaces the view shows: chosen from a list, typed where they may not be listed. */
export async function chooseNamespaces(argument: unknown, contexts: Contexts, view: ServicesView): Promise<void> {
  const context = contextOf(argument, await contexts.list()) ?? (await contexts.current());
  if (!context) throw new Notice('There is no context yet.');
  const before = view.namespaces(context.key);
  const cluster = await contexts.cluster(context.key);
  const names = await cluster.namespaces().catch(() => undefined);
  const chosen = names ? await fromList(context, names, before) : await asTyped(context, before);
  if (chosen) await view.setNamespaces(context.key, names && chosen.length === names.length ? [] : chosen);
}

async function fromList(context: ContextEntry, names: readonly string[], before: readonly string[]) {
  const items = names.map((label) => ({ label, picked: before.length === 0 || before.includes(label) }));
  const chosen = await window.showQuickPick(items, {
    title: `Namespaces of ${context.label}`,
    placeHolder: 'Namespaces to show',
    canPickMany: true,
  });
  return chosen?.map((c) => c.label);
}

async function asTyped(context: ContextEntry, before: readonly string[]) {
  const text = await window.showInputBox({
    title: `Namespaces of ${context.label}`,
    prompt: 'You may not list the namespaces of this cluster. Name those to show, with commas between.',
    value: before.join(', '),
    placeHolder: context.namespace,
  });
  return text?.split(/[\s,]+/).filter(Boolean);
}

/** Asks for the text that a Service's name, namespace, type or ports must hold to be shown. */
export async function chooseFilter(view: ServicesView): Promise<void> {
  const text = await window.showInputBox({
    title: 'Filter Services',
    prompt: 'Part of a name, namespace/name, type or port. Empty shows all.',
    value: view.filter,
  });
  if (text !== undefined) await view.setFilter(text);
}

function contextOf(argument: unknown, all: readonly ContextEntry[]): ContextEntry | undefined {
  const row = typeof argument === 'object' && argument !== null ? (argument as Record<string, unknown>) : {};
  const key = row['is'] === 'context' ? (row['context'] as ContextEntry | undefined)?.key : undefined;
  return all.find((c) => c.key === key);
}
