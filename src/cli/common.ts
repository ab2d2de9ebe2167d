/** What the commands of the terminal share: which cluster they mean, how they end, how they speak. */
import { styleText } from 'node:util';
import type { Cluster } from '../cluster/cluster.ts';
import { connect } from '../cluster/connect.ts';
import { loadKubeconfig } from '../cluster/kubeconfig.ts';
import type { Verdict } from '../core/path.ts';

/** Wrong use: a sentence for the person who typed it, exit code 2. */
export class UsageError extends Error {}

/** What a process ends with: 0 works or degraded, 1 broken, 2 wrong use or could not look at all, 3 unknown. */
export const exitCodes: Readonly<Record<Verdict, number>> = { works: 0, degraded: 0, broken: 1, unknown: 3 };

/** Options of every command that looks at a cluster. */
export interface ClusterOptions {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly namespace?: string;
}

/** The cluster that the options mean, and the namespace that is meant when none is named. The caller disposes it. */
export async function openCluster(options: ClusterOptions): Promise<{ cluster: Cluster; namespace: string }> {
  const kubeconfig = await loadKubeconfig({
    env: process.env,
    ...(options.kubeconfig === undefined ? {} : { setting: options.kubeconfig }),
  });
  for (const warning of kubeconfig.warnings) note(warning);
  const target = await kubeconfig.target(options.context);
  return { cluster: connect(target), namespace: options.namespace ?? target.namespace };
}

/** Text of a cluster or a kubeconfig without what moves a terminal's cursor, colours or turns its text around. */
const harmless = (text: string) => text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '');

/** Says something beside the output, on stderr. */
export function note(text: string): void {
  process.stderr.write(`${harmless(text)}\n`);
}

/** Writes to stdout; a reader that went away (`| head`) is no fault. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Aborts on Ctrl-C and on a polite request to end; `dispose` takes the handlers away again. */
export function untilStopped(): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}

type Style = Parameters<typeof styleText>[0];

/** Verdicts and findings are coloured with their word, hops by their mark alone; the first line that matches counts. */
const paint: readonly (readonly [RegExp, Style])[] = [
  [/^()(✓ works:)/, ['green', 'bold']],
  [/^()(! degraded:|! warning \S+)/, ['yellow', 'bold']],
  [/^()(✗ broken:|✗ error \S+)/, ['red', 'bold']],
  [/^()(\? unknown:|i note \S+)/, ['cyan', 'bold']],
  [/^(\s*)(✓)(?= )/, 'green'],
  [/^(\s*)(!)(?= )/, 'yellow'],
  [/^(\s*)(✗)(?= )/, 'red'],
  [/^(\s*)([?i])(?= )/, 'cyan'],
  [/^(\s*)(\$ .*)$/, 'bold'],
  [/^(\s*)(Try: .*)$/, 'bold'],
  [/^(\s*)((?:- |· |skips |the same way ).*)$/, 'dim'],
];

/** Colours a text report for a terminal; untouched where stdout is none, or NO_COLOR asks for that. */
export function coloured(text: string): string {
  const style = (what: string, how: Style) => styleText(how, what, { stream: process.stdout });
  const [first = '', ...rest] = text.split('\n');
  const lines = rest.map((line) => {
    const found = paint.find(([mark]) => mark.test(line));
    return found ? line.replace(found[0], (_, space: string, what: string) => space + style(what, found[1])) : line;
  });
  return [style(first, 'bold'), ...lines].join('\n');
}

/** Columns as kubectl prints them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((r) => r.map((cell) => harmless(cell).replace(/[\n\t]/g, ' ')));
  const widths = head.map((_, i) => Math.max(...all.map((r) => (r[i] ?? '').length)));
  return all
    .map((r) =>
      r
        .map((cell, i) => (i === r.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
