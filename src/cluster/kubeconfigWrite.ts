/**
 * The one change that we make to a kubeconfig: renewed OIDC tokens, in place of the old ones, all else left as it is written.
 */

import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { isScalar, parseDocument } from 'yaml';
import type { Entry } from './kubeconfigFile.ts';

/**
 * Replaces values of the user's auth-provider config that are there already. Guarded by the lock file that kubectl uses; when
 * it is held, or the file may not be written, nothing happens: the tokens serve us all the same.
 */
export async function rewriteAuthProvider(user: Entry, values: Readonly<Record<string, string>>): Promise<void> {
  const lock = `${user.file}.lock`;
  try {
    await (await open(lock, 'wx')).close();
  } catch {
    return;
  }
  try {
    const before = await readFile(user.file, 'utf8');
    const after = replaced(before, user.name, values);
    if (after !== before) await writeFile(user.file, after);
  } catch {
    // Not ours to write: kubectl will renew for itself.
  } finally {
    await rm(lock, { force: true });
  }
}

function replaced(source: string, userName: string, values: Readonly<Record<string, string>>): string {
  const document = parseDocument(source);
  const users = document.toJS()?.users as readonly { name?: unknown }[] | undefined;
  const index = users?.findIndex(({ name }) => name === userName) ?? -1;
  const edits = Object.entries(values).flatMap(([key, value]) => {
    const node = document.getIn(['users', index, 'user', 'auth-provider', 'config', key], true);
    return isScalar(node) && node.range && node.value !== value
      ? [{ from: node.range[0], to: node.range[1], value }]
      : [];
  });
  edits.sort((a, b) => b.from - a.from);
  // A double-quoted YAML scalar is a JSON string, whatever style stood there.
  return edits.reduce(
    (text, { from, to, value }) => text.slice(0, from) + JSON.stringify(value) + text.slice(to),
    source,
  );
}
