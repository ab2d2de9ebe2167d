/**
 * The one wrapper around commands: a command throws, the wrapper speaks. A fact about the world is one warning with
 * its sentence; our own mistake says so, with the stack in the log.
 */
import { commands, type Disposable, window } from 'vscode';
import { isCancelled, isClusterError, type Log, logError } from './log.ts';
import { COMMANDS, type CommandId } from './manifest.ts';

/** What a command does. Arguments come from menus, keybindings and other extensions: unknown until checked. */
export type Handler = (...args: unknown[]) => unknown;

/** A sentence for the user that is no fault of anybody: nothing chosen, nothing found. */
export class Notice extends Error {
  override readonly name = 'Notice';
}

/** Registers every command of the table; a missing handler does not compile. */
export function registerCommands(log: Log, handlers: Readonly<Record<CommandId, Handler>>): Disposable[] {
  return Object.entries(handlers).map(([id, handler]) =>
    commands.registerCommand(id, async (...args: unknown[]) => {
      try {
        return await handler(...args);
      } catch (error) {
        // Not awaited: a message may stand there for hours, and whoever ran the command waits for its end.
        if (!isCancelled(error)) void speak(log, COMMANDS[id as CommandId].title, error);
        return undefined;
      }
    }),
  );
}

/** VS Code makes links of `[text](command:…)` in a message, and a sentence may hold words of a cluster or a manifest. */
const unlinked = (text: string): string => text.replaceAll('](', '] (');

/** Tells the user what went wrong: the one place that does, for commands and for what the page asked for. */
export async function speak(log: Log, title: string, error: unknown): Promise<void> {
  if (error instanceof Notice) {
    void window.showInformationMessage(unlinked(error.message));
    return;
  }
  logError(log, title, error);
  const showLog = 'Show Log';
  const why = unlinked(error instanceof Error ? error.message : String(error));
  const chosen = isClusterError(error)
    ? await window.showWarningMessage(`${title}: ${why}`, showLog)
    : await window.showErrorMessage(`${title} failed: ${why}`, showLog);
  if (chosen === showLog) log.show();
}
