/** What goes wrong between a client and an API server, made on purpose: for tests of clients, no part of the demo that people see. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './errors.ts';

/** Which requests a trouble meets; all, when neither is said. */
export interface Which {
  /** Only so many, then it is over. Default: until `calm()`. */
  readonly times?: number;
  /** Only those whose `METHOD /path?query` matches. */
  readonly match?: RegExp;
}

/** Why the API server refuses: `answer(401)` and so on. */
const ANSWERS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden: by the test'],
  410: ['Expired', 'The resourceVersion for the provided watch is too old.'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred: by the test'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
};

type Act = (request: IncomingMessage, response: ServerResponse) => boolean;

/** What the next requests meet instead of their answer. */
export class Trouble {
  /** The requests (the last 10,000 of them), as `METHOD /path?query`. */
  readonly requests: string[] = [];
  #rules: { left: number; match: RegExp | undefined; act: Act }[] = [];

  /** Answers with that status; `body` in place of the usual Status. */
  answer(code: number, which: Which = {}, body?: string): void {
    this.#add(which, (_, response) => {
      const [reason, message] = ANSWERS[code] ?? ['Unknown', 'by the test'];
      const text = body ?? JSON.stringify(new ApiError(code, reason, message).status());
      response
        .writeHead(code, { 'Content-Type': 'application/json', ...(code === 429 && { 'Retry-After': '1' }) })
        .end(text);
      return true;
    });
  }

  /** Breaks the connection without an answer. */
  hangUp(which: Which = {}): void {
    this.#add(which, (request) => Boolean(request.socket.destroy()));
  }

  /** Never answers. */
  silence(which: Which = {}): void {
    this.#add(which, () => true);
  }

  /** Breaks the connection in the middle of the first chunk of the answer. */
  halve(which: Which = {}): void {
    this.#add(which, (request, response) => {
      const write = response.write.bind(response);
      const cut = (chunk: unknown) => {
        const text = String(chunk);
        write(text.slice(0, text.length / 2), () => request.socket.destroy());
        return true;
      };
      Object.assign(response, { write: cut, end: (chunk: unknown) => (chunk ? cut(chunk) : request.socket.destroy()) });
      return false;
    });
  }

  /** Waits before each answer. */
  delay(ms: number, which: Which = {}): void {
    this.#add(which, (_, response) => {
      const end = response.end.bind(response) as (chunk?: unknown) => ServerResponse;
      Object.assign(response, { end: (chunk?: unknown) => setTimeout(() => end(chunk), ms) && response });
      return false;
    });
  }

  /** Ends all of it. */
  calm(): void {
    this.#rules = [];
  }

  /** For the server: true when the request is dealt with. */
  meet(request: IncomingMessage, response: ServerResponse): boolean {
    const line = `${request.method} ${request.url}`;
    this.requests.push(line);
    if (this.requests.length > 10_000) this.requests.shift();
    const rule = this.#rules.find((r) => r.left > 0 && (r.match === undefined || r.match.test(line)));
    if (!rule) return false;
    rule.left--;
    return rule.act(request, response);
  }

  #add({ times = Number.POSITIVE_INFINITY, match }: Which, act: Act): void {
    this.#rules.push({ left: times, match, act });
  }
}
