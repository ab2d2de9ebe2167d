/** When a fact was seen. */
import type { Evidence } from './path.ts';
import type { Snapshot } from './snapshot.ts';

/** The time of the reading; while the API server cannot be followed, that of the last one. This computer is always at hand. */
export const seenAt = ({ at, stale }: Snapshot, { vantage }: Evidence): string =>
  vantage === 'laptop' ? at : (stale?.since ?? at);
