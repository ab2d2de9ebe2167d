/** What "Trace Traffic Path" was asked for: a Service by name, a node of a tree, a file, the cursor in one, or nothing yet. */
import { type TextDocument, Uri, window, workspace } from 'vscode';
import type { ObjectRef } from '../core/path.ts';
import type { ServiceName } from '../core/snapshot.ts';
import { Notice } from './commands.ts';
import { companionTarget } from './companion.ts';
import type { ContextEntry, Contexts } from './contexts.ts';
import type { Shown } from './panel.ts';
import { type PickServices, pickService, typedService } from './quickpick.ts';

type Fields = Readonly<Record<string, unknown>>;
const fields = (v: unknown): Fields => (typeof v === 'object' && v !== null ? (v as Fields) : {});

/** Finds the Service that a command's argument means; asks where it is not sure. Undefined when the user gives up. */
export async function serviceFor(argument: unknown, services: PickServices): Promise<Shown | undefined> {
  const { contexts } = services;
  const shown = shownArgument(argument);
  const context = shown?.context ? await contexts.find(shown.context) : await contexts.current();
  if (!context)
    throw new Notice(shown?.context ? `The kubeconfig has no context "${shown.context}".` : await contexts.whyNone());
  const at = (s: ServiceName | undefined): Shown | undefined =>
    s && { context: context.key, namespace: s.namespace, name: s.name };
  if (shown) return at({ namespace: shown.namespace ?? context.namespace, name: shown.name });
  if (typeof argument === 'string') return at(typed(argument, context));
  if (argument instanceof Uri) return at(await fromFile(argument, context, contexts));
  const object = argument === undefined ? undefined : await companionTarget(argument);
  if (object) return at(await fromObject(object, context, contexts));
  return at(await pickService(context, services));
}

/** `{ context?, namespace?, name }`, or a row of the Services view. */
function shownArgument(argument: unknown): { context?: string; namespace?: string; name: string } | undefined {
  const a = fields(argument);
  const row = fields(a['row']);
  const { context, namespace, name } =
    a['is'] === 'service' ? ({ ...row, context: fields(a['context'])['key'] } as Fields) : a;
  if (typeof name !== 'string' || (namespace !== undefined && typeof namespace !== 'string')) return undefined;
  if ((context !== undefined && typeof context !== 'string') || 'nodeType' in a) return undefined;
  return { name, ...(namespace ? { namespace } : {}), ...(context ? { context } : {}) };
}

function typed(text: string, context: ContextEntry): ServiceName {
  const service = typedService(text, context.namespace);
  if (!service) throw new Notice(`"${text}" is no name of a Service: write name or namespace/name.`);
  return service;
}

/** Of a Service it is the Service; of a pod, workload or Ingress one of those that lead to or from it. */
async function fromObject(object: ObjectRef, context: ContextEntry, contexts: Contexts) {
  const namespace = object.namespace ?? context.namespace;
  if (object.kind === 'Service') return { namespace, name: object.name };
  const cluster = await contexts.cluster(context.key);
  return choose(
    await cluster.servicesOf({ ...object, namespace }),
    `No Service leads to ${object.kind} ${object.name}.`,
  );
}

const LEADS: readonly string[] = ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'Ingress'];

/** The object under the cursor when the file is being looked at, else the file's Services. */
async function fromFile(uri: Uri, context: ContextEntry, contexts: Contexts): Promise<ServiceName | undefined> {
  const { Manifest } = await import('../core/yaml.ts');
  const editor =
    window.activeTextEditor?.document.uri.toString() === uri.toString() ? window.activeTextEditor : undefined;
  const document: TextDocument = editor?.document ?? (await workspace.openTextDocument(uri));
  const { objects } = new Manifest(document.getText());
  const offset = editor && document.offsetAt(editor.selection.active);
  const here = offset === undefined ? undefined : objects.find((o) => offset >= o.start && offset <= o.end);
  if (here && (here.kind === 'Service' || LEADS.includes(here.kind))) return fromObject(here, context, contexts);
  const services = objects.filter((o) => o.kind === 'Service');
  if (services.length > 0)
    return choose(
      services.map((o) => ({ namespace: o.namespace ?? context.namespace, name: o.name })),
      '',
    );
  const workload = objects.find((o) => LEADS.includes(o.kind));
  if (workload) return fromObject(workload, context, contexts);
  throw new Notice('This file holds no Service, and nothing that a Service leads to.');
}

async function choose(services: readonly ServiceName[], none: string): Promise<ServiceName | undefined> {
  if (services.length === 0) throw new Notice(none);
  if (services.length === 1) return services[0];
  const items = services.map((service) => ({ label: service.name, description: service.namespace, service }));
  return (await window.showQuickPick(items, { title: 'Trace Traffic Path', placeHolder: 'Which Service?' }))?.service;
}
