/**
 * The contexts that can be chosen and the clusters behind them, each connected on first use and owned here. The user's
 * kubeconfig and the demo cluster's stay apart: a demo context may be called as one of the user's is.
 */
import { type Disposable, EventEmitter, type Memento } from 'vscode';
import type { Cluster } from '../cluster/cluster.ts';
import type { Kubeconfig, Sources } from '../cluster/kubeconfig.ts';
import { type Log, logError } from './log.ts';
import { DEMO } from './manifest.ts';

/** One context as a person chooses it. */
export interface ContextEntry {
  /** Unique: the context's name, for the demo cluster `demo/NAME`. */
  readonly key: string;
  readonly label: string;
  readonly server: string;
  /** Default namespace. */
  readonly namespace: string;
  readonly current: boolean;
}

const CHOSEN = 'choice';

/** A choice holds until kubectl's own current-context becomes another: who switched last is followed. */
interface Choice {
  readonly key: string;
  /** kubectl's current-context when it was made. */
  readonly over: string;
}

interface Loaded {
  readonly user: Kubeconfig;
  readonly demo: Kubeconfig | undefined;
}

/** All contexts, and the clusters connected so far. */
export class Contexts implements Disposable {
  private loaded: Promise<Loaded> | undefined;
  private follower: { dispose(): void } | undefined;
  /** Counts how often all was forgotten: a reading that took longer than that is nobody's any more. */
  private generation = 0;
  private demoFile: string | undefined;
  private brokenSince: string | undefined;
  private readonly clusters = new Map<string, Promise<Cluster>>();
  private readonly changed = new EventEmitter<void>();
  private readonly dropped = new EventEmitter<void>();
  /** Another context is in use, or there are other contexts. */
  readonly onChange = this.changed.event;
  /** Clusters are not what they were: whoever holds one asks for it again. */
  readonly onClusters = this.dropped.event;
  private readonly log: Log;
  private readonly memory: Memento;
  private readonly sources: () => Promise<Sources>;

  constructor(log: Log, memory: Memento, sources: () => Promise<Sources>) {
    this.log = log;
    this.memory = memory;
    this.sources = sources;
  }

  /** Why there is no context to choose. */
  async whyNone(): Promise<string> {
    const { user } = await this.load();
    return user.warnings.length > 0
      ? `The kubeconfig cannot be read: ${user.warnings.join(' ')}`
      : 'No kubeconfig was found. Choose one in the settings, or start the demo cluster.';
  }

  /** What is wrong with the kubeconfig since it last could be read; what was connected by then goes on. */
  get trouble(): string | undefined {
    return this.brokenSince;
  }

  /** All contexts, the demo cluster's first; exactly one is current, unless there is none. */
  async list(): Promise<readonly ContextEntry[]> {
    const { user, demo } = await this.load();
    const entries = [
      ...(demo?.contexts ?? []).map((c) => ({ c, key: DEMO + c.name, label: `${c.name} (demo cluster)` })),
      ...user.contexts.map((c) => ({ c, key: c.name, label: c.name })),
    ];
    const choice = this.memory.get<Choice>(CHOSEN);
    const chosen = choice?.over === user.current ? choice.key : undefined;
    if (choice && !chosen) void this.memory.update(CHOSEN, undefined);
    const wanted = [chosen, demo && DEMO + demo.current, user.current, entries[0]?.key];
    const current = wanted.find((key) => entries.some((e) => e.key === key));
    return entries.map(({ c, key, label }) => ({
      key,
      label,
      server: c.server,
      namespace: c.namespace || 'default',
      current: key === current,
    }));
  }

  /** The context in use: chosen here before, else the kubeconfig's own. */
  async current(): Promise<ContextEntry | undefined> {
    return (await this.list()).find((e) => e.current);
  }

  /** The context of that key or name; a name means the user's own before the demo cluster's. */
  async find(name: string): Promise<ContextEntry | undefined> {
    const all = await this.list();
    return all.find((e) => e.key === name) ?? all.find((e) => e.key === DEMO + name);
  }

  /** Makes a context the one in use. kubectl's own current-context stays as it is. */
  async choose(key: string): Promise<void> {
    const choice: Choice = { key, over: (await this.load()).user.current };
    await this.memory.update(CHOSEN, choice);
    this.changed.fire();
  }

  /** The cluster behind a context. Rejects with ClusterError when the kubeconfig does not lead to one. */
  cluster(key: string): Promise<Cluster> {
    let cluster = this.clusters.get(key);
    if (!cluster) {
      cluster = this.connect(key);
      this.clusters.set(key, cluster);
      const own = cluster;
      own.catch(() => this.clusters.get(key) === own && this.clusters.delete(key));
    }
    return cluster;
  }

  /** Forgets all that was read and dials anew on the next use. */
  reload(): void {
    this.drop();
    this.dropped.fire();
    this.changed.fire();
  }

  /** Adds the demo cluster's kubeconfig to the contexts, or takes it away. */
  async setDemo(file: string | undefined): Promise<void> {
    this.demoFile = file;
    if (file || this.memory.get<Choice>(CHOSEN)?.key.startsWith(DEMO)) await this.memory.update(CHOSEN, undefined);
    this.reload();
  }

  dispose(): void {
    this.drop();
    this.changed.dispose();
    this.dropped.dispose();
  }

  private drop(): void {
    this.generation++;
    this.brokenSince = undefined;
    this.follower?.dispose();
    this.follower = undefined;
    this.loaded = undefined;
    for (const cluster of this.clusters.values())
      cluster.then(
        (c) => c.dispose(),
        () => {},
      );
    this.clusters.clear();
  }

  private load(): Promise<Loaded> {
    this.loaded ??= this.read();
    return this.loaded;
  }

  private async read(): Promise<Loaded> {
    const { generation } = this;
    const { loadKubeconfig, followKubeconfig } = await import('../cluster/kubeconfig.ts');
    const sources = await this.sources();
    const user = await loadKubeconfig(sources);
    for (const warning of user.warnings) this.log.warn(`kubeconfig: ${warning}`);
    this.log.info(`kubeconfig: ${user.contexts.length} contexts in ${user.files.join(', ') || 'no file'}`);
    if (generation === this.generation)
      this.follower = followKubeconfig(sources, (now) => {
        this.log.info('kubeconfig: changed');
        this.changedTo(now, user);
      });
    const demo = this.demoFile ? await loadKubeconfig({ env: {}, setting: [this.demoFile] }) : undefined;
    return { user, demo };
  }

  /** A file that is broken, or half written, is no reason to leave a cluster that answers. */
  private changedTo(now: Kubeconfig, before: Kubeconfig): void {
    const wrong = now.warnings.filter((w) => !before.warnings.includes(w));
    const lost = [...this.clusters.keys()].some(
      (key) => before.contexts.some((c) => c.name === key) && !now.contexts.some((c) => c.name === key),
    );
    if (wrong.length === 0 || !lost) {
      this.reload();
      return;
    }
    for (const warning of wrong) this.log.warn(`kubeconfig: ${warning}`);
    this.brokenSince = `The kubeconfig has changed and cannot be read: ${wrong.join(' ')}`;
    this.changed.fire();
  }

  private async connect(key: string): Promise<Cluster> {
    try {
      const [{ user, demo }, { connect }] = await Promise.all([this.load(), import('../cluster/connect.ts')]);
      if (key.startsWith(DEMO) && !demo) throw await demoIsOver();
      const target = await (key.startsWith(DEMO) && demo ? demo.target(key.slice(DEMO.length)) : user.target(key));
      this.log.info(`connect: ${key} at ${target.facts.server}`);
      return connect(target);
    } catch (error) {
      logError(this.log, `connect ${key}`, error);
      throw error;
    }
  }
}

async function demoIsOver(): Promise<Error> {
  const { ClusterError } = await import('../cluster/errors.ts');
  return new ClusterError('config', 'This panel shows the demo cluster, which was stopped.');
}
