/**
 * One gate before one API server. All watches of a cluster wait at it while the server is away, and one small request
 * finds out for all of them that it is back: twelve watches that each retry would be a storm.
 */
import type { Client } from './connection.ts';
import { ClusterError } from './errors.ts';
import type { Timing } from './timing.ts';

const PROBE_GAP = 1000;
const RETRY_GAP = 250;
const PROBE_TIMEOUT = 3000;
const HEARTBEAT = 5000;
/** A wait that took this much longer than asked for: the computer slept. Sockets that look open may be dead. */
const SLEPT = 15_000;

/** Since when (ms) and why the API server cannot be followed. */
export interface Trouble {
  readonly since: number;
  readonly why: string;
}

/** `slept`: the computer did, so what looks like an open stream may be none. */
export type News = 'down' | 'up' | 'slept';

/** Where those who ask an API server in the background wait while it is away. */
export class Gate {
  #client: Client;
  #timing: Timing;
  #end = new AbortController();
  #doubted = true;
  #probing = false;
  #beating = false;
  #lastHeard: number;
  #lastProbe = Number.NEGATIVE_INFINITY;
  #nextRetry = 0;
  #failures = 0;
  #waiting = new Set<() => void>();
  #users = new Set<(news: News) => void>();

  /** `gitVersion` of the API server, once it was heard. */
  serverVersion: string | undefined;
  /** Present while the server does not answer, or refuses who we are. */
  down: (Trouble & { readonly error: ClusterError }) | undefined;

  constructor(client: Client, timing: Timing) {
    this.#client = client;
    this.#timing = timing;
    this.#lastHeard = timing.now();
  }

  /** Tells when the server goes and comes, and again when the reason why it is away is another one. */
  attach(changed: (news: News) => void): () => void {
    this.#users.add(changed);
    void this.#heartbeat();
    return () => this.#users.delete(changed);
  }

  /** Resolves when the server is believed to answer. Rejects when the signal aborts. */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#doubted) return;
    void this.#probe();
    await new Promise<void>((resolve, reject) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        this.#waiting.delete(done);
        reject(signal.reason);
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Something broke: nobody asks anything until one probe was answered. */
  doubt(): void {
    this.#doubted = true;
    if (this.#wanted) void this.#probe();
  }

  /** Data came from the server. */
  heard(): void {
    this.#lastHeard = this.#timing.now();
  }

  /** For those who ask again after an error though the server answers others: not before `ms`, and never all at once. */
  async pace(ms: number, signal: AbortSignal): Promise<void> {
    await this.#timing.sleep(ms * (1 + this.#timing.random() * 0.3), signal);
    const now = this.#timing.now();
    const at = Math.max(now, this.#nextRetry);
    this.#nextRetry = at + RETRY_GAP;
    if (at > now) await this.#timing.sleep(at - now, signal);
  }

  dispose(): void {
    this.#users.clear();
    this.#end.abort();
  }

  get #wanted(): boolean {
    return this.#users.size > 0 || this.#waiting.size > 0;
  }

  async #probe(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    const { signal } = this.#end;
    try {
      while (this.#doubted && this.#wanted && !signal.aborted) {
        const wait = this.#lastProbe + PROBE_GAP - this.#timing.now();
        if (wait > 0) await this.#timing.sleep(wait, signal);
        this.#lastProbe = this.#timing.now();
        const error = await this.#ask(signal);
        if (signal.aborted) return;
        if (!error) this.#up();
        else {
          this.#fell(error);
          await this.#timing.sleep(this.#backOff(), signal);
        }
      }
    } catch {
      // Only a disposed gate's waits reject.
    } finally {
      this.#probing = false;
    }
  }

  async #ask(signal: AbortSignal): Promise<ClusterError | undefined> {
    try {
      const answer = await this.#client.json<{ gitVersion?: unknown }>('/version', {
        signal,
        timeoutMs: PROBE_TIMEOUT,
      });
      if (typeof answer?.gitVersion === 'string') this.serverVersion = answer.gitVersion;
      return undefined;
    } catch (error) {
      const failed = error instanceof ClusterError ? error : new ClusterError('server', String(error));
      // Whoever may not read /version was answered all the same.
      return ['forbidden', 'not-found', 'gone'].includes(failed.kind) ? undefined : failed;
    }
  }

  #up(): void {
    this.#failures = 0;
    this.heard();
    this.#doubted = false;
    const came = this.down !== undefined;
    this.down = undefined;
    for (const resume of [...this.#waiting]) resume();
    if (came) this.#tell('up');
  }

  #fell(error: ClusterError): void {
    this.#failures++;
    this.down = { since: this.down?.since ?? this.#lastHeard, why: error.message, error };
    this.#tell('down');
  }

  /**
   * Quick while a restart is likely (≤ 5 s for two minutes), then slow; never twice in a second. Slow from the first when
   * it is us who are refused: each attempt may ask a person to log in, or bring an account nearer to being locked.
   */
  #backOff(): number {
    const { since = 0, error } = this.down ?? {};
    const jitter = 1 + this.#timing.random() * 0.3;
    if (error?.kind === 'credentials' || error?.kind === 'config')
      return Math.min(600_000, 10_000 * 2 ** (this.#failures - 1)) * jitter;
    const ceiling = this.#timing.now() - since < 120_000 ? 5000 : 30_000;
    return Math.min(ceiling, PROBE_GAP * 1.5 ** (this.#failures - 1)) * jitter;
  }

  /** Notices a server that vanished without a word (a cable, a VPN) and a computer that slept. */
  async #heartbeat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    const { signal } = this.#end;
    try {
      while (this.#users.size > 0) {
        const before = this.#timing.now();
        await this.#timing.sleep(HEARTBEAT, signal);
        const now = this.#timing.now();
        if (now - before > HEARTBEAT + SLEPT) {
          this.doubt();
          this.#tell('slept');
        } else if (now - this.#lastHeard >= HEARTBEAT) this.doubt();
      }
    } catch {
      // As above.
    } finally {
      this.#beating = false;
    }
  }

  #tell(news: News): void {
    for (const changed of [...this.#users]) changed(news);
  }
}
