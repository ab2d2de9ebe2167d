/** The few programs that `kubectl exec` finds in the demo's containers. */

import { addAbortSignal, type Duplex, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Network, Unreachable } from './network.ts';
import type { Pod } from './objects.ts';

/** What a program is started with. */
export interface Io {
  readonly pod: Pod;
  readonly network: Network;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
}

type Program = (args: readonly string[], io: Io) => number | Promise<number>;

const WORDS: Readonly<Record<Unreachable['code'], string>> = {
  ECONNREFUSED: 'Connection refused',
  ETIMEDOUT: 'Connection timed out',
  ENOTFOUND: 'bad address',
  EHOSTUNREACH: 'No route to host',
};

const files = ({ pod }: Io): Readonly<Record<string, string>> => ({
  '/etc/hostname': `${pod.metadata.name}\n`,
  '/etc/hosts': `127.0.0.1\tlocalhost\n${pod.status.podIP}\t${pod.metadata.name}\n`,
  '/etc/resolv.conf': `search ${pod.metadata.namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n`,
});

/** Arguments without options; of an option in `valued`, the next one is its value. */
function operands(args: readonly string[], valued: string): string[] {
  return args.filter((a, i) => !a.startsWith('-') && !new RegExp(`^-[a-zA-Z]*[${valued}]$`).test(args[i - 1] ?? ''));
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  true: () => 0,
  false: () => 1,
  hostname: (_, io) => say(io, `${io.pod.metadata.name}\n`),
  echo: (args, io) => say(io, `${args.join(' ')}\n`),
  date: (_, io) => say(io, `${new Date().toUTCString()}\n`),
  env: (_, io) =>
    say(io, `HOSTNAME=${io.pod.metadata.name}\nKUBERNETES_SERVICE_HOST=10.96.0.1\nKUBERNETES_SERVICE_PORT=443\n`),
  sleep: ([seconds = '0'], { signal }) =>
    new Promise((done) => {
      const timer = setTimeout(done, Number.parseFloat(seconds) * 1_000, 0);
      signal.addEventListener('abort', () => done(clearTimeout(timer) ?? 143));
    }),
  cat: async ([name], io) => {
    if (!name || name === '-') {
      await pipeline(io.stdin, io.stdout, { end: false, signal: io.signal });
      return 0;
    }
    const text = files(io)[name];
    return text === undefined ? fail(io, `cat: can't open '${name}': No such file or directory`) : say(io, text);
  },
  nslookup: ([name = ''], io) => {
    const found = io.network.lookup(name, io.pod.metadata.namespace ?? '');
    const server = 'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n';
    if (found.length === 0) return say(io, `${server}** server can't find ${name}: NXDOMAIN\n`) || 1;
    return say(io, server + found.map((a) => `Name:\t${name}\nAddress: ${a}\n`).join(''));
  },
  nc: async (args, io) => {
    const [host = '', port = ''] = operands(args, 'wpis');
    const socket = open(io, host, Number(port), `nc: ${host} (${host}:${port})`);
    if (!socket) return 1;
    if (args.some((a) => /^-[a-y]*z/.test(a))) {
      socket.destroy();
      return 0;
    }
    // The far end ends it; our own end of input is passed on.
    io.stdin.pipe(socket);
    await pipeline(socket, io.stdout, { end: false, signal: io.signal });
    return 0;
  },
  wget: async (args, io) => {
    const [address = ''] = operands(args, 'OTtU');
    const url = new URL(/^https?:\/\//.test(address) ? address : `http://${address}`);
    const port = Number(url.port || 80);
    const socket = open(io, url.hostname, port, `wget: can't connect to remote host (${url.hostname})`);
    if (!socket) return 1;
    // By hand, not by node:http: an editor's proxy settings change that one's requests, and this one must never leave.
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.0\r\nHost: ${url.host}\r\nUser-Agent: Wget\r\n\r\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of addAbortSignal(io.signal, socket)) chunks.push(chunk as Buffer);
    const answer = Buffer.concat(chunks);
    const head = answer.subarray(0, answer.indexOf('\r\n\r\n')).toString();
    const [status = '', code] = /^HTTP\S+ (\d+).*/.exec(head) ?? [];
    if (args.includes('-S')) io.stderr.write(head.replace(/^/gm, '  ').concat('\n'));
    if (Number(code) >= 400) return fail(io, `wget: server returned error: ${status}`);
    if (!args.includes('--spider')) io.stdout.write(answer.subarray(head.length + 4));
    return 0;
  },
  sh: async (args, io) => {
    const at = args.indexOf('-c');
    if (at >= 0) return run(words(args[at + 1] ?? ''), io);
    let code = 0;
    let rest = '';
    for await (const chunk of io.stdin) {
      const lines = (rest + String(chunk)).split(/\r?\n|\r/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const argv = words(line);
        if (argv[0] === 'exit') return Number(argv[1] ?? code);
        if (argv.length > 0) code = await run(argv, { ...io, stdin: Readable.from([]) });
      }
    }
    return code;
  },
};

const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');

function say({ stdout }: Io, text: string): number {
  stdout.write(text);
  return 0;
}

function fail({ stderr }: Io, text: string): number {
  stderr.write(`${text}\n`);
  return 1;
}

function open(io: Io, host: string, port: number, who: string): Duplex | undefined {
  try {
    return io.network.dial(io.pod, host, port);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    fail(
      io,
      error.code === 'ENOTFOUND' ? `${who.split(':')[0]}: bad address '${host}'` : `${who}: ${WORDS[error.code]}`,
    );
    return undefined;
  }
}

/** True when there is such a program. */
export const exists = (name: string): boolean => Object.hasOwn(PROGRAMS, name.replace(/^.*\//, ''));

/** Runs it; resolves with its exit code. */
export async function run([name = '', ...args]: readonly string[], io: Io): Promise<number> {
  const short = name.replace(/^.*\//, '');
  if (short === 'timeout')
    return run(args.slice(1), {
      ...io,
      signal: AbortSignal.any([io.signal, AbortSignal.timeout(Number.parseFloat(args[0] ?? '0') * 1_000)]),
    });
  const program = exists(name) ? PROGRAMS[short] : undefined;
  if (!program) return fail(io, `sh: ${name}: not found`) && 127;
  try {
    return await program(args, io);
  } catch (error) {
    if (io.signal.aborted) return 143;
    return fail(io, `${short}: ${(error as Error).message}`);
  }
}
