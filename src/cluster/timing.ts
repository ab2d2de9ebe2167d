/**
 * The clock of everything that waits: tests run it faster, or let it jump as a sleeping laptop's does.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Wall-clock milliseconds, a cancellable wait and a random number in [0, 1). */
export interface Timing {
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

/** The computer's own clock. */
export const realTiming: Timing = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
};
