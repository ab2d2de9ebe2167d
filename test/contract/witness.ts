/** A plain watch beside ours: when did the API server tell of a change? */
import type { Client } from '../../src/cluster/connection.ts';

// biome-ignore lint/suspicious/noExplicitAny: whatever the API server sends.
type Raw = any;

export interface Witness {
  /** When an event of these objects first fitted; waits for it. `type` is ADDED, MODIFIED or DELETED. */
  when(fits: (object: Raw, type: string) => boolean): Promise<number>;
  stop(): void;
}

/** Watches a list from now on. */
export async function witness(client: Client, path: string): Promise<Witness> {
  const { metadata } = await client.json<{ metadata: { resourceVersion: string } }>(path);
  const end = new AbortController();
  const query = { watch: true, resourceVersion: metadata.resourceVersion };
  const reply = await client.stream(path, { query, signal: end.signal });
  const seen: { at: number; type: string; object: Raw }[] = [];
  const waiting = new Set<() => void>();
  void (async () => {
    let rest = '';
    try {
      for await (const chunk of reply.body) {
        const at = Date.now();
        const lines = (rest + Buffer.from(chunk).toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) seen.push({ at, ...JSON.parse(line) });
        for (const look of [...waiting]) look();
      }
    } catch {
      // Stopped.
    }
  })();
  return {
    when: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          const found = seen.find(({ object, type }) => fits(object, type));
          if (!found) return;
          waiting.delete(look);
          resolve(found.at);
        };
        waiting.add(look);
        look();
      }),
    stop: () => end.abort(),
  };
}
