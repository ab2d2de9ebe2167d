/** Links that open a trace: vscode://traffic-path.traffic-path/trace?context=…&namespace=…&name=… */
import { type Disposable, type Uri, window } from 'vscode';
import { Notice, speak } from './commands.ts';
import type { ContextEntry, Contexts } from './contexts.ts';
import type { Log } from './log.ts';
import type { Shown } from './panel.ts';
import { typedService } from './quickpick.ts';

/** Asks the user one question with one way to say yes. */
export type Confirm = (question: string, detail: string, yes: string) => Thenable<boolean>;

const inWindow: Confirm = async (question, detail, yes) =>
  (await window.showInformationMessage(question, { modal: true, detail }, yes)) === yes;

/** A link comes from anywhere: it connects to nothing before the user has said yes. */
export function handleLinks(contexts: Contexts, open: (shown: Shown) => Promise<void>, log: Log): Disposable {
  return window.registerUriHandler({
    handleUri: async (uri) => {
      try {
        const asked = await linked(uri, contexts, inWindow);
        if (asked) await open(asked);
      } catch (error) {
        await speak(log, 'Link', error);
      }
    },
  });
}

/** What a link asks for, once the user agreed. Undefined when they did not. Throws a Notice when it makes no sense here. */
export async function linked(
  uri: Pick<Uri, 'path' | 'query'>,
  contexts: Pick<Contexts, 'find' | 'current'>,
  confirm: Confirm,
): Promise<Shown | undefined> {
  const query = new URLSearchParams(uri.query);
  const service = typedService(`${query.get('namespace') ?? 'default'}/${query.get('name') ?? ''}`, 'default');
  if (uri.path !== '/trace' || !service)
    throw new Notice('This link names no Service. A link looks like …/trace?context=…&namespace=…&name=…');
  const context = await contextOf(query.get('context'), contexts);
  const yes = await confirm(
    `Trace the Service ${service.namespace}/${service.name} in the context ${context.label}?`,
    `A link asks for it. Traffic Path would connect to ${context.server} as you.`,
    'Trace',
  );
  return yes ? { context: context.key, ...service } : undefined;
}

async function contextOf(wanted: string | null, contexts: Pick<Contexts, 'find' | 'current'>): Promise<ContextEntry> {
  const context = wanted ? await contexts.find(wanted) : await contexts.current();
  if (context) return context;
  throw new Notice(
    wanted
      ? `This link names the context "${wanted.slice(0, 100)}", which your kubeconfig does not have.`
      : 'This link asks for a Service of your current context, but no kubeconfig was found.',
  );
}
