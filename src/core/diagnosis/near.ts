/** Which names and labels are nearly the ones that were meant. */
import type { Labels } from '../snapshot.ts';

/** Edits (insert, delete, replace, swap of neighbours) from one word to the other. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] && i > 1 && j > 1)
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The names that a person may have meant, nearest first: two letters off at most, and of a short word fewer. */
export function nearest(word: string, names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, off: distance(word, name) }))
    .filter(({ off }) => off <= Math.min(2, word.length / 3))
    .sort((a, b) => a.off - b.off || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

/** One label of a selector that an object does not have as wanted; `has` absent: it lacks the key. */
export interface LabelDifference {
  readonly key: string;
  readonly wants: string;
  readonly has?: string;
}

/** What keeps a selector from matching these labels. */
export function differences(selector: Labels, labels: Labels): LabelDifference[] {
  return Object.entries(selector)
    .filter(([k, v]) => !Object.hasOwn(labels, k) || labels[k] !== v)
    .map(([key, wants]) => {
      const has = Object.hasOwn(labels, key) ? labels[key] : undefined;
      return has === undefined ? { key, wants } : { key, wants, has };
    });
}

/** How far labels are from a selector: a wrong value costs its letters, a key that is missing more than any value. */
export function farness(selector: Labels, labels: Labels): number {
  return differences(selector, labels).reduce(
    (sum, d) => sum + (d.has === undefined ? 100 : Math.min(99, distance(d.wants, d.has))),
    0,
  );
}
