/** The status bar item: context and namespace of the active trace; a click switches the context. */
import { Disposable, StatusBarAlignment, window } from 'vscode';
import type { Contexts } from './contexts.ts';
import type { Panels } from './panels.ts';

/** Shows the item while there is an active panel. */
export function showStatus(panels: Panels, contexts: Contexts): Disposable {
  const item = window.createStatusBarItem('trafficPath.status', StatusBarAlignment.Left, 10);
  item.name = 'Traffic Path';
  item.command = 'trafficPath.switchContext';
  const update = async () => {
    const shown = panels.active?.shown;
    if (!shown) return item.hide();
    const context = await contexts.find(shown.context).catch(() => undefined);
    if (panels.active?.shown !== shown) return; // another is active by now: its own turn says so
    // The view marks one context as current; the trace that is looked at may be of another.
    const label = `${context?.label ?? shown.context}${context?.current === false ? ' (not current)' : ''}`;
    item.text = `$(type-hierarchy-sub) ${label} · ${shown.namespace}`;
    item.tooltip = `Traffic Path: Service ${shown.namespace}/${shown.name} in context ${label}. Click to switch the context.`;
    item.show();
  };
  return Disposable.from(item, panels.onActive(update), contexts.onChange(update));
}
