/** The page's only line to the host, and what it keeps over being hidden: the view and the zoom. */
import type { View } from '../src/core/diagram.ts';
import type { FromPage, ToPage } from '../src/core/messages.ts';

/** Where the picture stands in its window; absent while it is fitted by itself. */
export interface Zoom {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

/** Kept by VS Code while the page is gone (hidden, or the window reloaded). The host reads `view` when it restores a panel. */
export interface Kept {
  readonly view?: View;
  readonly zoom?: Zoom;
  /** What the panel shows, as the host wrote it into the page. */
  readonly shown?: unknown;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
};

const api = acquireVsCodeApi();

/** Sends one message to the host. */
export const post = (message: FromPage): void => api.postMessage(message);

let kept: Kept = api.getState() ?? {};

/** What was kept when the page was last here. */
export const recall = (): Kept => kept;

/** Keeps some of it; what is not named stays. `zoom: undefined` forgets the zoom. */
export function keep(some: { [K in keyof Kept]: Kept[K] | undefined }): void {
  const all = Object.entries({ ...kept, ...some }).filter(([, v]) => v !== undefined);
  kept = Object.fromEntries(all) as Kept;
  api.setState(kept);
}

/** Calls back for each message of the host. */
export function listen(onMessage: (message: ToPage) => void): void {
  addEventListener('message', ({ data }: MessageEvent<ToPage | undefined>) => {
    if (data?.type === 'picture' || data?.type === 'empty') onMessage(data);
  });
}
