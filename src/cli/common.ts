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

/** Says something beside the output, on stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
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

const paint: readonly (readonly [RegExp, Parameters<typeof styleText>[0]])[] = [
  [/^(\s*)(✓)(?= )/, 'green'],
  [/^(\s*)(!)(?= )/, 'yellow'],
  [/^(\s*)(✗)(?= )/, 'red'],
  [/^(\s*)([?i])(?= )/, 'cyan'],
  [/^(\s*)(\$ .*)$/, 'bold'],
  [/^(\s*)(Try: .*)$/, 'bold'],
  [/^(\s*)((?:- |· |skips ).*)$/, 'dim'],
];

/** Colours the marks of a text report for a terminal; untouched where stdout is none, or NO_COLOR asks for that. */
export function coloured(text: string): string {
  return text.replace(/^.*$/gm, (line) => {
    for (const [mark, style] of paint)
      if (mark.test(line))
        return line.replace(
          mark,
          (_, space: string, what: string) => space + styleText(style, what, { stream: process.stdout }),
        );
    return line;
  });
}

/** Columns as kubectl prints them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
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
