/** `traffic-path trace`: one Service's path, once or for as long as it is watched. */
import { diagnose } from '../core/diagnosis/diagnose.ts';
import { distance } from '../core/diagnosis/near.ts';
import { toMermaid } from '../core/mermaid.ts';
import type { Diagnosis, From } from '../core/path.ts';
import { draw } from '../core/picture.ts';
import { toReport } from '../core/report.ts';
import { toMarkdown, toText } from '../core/reportText.ts';
import { roleFor } from '../core/rights.ts';
import type { ServiceName, ServicePortFacts, Snapshot } from '../core/snapshot.ts';
import { trace } from '../core/trace.ts';
import {
  type ClusterOptions,
  coloured,
  exitCodes,
  note,
  openCluster,
  print,
  UsageError,
  untilStopped,
} from './common.ts';

/** The forms in which a trace is printed. */
export type Output = 'text' | 'json' | 'mermaid' | 'markdown';

/** Options of `traffic-path trace`. */
export interface TraceOptions extends ClusterOptions {
  readonly output: Output;
  readonly port?: string;
  readonly from: string;
  readonly watch?: boolean;
  /** Print the Role that would make the unknown known, in place of the trace. */
  readonly role?: boolean;
}

/** Traces and prints; the exit code says what it comes to. */
export async function runTrace(service: string, options: TraceOptions): Promise<number> {
  const from = fromOf(options.from);
  const { cluster, namespace } = await openCluster(options);
  const stop = untilStopped();
  const live = cluster.trace(nameOf(service, namespace, options.namespace));
  try {
    const seen = { text: '' };
    let code = show(await live.first(stop.signal), from, options, seen);
    if (!options.watch) return code;
    await new Promise<void>((resolve, reject) => {
      live.onChange((snapshot) => {
        try {
          code = show(snapshot, from, options, seen);
        } catch (error) {
          reject(error); // the port that was asked for is gone
        }
      });
      stop.signal.addEventListener('abort', () => resolve(), { once: true });
      if (stop.signal.aborted) resolve();
    });
    return code;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  } finally {
    stop.dispose();
    live.dispose();
    cluster.dispose();
  }
}

/** `seen`: the text that was printed last. */
function show(all: Snapshot, from: From, options: TraceOptions, seen: { text: string }): number {
  const snapshot = options.port === undefined ? all : onlyPort(all, options.port);
  nodeIsThere(snapshot, from);
  const diagnosis = diagnose(trace(snapshot, from));
  if (options.role) {
    const role = roleFor(snapshot);
    if (role) print(role);
    else note('Nothing was refused: no Role is needed.');
    return exitCodes[diagnosis.verdict];
  }
  const text = render(diagnosis, options);
  if (options.watch && options.output === 'text') {
    const same = seen.text === timeless(text);
    seen.text = timeless(text);
    if (same) return exitCodes[diagnosis.verdict];
    if (process.stdout.isTTY) print('\u001b[2J\u001b[H');
    print(`--- ${snapshot.at}`);
  }
  print(text);
  if (options.output === 'text' && !options.watch && process.stderr.isTTY && roleFor(snapshot))
    note('What you may not read can be asked for: traffic-path trace --role … prints the Role.');
  return exitCodes[diagnosis.verdict];
}

/** Without times, an event's count beside its time, and seconds left: what differs only in those is not news. */
const timeless = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z(, \d+×)?/g, '').replace(/\b\d+ s more\b/g, '');

/** A diagnosis in the form that was asked for. Watched JSON is one report a line, so that a program can read along. */
function render(diagnosis: Diagnosis, { output, watch }: TraceOptions): string {
  const report = toReport(diagnosis);
  switch (output) {
    case 'json':
      return JSON.stringify(report, null, watch ? undefined : 2);
    case 'mermaid':
      return mermaidOf(diagnosis);
    case 'markdown':
      return toMarkdown(report, mermaidOf(diagnosis));
    case 'text':
      return coloured(toText(report));
  }
}

function mermaidOf(diagnosis: Diagnosis): string {
  const { diagram } = draw(diagnosis, { unfolded: [] });
  return toMermaid(diagram, { html: false });
}

/** `NAME`, `NAMESPACE/NAME`, and as kubectl writes it: `service/NAME`, `svc/NAME`. `asked`: what -n says, if it was given. */
export function nameOf(text: string, namespace: string, asked?: string): ServiceName {
  const parts = text.replace(/^(services?|svc)\//, '').split('/');
  if (parts.length > 2 || parts.some((p) => p === ''))
    throw new UsageError(`"${text}" is no Service name: write NAME or NAMESPACE/NAME.`);
  const [first = '', second] = parts;
  const of = second === undefined ? { namespace, name: first } : { namespace: first, name: second };
  if (asked !== undefined && asked !== of.namespace)
    throw new UsageError(`"${text}" names namespace ${of.namespace}, and -n says ${asked}: give one of them.`);
  for (const [what, word] of [
    ['namespace', of.namespace],
    ['Service', of.name],
  ] as const)
    if (!label.test(word))
      throw new UsageError(
        `"${word}" can be the name of no ${what}: that has at most 63 lower-case letters, digits and "-", and begins and ends with a letter or digit.`,
      );
  return of;
}

/**
 * A DNS label of RFC 1123. A Service's was one of RFC 1035 (a letter first) until RelaxedServiceNameValidation:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Where the client stands, as typed. */
export function fromOf(text: string): From {
  if (text === 'laptop' || text === 'cluster') return { kind: text };
  const [kind, name, ...rest] = text.split('/');
  if ((kind === 'pod' || kind === 'node') && name && rest.length === 0) return { kind, name };
  throw new UsageError(`--from "${text}" is unknown: write laptop, cluster, pod/NAME or node/NAME.`);
}

/** A node that the cluster is known not to have is a slip of the pen: nothing can be said from there. */
export function nodeIsThere({ nodes }: Snapshot, from: From): void {
  if (from.kind !== 'node' || !nodes.known || nodes.items.some((n) => n.name === from.name)) return;
  const names = nodes.items.map((n) => n.name).toSorted((a, b) => distance(from.name, a) - distance(from.name, b));
  const has = names.length === 0 ? 'no nodes' : `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
  throw new UsageError(`--from node/${from.name}: there is no such node; the cluster has ${has}.`);
}

/** The snapshot of a Service that has only the port that was asked for, so that the verdict is about that port alone. */
export function onlyPort(snapshot: Snapshot, asked: string): Snapshot {
  const service = snapshot.service.known ? snapshot.service.items[0] : undefined;
  if (!service) return snapshot;
  const label = (p: ServicePortFacts) => `${p.port}/${p.protocol}`;
  const ports = service.ports.filter((p) => [String(p.port), label(p), p.name].includes(asked));
  if (ports.length === 0) {
    const has = service.ports.map((p) => `${label(p)}${p.name ? ` (${p.name})` : ''}`).join(', ') || 'no ports';
    throw new UsageError(`Service ${service.namespace}/${service.name} has no port ${asked}; it has ${has}.`);
  }
  const otherPorts = service.ports.filter((p) => !ports.includes(p));
  return { ...snapshot, service: { known: true, items: [{ ...service, ports, otherPorts }] } };
}
