/** Reading JSON of unknown shape: each reader gives a value of its type whatever it meets, never an exception. */
import type { Labels, Protocol } from './snapshot.ts';

/** A JSON object whose fields nobody has looked at yet. */
export type Json = Readonly<Record<string, unknown>>;

/** An object; anything else is an empty one. */
export const obj = (v: unknown): Json => (typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Json) : {});
/** A list; anything else is an empty one. */
export const list = (v: unknown): readonly unknown[] => (Array.isArray(v) ? v : []);
/** A string, or a number as one; anything else is empty. */
export const str = (v: unknown): string => (typeof v === 'string' ? v : typeof v === 'number' ? String(v) : '');
/** The same, absent instead of empty. */
export const text = (v: unknown): string | undefined => str(v) || undefined;
/** A finite number, or absent. */
export const num = (v: unknown): number | undefined => (typeof v === 'number' && Number.isFinite(v) ? v : undefined);
/** The strings of a list that are not empty. */
export const strings = (v: unknown): string[] => list(v).map(str).filter(Boolean);
/** A string map, its values as text: manifests hold numbers and booleans where strings are meant. */
export const labels = (v: unknown): Labels =>
  Object.fromEntries(
    Object.entries(obj(v))
      .filter(([, x]) => ['string', 'number', 'boolean'].includes(typeof x))
      .map(([k, x]) => [k, String(x)]),
  );
/** One of the allowed words, else the one given for all others. */
export const oneOf = <const T extends string>(v: unknown, allowed: readonly T[], otherwise: NoInfer<T>): T =>
  allowed.find((a) => a === v) ?? otherwise;
/** A protocol; TCP is the API’s default. */
export const protocol = (v: unknown): Protocol => oneOf(v, ['TCP', 'UDP', 'SCTP'], 'TCP');

/** Leaves out undefined values, so that optional facts are absent rather than undefined. */
export type Optional<T> = { [K in keyof T]: T[K] | undefined };
export function some<T extends object>(v: Optional<T>): T {
  return Object.fromEntries(Object.entries(v).filter(([, x]) => x !== undefined)) as T;
}
