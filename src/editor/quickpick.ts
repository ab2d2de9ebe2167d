/** The pick list of "Trace Traffic Path": fills while it loads, most recent first, and takes `namespace/name` as typed. */
import { type Memento, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from 'vscode';
import type { ServiceRow } from '../cluster/cluster.ts';
import type { ServiceName } from '../core/snapshot.ts';
import type { ContextEntry, Contexts } from './contexts.ts';
import { type Knowledge, worst } from './knowledge.ts';
import { type Log, logError } from './log.ts';
import type { Shown } from './panel.ts';

const RECENT = 'recent';

/** The Services traced last, newest first. */
export function recentServices(memory: Memento, context: string): readonly ServiceName[] {
  return memory.get<Shown[]>(RECENT, []).filter((s) => s.context === context);
}

/** Puts a Service to the front of the recent ones. */
export function rememberService(memory: Memento, shown: Shown): Thenable<void> {
  const same = (s: Shown) => s.context === shown.context && s.namespace === shown.namespace && s.name === shown.name;
  return memory.update(RECENT, [shown, ...memory.get<Shown[]>(RECENT, []).filter((s) => !same(s))].slice(0, 20));
}

/** A Service as typed: `namespace/name`, or a name alone in the context's namespace. Undefined when it cannot be one. */
export function typedService(text: string, namespace: string): ServiceName | undefined {
  const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
  const parts = text
    .trim()
    .replace(/^svc\/|^service\//, '')
    .split('/');
  const [first = '', second] = parts;
  if (parts.length > 2 || !label.test(first) || (second !== undefined && !label.test(second))) return undefined;
  return second === undefined ? { namespace, name: first } : { namespace: first, name: second };
}

interface Item extends QuickPickItem {
  readonly service?: ServiceName;
}

/** What the list needs. */
export interface PickServices {
  readonly contexts: Contexts;
  readonly knowledge: Knowledge;
  readonly memory: Memento;
  readonly log: Log;
}

/** Lets the user choose one of all Services of a context. Undefined when they do not. */
export function pickService(context: ContextEntry, { contexts, knowledge, memory, log }: PickServices) {
  const pick = window.createQuickPick<Item>();
  const abort = new AbortController();
  let rows: readonly ServiceRow[] = knowledge.of(context.key).rows;
  pick.title = `Trace Traffic Path: ${context.label}`;
  pick.placeholder = 'A Service, or namespace/name';
  pick.matchOnDescription = true;
  pick.busy = true;
  const fill = () => {
    const typed = typedService(pick.value, context.namespace);
    pick.items = itemsOf(rows, recentServices(memory, context.key), typed, (s) => {
      const diagnosis = knowledge.diagnosis(context.key, s);
      return (diagnosis && worst(diagnosis)?.code) ?? '';
    });
  };
  fill();
  const loaded = contexts
    .cluster(context.key)
    .then((cluster) =>
      cluster.services(undefined, abort.signal).catch(() => cluster.services(context.namespace, abort.signal)),
    )
    .then(
      (read) => {
        rows = read;
        knowledge.learnRows(context.key, read);
      },
      (error) => {
        if (abort.signal.aborted) return;
        logError(log, `Services of ${context.key}`, error);
        pick.placeholder = `Services cannot be listed (${error instanceof Error ? error.message : error}). Type namespace/name.`;
      },
    )
    .then(() => {
      if (abort.signal.aborted) return;
      pick.busy = false;
      fill();
    });
  void loaded;
  return new Promise<ServiceName | undefined>((resolve) => {
    pick.onDidChangeValue(fill);
    pick.onDidAccept(() => {
      // Faster than the list: what was typed counts.
      resolve(pick.selectedItems[0]?.service ?? typedService(pick.value, context.namespace));
      pick.hide();
    });
    pick.onDidHide(() => {
      abort.abort();
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function itemsOf(
  rows: readonly ServiceRow[],
  recent: readonly ServiceName[],
  typed: ServiceName | undefined,
  finding: (s: ServiceName) => string,
): Item[] {
  const id = (s: ServiceName) => `${s.namespace}/${s.name}`;
  const known = new Map(rows.map((r) => [id(r), r]));
  const item = (s: ServiceName): Item => {
    const row = known.get(id(s));
    const detail = [row?.type, row?.ports, finding(s)].filter(Boolean).join(' · ');
    return {
      label: s.name,
      description: `${s.namespace}${detail ? ` · ${detail}` : ''}`,
      service: s,
      iconPath: new ThemeIcon('symbol-interface'),
      // The list's own filter knows no `namespace/name`.
      alwaysShow: typed !== undefined && id(typed) === id(s),
    };
  };
  const recentIds = new Set(recent.map(id));
  const others = rows.filter((r) => !recentIds.has(id(r))).toSorted((a, b) => id(a).localeCompare(id(b)));
  const separator = (label: string): Item => ({ label, kind: QuickPickItemKind.Separator });
  const asTyped: Item[] =
    typed && !known.has(id(typed)) && !recentIds.has(id(typed))
      ? [
          {
            label: id(typed),
            description: 'as typed',
            alwaysShow: true,
            service: typed,
            iconPath: new ThemeIcon('edit'),
          },
        ]
      : [];
  return [
    ...(recent.length > 0 ? [separator('recently traced'), ...recent.map(item)] : []),
    ...(others.length > 0 ? [separator('Services'), ...others.map(item)] : []),
    ...asTyped,
  ];
}
