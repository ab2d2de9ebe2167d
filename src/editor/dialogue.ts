/** What a page may ask for, and what its choices do to the view: pure, so that the checks are tested without VS Code. */
import type { View } from '../core/diagram.ts';
import type { Banner, FromPage, ToPage } from '../core/messages.ts';
import type { ServiceName } from '../core/snapshot.ts';
import { DEMO } from './manifest.ts';

/** Whether a message names only what the last answer offered. */
export function offers(message: FromPage, last: ToPage): boolean {
  if (message.type === 'ready') return true;
  if (message.type === 'page-act') {
    const offered = last.type === 'empty' ? last.actions : last.picture.banners.flatMap((b) => b.actions);
    return offered.some((a) => a.id === message.action);
  }
  if (last.type === 'empty') return false;
  const { details, diagram, entrances, froms, ports } = last.picture;
  if (message.type === 'act')
    return details.some((d) => d.node === message.node && d.actions.some((a) => a.id === message.action));
  if (message.type === 'choose')
    return { port: ports, entrance: entrances, from: froms }[message.what].some((c) => c.id === message.id);
  return message.node === null || diagram.nodes.some((n) => n.id === message.node);
}

/** The view after a choice. */
export function chosen(view: View, message: Extract<FromPage, { type: 'choose' | 'select' | 'unfold' }>): View {
  if (message.type === 'choose') {
    if (message.what !== 'from') return { ...view, [message.what]: message.id };
    return message.id === 'laptop' || message.id === 'cluster' ? { ...view, from: message.id } : view;
  }
  if (message.type === 'select') {
    const { selected: _, ...rest } = view;
    return message.node === null ? rest : { ...rest, selected: message.node };
  }
  const others = view.unfolded.filter((node) => node !== message.node);
  return { ...view, unfolded: message.open ? [...others, message.node] : others };
}

/** Why there is no picture, and what to do next. */
export function emptyFor(
  error: unknown,
  service: ServiceName & { readonly context?: string },
): Extract<ToPage, { type: 'empty' }> {
  const kind = error instanceof Error && 'kind' in error ? String(error.kind) : 'bug';
  const name = `${service.namespace}/${service.name}`;
  const which = service.context ? `Service ${name} in the context ${service.context}: ` : '';
  const text = which + (error instanceof Error ? error.message : String(error));
  const refused = error instanceof Error && 'refused' in error && error.refused === true;
  const retry = { id: 'retry', label: 'Try Again', icon: 'refresh', primary: true };
  const others = [
    { id: 'switch-context', label: 'Switch Context', icon: 'arrow-swap' },
    { id: 'show-log', label: 'Show Log', icon: 'output' },
  ];
  if (kind === 'forbidden')
    return {
      type: 'empty',
      kind: 'no-rights',
      title: `You may not look at ${name}`,
      text,
      actions: [retry, ...others],
    };
  if (kind === 'not-found')
    return { type: 'empty', kind: 'not-found', title: `There is no ${name}`, text, actions: [retry, ...others] };
  const titles: Readonly<Record<string, string>> = {
    config: 'The kubeconfig does not lead to a cluster',
    credentials: refused ? 'The cluster does not accept who you are' : 'Your credentials could not be made',
    unreachable: 'The cluster cannot be reached',
    timeout: 'The cluster does not answer',
  };
  const startDemo = { id: 'start-demo', label: 'Start Demo Cluster', icon: 'play' };
  if (kind === 'config' && service.context?.startsWith(DEMO)) {
    const title = 'The demo cluster does not run';
    return { type: 'empty', kind: 'error', title, text, actions: [{ ...startDemo, primary: true }, ...others] };
  }
  if (kind === 'config') others.unshift(startDemo);
  const title = titles[kind] ?? `The path to ${name} could not be drawn`;
  return { type: 'empty', kind: 'error', title, text, actions: [retry, ...others] };
}

/** Over a picture whose cluster goes on answering while its kubeconfig cannot be read any more. */
export const brokenKubeconfig = (trouble: string): Banner => ({
  kind: 'error',
  text: `${trouble} The connection from before is kept; the next one needs a kubeconfig that can be read.`,
  actions: [{ id: 'show-log', label: 'Show Log', icon: 'output' }],
});
