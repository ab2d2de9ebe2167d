/** Links that open a trace: vscode://traffic-path.traffic-path/trace?context=…&namespace=…&name=… */
import { type Disposable, type Uri, window } from 'vscode';
import type { Contexts } from './contexts.ts';
import { type Log, logError } from './log.ts';
import type { Shown } from './panel.ts';
import { typedService } from './quickpick.ts';

/** A link comes from anywhere: it connects to nothing before the user has said yes. */
export function handleLinks(contexts: Contexts, open: (shown: Shown) => Promise<void>, log: Log): Disposable {
  return window.registerUriHandler({
    handleUri: async (uri: Uri) => {
      try {
        const asked = await confirmed(uri, contexts);
        if (asked) await open(asked);
      } catch (error) {
        logError(log, 'link', error);
      }
    },
  });
}

async function confirmed(uri: Uri, contexts: Contexts): Promise<Shown | undefined> {
  const query = new URLSearchParams(uri.query);
  const service = typedService(`${query.get('namespace') ?? 'default'}/${query.get('name') ?? ''}`, 'default');
  if (uri.path !== '/trace' || !service) {
    void window.showWarningMessage(
      'This link names no Service. A link looks like …/trace?context=…&namespace=…&name=…',
    );
    return undefined;
  }
  const wanted = query.get('context');
  const context = wanted ? await contexts.find(wanted) : await contexts.current();
  if (!context) {
    void window.showWarningMessage(
      `This link names the context "${wanted ?? ''}", which your kubeconfig does not have.`,
    );
    return undefined;
  }
  const trace = 'Trace';
  const answer = await window.showInformationMessage(
    `Trace the Service ${service.namespace}/${service.name} in the context ${context.label}?`,
    { modal: true, detail: `A link asks for it. Traffic Path would connect to ${context.server} as you.` },
    trace,
  );
  return answer === trace ? { context: context.key, ...service } : undefined;
}
