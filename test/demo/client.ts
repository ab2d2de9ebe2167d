/** The least client that a test of the demo needs: it must not lean on src/cluster, which is tested against the demo. */

import { request } from 'node:https';
import type { Demo } from '../../src/demo/demo.ts';

/** As far as the tests look into objects. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly json: Json;
}

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function open(
  demo: Demo,
  path: string,
  { method = 'GET', body, type = 'application/json', accept, token, headers: more }: Ask,
) {
  const headers = {
    Authorization: `Bearer ${token ?? demo.token}`,
    'Content-Type': type,
    ...(accept && { Accept: accept }),
    ...more,
  };
  const asked = request(demo.url + path, { method, ca: demo.ca, headers, agent: false });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return asked;
}

/** One request, its answer parsed where it is JSON. */
export function ask(demo: Demo, path: string, options: Ask = {}): Promise<Answer> {
  return new Promise((done, failed) => {
    const asked = open(demo, path, options);
    asked.once('error', failed).once('response', async (response) => {
      let text = '';
      response.once('error', failed);
      for await (const chunk of response) text += String(chunk);
      let json: Json = text;
      if (response.headers['content-type']?.includes('json')) json = JSON.parse(text);
      done({ status: response.statusCode ?? 0, json });
    });
  });
}

/** A watch whose events are taken one by one. */
export interface Watch {
  next(): Promise<Json>;
  /** Resolves when the server ends it. */
  readonly ended: Promise<void>;
  close(): void;
}

export function watch(demo: Demo, path: string, options: Ask = {}): Promise<Watch> {
  return new Promise((done, failed) => {
    const asked = open(demo, path, options);
    asked.once('error', failed).once('response', (response) => {
      let rest = '';
      const waiting: ((event: Json) => void)[] = [];
      const events: Json[] = [];
      response.on('data', (chunk) => {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const event of lines.map((line) => JSON.parse(line))) {
          const taker = waiting.shift();
          if (taker) taker(event);
          else events.push(event);
        }
      });
      const ended = new Promise<void>((end) => response.once('close', end));
      response.on('error', () => {});
      const next = () => new Promise<Json>((take) => (events.length > 0 ? take(events.shift()) : waiting.push(take)));
      done({ next, ended, close: () => asked.destroy() });
    });
  });
}

/** Asks again until it is so. */
export async function until<T>(look: () => Promise<T | undefined | false>, what: string, ms = 6_000): Promise<T> {
  for (const end = Date.now() + ms; ; ) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
