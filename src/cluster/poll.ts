/**
 * Something small that is asked again now and then, where a watch would be of far more than we need.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AccessRule, Known } from '../core/snapshot.ts';
import { ClusterError, whyOf } from './errors.ts';
import type { Feed, Server } from './watch.ts';

/** A few objects, asked for again every `every` ms, or soon after `refresh()`. */
export interface Polled<T> extends Feed<T> {
  refresh(): void;
}

/** Asks until disposed. Waits at the server's gate; never throws. */
export function poll<T>(
  server: Server,
  { ask, every, rule }: { ask(signal: AbortSignal): Promise<readonly T[]>; every: number; rule: AccessRule },
  changed: () => void,
): Polled<T> {
  const { gate, timing } = server;
  const end = new AbortController();
  const { signal } = end;
  let value: Known<T> | undefined;
  let wake = new AbortController();
  const detach = gate.attach(() => {});

  const publish = (now: Known<T>) => {
    if (isDeepStrictEqual(now, value)) return;
    value = now;
    changed();
  };
  const once = async () => {
    try {
      await gate.open(signal);
      publish({ known: true, items: await ask(signal) });
      gate.heard();
    } catch (error) {
      if (signal.aborted) return;
      const failed = error instanceof ClusterError ? error : new ClusterError('server', String(error));
      const { kind, needs, user } = failed;
      if (kind === 'forbidden')
        publish({ known: false, why: whyOf(failed), needs: needs ?? rule, ...(user ? { user } : {}) });
      else if (!value) publish({ known: false, why: failed.message });
      if (kind !== 'forbidden' && kind !== 'not-found') gate.doubt();
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      wake = new AbortController();
      await once();
      await timing.sleep(every * (1 + timing.random() * 0.2), AbortSignal.any([signal, wake.signal])).catch(() => {});
      // Changes come in flocks: let the flock land.
      if (wake.signal.aborted) await timing.sleep(200, signal).catch(() => {});
    }
  };
  void run();
  return {
    get value() {
      return value;
    },
    trouble: undefined,
    refresh: () => wake.abort(),
    dispose() {
      detach();
      end.abort();
    },
  };
}
