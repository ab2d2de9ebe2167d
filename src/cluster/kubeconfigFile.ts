/**
 * One kubeconfig file, read; several, merged as kubectl merges them: the first file to name a context, cluster or user
 * keeps it whole, and the first current-context wins.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */

import { readFile } from 'node:fs/promises';
// Parses what kubectl parses (YAML 1.1 as go-yaml reads it, JSON as its subset) and says the line of a mistake.
import { parseAllDocuments, type Tags } from 'yaml';

/** A context, cluster or user as its file has it, and the file, to which its relative paths are relative. */
export interface Entry {
  readonly name: string;
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What one kubeconfig file, or several merged, define. */
export interface Entries {
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

/** A file's definitions, and what is wrong in it, one sentence each, the file's name in it. `missing`: there is no such file. */
export interface FileReading {
  readonly file: string;
  readonly entries: Entries;
  readonly warnings: readonly string[];
  readonly missing: boolean;
}

const nothing: Entries = { currentContext: '', contexts: new Map(), clusters: new Map(), users: new Map() };

/** Reads one file. Never rejects: what cannot be read is a warning, so that it does not hide other files' contexts. */
export async function readKubeconfigFile(file: string): Promise<FileReading> {
  try {
    return { file, missing: false, ...parseKubeconfig(await readFile(file, 'utf8'), file) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { file, missing: true, entries: nothing, warnings: [] };
    return { file, missing: false, entries: nothing, warnings: [`${file} cannot be read: ${reasonOf(code)}.`] };
  }
}

/** Why the file system refused, in words. */
export function reasonOf(code: string | undefined): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return code ?? 'unknown reason';
}

/** The definitions in a kubeconfig's text. A mistake in one entry costs that entry, a mistake of syntax the file. */
export function parseKubeconfig(text: string, file: string): Pick<FileReading, 'entries' | 'warnings'> {
  // kubectl's reader leaves dates as the text they are.
  const customTags = (tags: Tags): Tags =>
    tags.filter((tag) => typeof tag !== 'object' || !tag.tag.endsWith('timestamp'));
  // As kubectl does: of several documents the first is read, of a key written twice the last value.
  const options = { version: '1.1', customTags, uniqueKeys: false } as const;
  const [document] = parseAllDocuments(text.replace(/^\uFEFF/, ''), options);
  if (!document || !('errors' in document)) return { entries: nothing, warnings: [] };
  const mistake = document.errors[0];
  if (mistake) {
    const line = mistake.linePos?.[0].line;
    const why = mistake.code.toLowerCase().replaceAll('_', ' ');
    return { entries: nothing, warnings: [`${file} is not valid YAML${line ? ` at line ${line}` : ''}: ${why}.`] };
  }
  const root: unknown = document.toJS();
  if (root === null || root === undefined) return { entries: nothing, warnings: [] };
  if (!isObject(root)) return { entries: nothing, warnings: [`${file} is not a kubeconfig: it holds no mapping.`] };
  const { kind, apiVersion } = root;
  if ((kind ?? 'Config') !== 'Config' || (apiVersion ?? 'v1') !== 'v1') {
    const what = `kind ${String(kind ?? 'Config')}, apiVersion ${String(apiVersion ?? 'v1')}`;
    return { entries: nothing, warnings: [`${file} is not a kubeconfig: it says ${what}.`] };
  }
  const warnings: string[] = [];
  const list = (key: string, field: string): Map<string, Entry> => {
    const found = new Map<string, Entry>();
    const raw = root[key] ?? [];
    if (!Array.isArray(raw)) {
      warnings.push(`${file}: ${key} is not a list.`);
      return found;
    }
    for (const [index, item] of raw.entries()) {
      const name: unknown = isObject(item) ? (item['name'] ?? '') : undefined;
      const value: unknown = isObject(item) ? (item[field] ?? {}) : undefined;
      if ((typeof name !== 'string' && typeof name !== 'number') || !isObject(value)) {
        warnings.push(`${file}: ${key}[${index}] is not a named ${field}.`);
      } else if (found.has(String(name))) {
        warnings.push(`${file}: ${field} "${name}" is defined twice; the first counts.`);
      } else found.set(String(name), { name: String(name), file, value });
    }
    return found;
  };
  const entries: Entries = {
    currentContext: typeof root['current-context'] === 'string' ? root['current-context'] : '',
    contexts: list('contexts', 'context'),
    clusters: list('clusters', 'cluster'),
    users: list('users', 'user'),
  };
  return { entries, warnings };
}

/** Several files' definitions as one. */
export function mergeEntries(all: readonly Entries[]): Entries {
  const first = (pick: (entries: Entries) => ReadonlyMap<string, Entry>) =>
    new Map(all.toReversed().flatMap((entries) => [...pick(entries)]));
  return {
    currentContext: all.find(({ currentContext }) => currentContext !== '')?.currentContext ?? '',
    contexts: first((entries) => entries.contexts),
    clusters: first((entries) => entries.clusters),
    users: first((entries) => entries.users),
  };
}

/** A field's text; kubeconfigs in the wild hold numbers where names are meant. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** The user's home folder, by the variables that kubectl reads. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  return env['HOME'] || env['USERPROFILE'] || (env['HOMEDRIVE'] ?? '') + (env['HOMEPATH'] ?? '');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
