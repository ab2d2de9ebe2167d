// What one line of the bench says: what we take, what a named peer takes for the same in the same run, and the limit.

/** A measured budget. `value` and `peer` are in `unit`; a limit is absolute, or a ratio to the peer. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: 'KiB' | 'ms' | 'connections' | 'requests' | 'files';
  readonly limit?: number;
  readonly peer?: { readonly name: string; readonly value: number; readonly limit?: number };
}

/** A group of rows that are measured together. */
export type Measure = () => Promise<readonly Row[]>;

/** The middle one: a single slow run says nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs the work some times and returns the median of its milliseconds; the first runs only warm up. */
export async function milliseconds(work: () => unknown, runs = 15, warmUp = 3): Promise<number> {
  const times: number[] = [];
  for (let run = -warmUp; run < runs; run++) {
    const start = performance.now();
    await work();
    if (run >= 0) times.push(performance.now() - start);
  }
  return median(times);
}

const number = (value: number) =>
  Number.isInteger(value) ? String(value) : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);

/** The row as a line of the table, in Markdown. */
export function print(row: Row): string {
  const { what, value, unit, limit, peer } = row;
  const ratio = peer ? value / peer.value : undefined;
  const over = (limit !== undefined && value > limit) || (peer?.limit !== undefined && !((ratio ?? 0) <= peer.limit));
  const limits = [
    ...(limit === undefined ? [] : [`≤ ${limit} ${unit}`]),
    ...(peer?.limit === undefined ? [] : [`≤ ${number(peer.limit)}×`]),
  ];
  return `| ${[
    what,
    `${number(value)} ${unit}`,
    peer ? `${peer.name}: ${number(peer.value)} ${unit}` : '',
    ratio !== undefined ? `${number(ratio)}×` : limit ? `${number(value / limit)} of the limit` : '',
    limits.join(', '),
    over ? '**over budget**' : limits.length > 0 ? 'within' : 'no budget',
  ].join(' | ')} |`;
}
