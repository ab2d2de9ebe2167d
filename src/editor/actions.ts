/** What an offered action of the page does, and the copy commands of the palette. */
import { commands, env, window } from 'vscode';
import type { Picture } from '../core/messages.ts';
import type { Diagnosis, ObjectRef } from '../core/path.ts';
import type { ServiceName } from '../core/snapshot.ts';
import { Notice } from './commands.ts';
import type { Contexts } from './contexts.ts';
import type { CommandId } from './manifest.ts';
import type { Shown, TrafficPanel } from './panel.ts';
import type { Row } from './tree.ts';

/** An action that the page sent back, already checked against the offer. `node` absent: one of a banner or the empty page. */
export interface Act {
  readonly action: string;
  readonly node: string | undefined;
  readonly panel: TrafficPanel;
  readonly diagnosis: Diagnosis | undefined;
  /** What the page shows. */
  readonly picture: Picture | undefined;
}

/** What actions need of the rest of the editor. */
export interface ActionServices {
  openYaml(context: string, object: ObjectRef): Promise<void>;
  openManifest(object: ObjectRef): Promise<void>;
  reveal(context: string, service: ServiceName): Promise<void>;
}

/** Puts text into the clipboard and says so where it does not disturb. */
export async function copy(text: string | undefined, what: string): Promise<void> {
  if (!text) throw new Notice(`There is no ${what} to copy here.`);
  await env.clipboard.writeText(text);
  window.setStatusBarMessage(`$(check) Copied: ${text.length > 60 ? what : text}`, 3000);
}

const run = (id: CommandId) => async () => void (await commands.executeCommand(id));

const PAGE_ACTS: Readonly<Record<string, () => Promise<void>>> = {
  'switch-context': run('trafficPath.switchContext'),
  'show-log': run('trafficPath.showLog'),
  'start-demo': run('trafficPath.startDemo'),
};

/** Does what the page asked for. */
export async function act(it: Act, services: ActionServices): Promise<void> {
  const { action, panel, diagnosis, picture } = it;
  if (action === 'retry' || action === 'refresh') return panel.start();
  const pageAct = PAGE_ACTS[action];
  if (pageAct) return pageAct();
  if (action === 'copy-role') return copyRole(diagnosis);
  const { actionText, objectOf } = await import('../core/actions.ts');
  const node = it.node ?? '';
  if (action === 'unfold' || action === 'fold') return panel.unfold(node, action === 'unfold');
  if (!diagnosis || !picture) throw new Notice('There is no path to act on yet.');
  if (action.startsWith('copy-'))
    return copy(actionText(diagnosis, picture, node, action), COPIES[action] ?? action.slice('copy-'.length));
  const object = objectOf(diagnosis, picture, node) ?? serviceRef(panel.shown);
  switch (action) {
    case 'open-yaml':
      return services.openYaml(panel.shown.context, object);
    case 'open-manifest':
      return services.openManifest(object);
    case 'reveal':
      return services.reveal(panel.shown.context, panel.shown);
    default:
      throw new Error(`The page offers "${action}", which nobody does.`);
  }
}

const COPIES: Readonly<Record<string, string>> = { 'copy-kubectl': 'kubectl command' };

/** The Role that would make everything visible which could not be read. */
export async function copyRole(diagnosis: Diagnosis | undefined): Promise<void> {
  if (!diagnosis) throw new Notice('Open the path to a Service first.');
  const { roleFor } = await import('../core/rights.ts');
  await copy(roleFor(diagnosis.path.snapshot), 'Role');
}

/** The kubectl command that shows an object. */
export async function kubectlOf({ context, object }: Pointed, contexts: Contexts): Promise<void> {
  const [{ kubectlGet }, { connection }] = await Promise.all([import('../core/kubectl.ts'), contexts.cluster(context)]);
  await copy(kubectlGet(object, connection), 'kubectl command');
}

/** An object and the key of the context that it is in. */
export interface Pointed {
  readonly context: string;
  readonly object: ObjectRef;
}

/** The Service that a command acts on: the row of the Services view, else that of the active panel. */
export function objectFor(argument: unknown, active: Shown | undefined): Pointed {
  const row = argument as Row | undefined;
  if (typeof row === 'object' && row?.is === 'service')
    return { context: row.context.key, object: serviceRef(row.row) };
  if (!active) throw new Notice('Open the path to a Service first.');
  return { context: active.context, object: serviceRef(active) };
}

/** The path as text for an issue, a chat or a document. */
export async function copyPath(as: 'markdown' | 'mermaid' | 'json', diagnosis: Diagnosis | undefined): Promise<void> {
  if (!diagnosis) throw new Notice('Open the path to a Service first.');
  const [{ pictureOf }, { toMermaid }, { toReport }, { toMarkdown }] = await Promise.all([
    import('./engine.ts'),
    import('../core/mermaid.ts'),
    import('../core/report.ts'),
    import('../core/reportText.ts'),
  ]);
  const report = toReport(diagnosis);
  if (as === 'json') return copy(JSON.stringify(report, null, 2), 'JSON');
  const mermaid = toMermaid(pictureOf(diagnosis, { unfolded: [] }).diagram, { html: false });
  return as === 'mermaid' ? copy(mermaid, 'Mermaid') : copy(toMarkdown(report, mermaid), 'Markdown');
}

/** The Service itself, as an object to open or copy. */
function serviceRef(s: ServiceName): ObjectRef {
  return { apiVersion: 'v1', kind: 'Service', namespace: s.namespace, name: s.name };
}
