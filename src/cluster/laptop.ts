/**
 * The computer that Traffic Path runs on. Reads what the system says about itself; sends nothing.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { LaptopFacts } from '../core/snapshot.ts';

/** Platform, WSL or not, and own addresses, as they are now; the same object as before when nothing changed. */
export function laptopFacts(before?: LaptopFacts): LaptopFacts {
  const platform = (['linux', 'darwin', 'win32'] as const).find((p) => p === process.platform) ?? 'other';
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, all]) =>
    (all ?? []).flatMap(({ internal, cidr }) => (internal || !cidr ? [] : [{ interface: name, cidr }])),
  );
  const now: LaptopFacts = { platform, wsl: platform === 'linux' && inWsl(), addresses };
  return before && isDeepStrictEqual(now, before) ? before : now;
}

let wsl: boolean | undefined;

/** WSL's kernel says so in its name: https://learn.microsoft.com/windows/wsl/ */
function inWsl(): boolean {
  if (wsl === undefined) {
    try {
      wsl = /microsoft/i.test(readFileSync('/proc/sys/kernel/osrelease', 'utf8'));
    } catch {
      wsl = false;
    }
  }
  return wsl;
}
