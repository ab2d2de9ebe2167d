/**
 * Credentials from a program that the kubeconfig names (aws, gke-gcloud-auth-plugin, kubelogin …). client-node's own runner
 * gives it no cluster, no time limit and no way to stop it, hence this one.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import type { Choice } from './choice.ts';
import { ClusterError } from './errors.ts';
import { type ExecSpec, execInfo, execSpec } from './execSpec.ts';
import { loginShellPath } from './loginShell.ts';
import { redact } from './secrets.ts';

/** What a plugin answered. `expires`: milliseconds since 1970; absent: valid until refused. */
export interface ExecCredential {
  readonly token?: string;
  /** PEM. */
  readonly cert?: string;
  readonly key?: string;
  readonly expires?: number;
}

/** A log-in in the browser takes its time; a plugin that waits for a terminal it does not have would wait for ever. */
const defaultTimeoutMs = 60_000;

/** Runs the plugin of the context's user. Rejects with ClusterError('credentials' | 'config' | 'timeout' | 'cancelled'). */
export async function runExecPlugin(
  choice: Choice,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  timeoutMs = defaultTimeoutMs,
): Promise<ExecCredential> {
  const spec = execSpec(choice);
  const info = JSON.stringify(await execInfo(choice, spec));
  const env: Record<string, string | undefined> = { ...environment, ...spec.env, KUBERNETES_EXEC_INFO: info };
  const bare = !/[/\\]/.test(spec.command);
  const command = bare ? spec.command : resolve(dirname(spec.file), spec.command);
  const run = (path?: string) =>
    runProgram(command, spec, path === undefined ? env : { ...env, PATH: path }, signal, timeoutMs);
  let output = await run();
  if (output === 'not found' && bare) {
    const path = await loginShellPath(environment);
    if (path) output = await run(`${path}:${env['PATH'] ?? ''}`);
  }
  if (output === 'not found') {
    const hint = spec.installHint ? ` ${spec.installHint}` : '';
    throw new ClusterError('credentials', `${spec.who} needs the program ${command}, which was not found.${hint}`);
  }
  return parseCredential(output, spec);
}

function runProgram(
  command: string,
  { args, who }: ExecSpec,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<string> {
  return new Promise((done, fail) => {
    const failed = (kind: 'credentials' | 'timeout' | 'cancelled', why: string) => {
      fail(new ClusterError(kind, `${who}: ${command} ${why}`));
    };
    if (signal.aborted) return failed('cancelled', 'was not run, the request was cancelled.');
    // In a process group of its own, so that what it started is stopped with it.
    const group = process.platform !== 'win32';
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: group, windowsHide: true });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < 1 << 20) stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4000);
    });
    const stop = () => {
      failed('cancelled', 'was stopped, the request was cancelled.');
      kill(child, group);
    };
    const timer = setTimeout(() => {
      failed('timeout', `did not answer within ${timeoutMs / 1000} s.${lastLine(stderr)}`);
      kill(child, group);
    }, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      over();
      if (error.code === 'ENOENT') done('not found');
      else
        failed(
          'credentials',
          error.code === 'EACCES' ? 'may not be executed.' : `could not be started (${error.code}).`,
        );
    });
    child.on('close', (code, killedBy) => {
      over();
      if (code === 0) done(stdout);
      else failed('credentials', `failed (${killedBy ?? `exit code ${code}`}).${lastLine(stderr)}`);
    });
  });
}

function kill(child: ChildProcess, group: boolean): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  try {
    if (group && child.pid) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** What the plugin said last: mostly what to do, such as "run aws sso login". */
function lastLine(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1)?.trim();
  return line ? ` It said: ${redact(line).slice(0, 500)}` : '';
}

function parseCredential(output: string, { who, command, apiVersion }: ExecSpec): ExecCredential {
  const wrong = (why: string) => new ClusterError('credentials', `${who}: ${command} ${why}.`);
  let answer: { kind?: unknown; apiVersion?: unknown; status?: Record<string, unknown> };
  try {
    answer = JSON.parse(output);
  } catch {
    // Never the output itself: it may be a token.
    throw wrong('answered with something that is not JSON');
  }
  if (answer?.kind !== 'ExecCredential') throw wrong('did not answer with an ExecCredential');
  if (answer.apiVersion !== apiVersion) {
    throw wrong(`answered with apiVersion ${String(answer.apiVersion)}, not ${apiVersion} as the kubeconfig says`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = answer.status ?? {};
  if (Boolean(cert) !== Boolean(key)) throw wrong('answered with a certificate or a key, but not both');
  if (!token && !cert) throw wrong('answered with neither a token nor a certificate');
  const expires = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    ...(typeof token === 'string' && token ? { token } : {}),
    ...(typeof cert === 'string' && typeof key === 'string' && cert ? { cert, key } : {}),
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
}
