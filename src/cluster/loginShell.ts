/**
 * The PATH of the user's login shell. An editor started from a dock or a menu has the session's short PATH, in which programs
 * installed by Homebrew, asdf or gcloud are missing; the shell's start files know where they are.
 */

import { execFile } from 'node:child_process';

const known = new Map<string, Promise<string | undefined>>();

/** Asked once per shell, and only when something was not found; undefined when the shell does not tell within 5 s. */
export function loginShellPath(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const shell = env['SHELL'];
  if (!shell || process.platform === 'win32') return Promise.resolve(undefined);
  const path = known.get(shell) ?? ask(shell, env);
  known.set(shell, path);
  return path;
}

function ask(shell: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  // Start files may print a greeting: the marks say which part is the answer.
  const args = ['-ilc', 'printf "<<%s>>" "$PATH"'];
  return new Promise((resolve) => {
    const child = execFile(shell, args, { env, timeout: 5000, killSignal: 'SIGKILL' }, (_error, stdout) =>
      resolve(/<<([^<>]+)>>/.exec(stdout)?.[1]),
    );
    child.stdin?.end();
  });
}
