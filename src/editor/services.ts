/**
 * The Services of the contexts that the view shows, followed by a watch each while the view is visible. A context whose
 * Services may not be listed everywhere is followed in the namespaces that we know of.
 */
import { Disposable, EventEmitter } from 'vscode';
import type { LiveList, ServiceRow } from '../cluster/cluster.ts';
import type { ContextEntry, Contexts } from './contexts.ts';
import type { Knowledge } from './knowledge.ts';
import { isClusterError, type Log, logError } from './log.ts';

/** Since when (ms) and why a listing is older than it should be. */
export interface Stale {
  readonly since: number;
  readonly why: string;
}

/** What is known of a context's Services. */
export type Listing =
  | { readonly is: 'loading' }
  | { readonly is: 'rows'; readonly rows: readonly ServiceRow[]; readonly stale?: Stale }
  | { readonly is: 'trouble'; readonly state: 'unreachable' | 'no-rights'; readonly why: string };

interface Followed {
  listing: Listing;
  lists: LiveList<ServiceRow>[];
  readonly abort: AbortController;
}

/** The Services lists that are followed now. */
export class Services implements Disposable {
  private readonly contexts: Contexts;
  private readonly knowledge: Knowledge;
  private readonly log: Log;
  /** Namespaces to look in where Services may not be listed in all. */
  private readonly namespacesOf: (context: string) => readonly string[];
  private readonly followed = new Map<string, Followed>();
  private readonly changed = new EventEmitter<string | undefined>();
  /** Fires with the key of the context whose listing is new; without one when all are. */
  readonly onChange = this.changed.event;
  private readonly subscription: Disposable;

  constructor(
    contexts: Contexts,
    knowledge: Knowledge,
    log: Log,
    namespacesOf: (context: string) => readonly string[],
  ) {
    this.contexts = contexts;
    this.knowledge = knowledge;
    this.log = log;
    this.namespacesOf = namespacesOf;
    this.subscription = Disposable.from(
      contexts.onClusters(() => this.stop()),
      contexts.onChange(() => this.changed.fire(undefined)),
    );
  }

  /** The listing of a context; the first question begins to follow it. */
  of(context: ContextEntry): Listing {
    let it = this.followed.get(context.key);
    if (!it) {
      it = { listing: { is: 'loading' }, lists: [], abort: new AbortController() };
      this.followed.set(context.key, it);
      void this.follow(context, it);
    }
    return it.listing;
  }

  /** Since when a listing is stale, without following one. */
  stale(key: string): Stale | undefined {
    const listing = this.followed.get(key)?.listing;
    return listing?.is === 'rows' ? listing.stale : undefined;
  }

  /** Resolves when the first reading of a context's Services has ended, well or not. */
  async read(context: ContextEntry): Promise<void> {
    while (this.of(context).is === 'loading')
      await new Promise<void>((resolve) => {
        const once = this.onChange(() => {
          once.dispose();
          resolve();
        });
      });
  }

  /** Ends all watches; what was read is kept in the knowledge, not shown any more. */
  stop(): void {
    for (const it of this.followed.values()) {
      it.abort.abort();
      for (const list of it.lists) list.dispose();
    }
    this.followed.clear();
  }

  private async follow(context: ContextEntry, it: Followed): Promise<void> {
    try {
      const cluster = await this.contexts.cluster(context.key);
      if (it.abort.signal.aborted) return;
      this.use(context, it, [cluster.watchServices(undefined)], () => {
        const namespaces = [...new Set([context.namespace, ...this.namespacesOf(context.key)])];
        this.use(
          context,
          it,
          namespaces.map((n) => cluster.watchServices(n)),
        );
      });
    } catch (error) {
      if (it.abort.signal.aborted) return;
      logError(this.log, `Services of ${context.key}`, error);
      this.put(context, it, { is: 'trouble', state: 'unreachable', why: messageOf(error) });
    }
  }

  /** Follows lists together. `refused` is called, once, when a list may not be read and something else can be tried. */
  private use(context: ContextEntry, it: Followed, lists: LiveList<ServiceRow>[], refused?: () => void): void {
    for (const old of it.lists) old.dispose();
    it.lists = lists;
    const update = () => {
      if (it.lists !== lists) return;
      const values = lists.map((l) => l.value).filter((v) => v !== undefined);
      const rows = values.flatMap((v) => (v.known ? v.items : []));
      const unknown = values.find((v) => !v.known);
      if (unknown && !unknown.known && unknown.needs && refused) return refused();
      if (rows.length > 0 || (values.length === lists.length && !unknown)) {
        this.knowledge.learnRows(context.key, rows);
        const stale = lists.map((l) => l.trouble).find(Boolean);
        this.put(context, it, { is: 'rows', rows, ...(stale ? { stale } : {}) });
      } else if (unknown && !unknown.known) {
        const state = unknown.needs ? 'no-rights' : 'unreachable';
        this.put(context, it, { is: 'trouble', state, why: unknown.why });
      }
    };
    for (const list of lists) list.onChange(update);
    update();
  }

  private put(context: ContextEntry, it: Followed, listing: Listing): void {
    it.listing = listing;
    this.changed.fire(context.key);
  }

  dispose(): void {
    this.stop();
    Disposable.from(this.subscription, this.changed).dispose();
  }
}

const messageOf = (error: unknown) => (isClusterError(error) || error instanceof Error ? error.message : String(error));
