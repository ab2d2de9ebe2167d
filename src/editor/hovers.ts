/** Hovers over addresses, nodePorts and Service names; links above Services. They answer or stay silent: they never fail. */
import {
  type CancellationToken,
  CodeLens,
  Disposable,
  EventEmitter,
  Hover,
  languages,
  MarkdownString,
  type Position,
  Range,
  type TextDocument,
} from 'vscode';
import type { Cluster, ServiceRow } from '../cluster/cluster.ts';
import type { Answer } from '../core/hover.ts';
import type { ServiceName } from '../core/snapshot.ts';
import type { Subject } from '../core/subject.ts';
import type { ContextEntry, Contexts } from './contexts.ts';
import { type Knowledge, worst } from './knowledge.ts';
import { isCancelled, type Log } from './log.ts';
import { YAML_SCHEME } from './manifest.ts';
import { hoverLanguages, onSettings } from './settings.ts';

/** Languages whose files are manifests; others are read line by line. */
const MANIFESTS = ['yaml', 'json', 'jsonc', 'helm'];
const CACHE_MS = 30_000;

/** What hovers need. */
export interface HoverServices {
  readonly contexts: Contexts;
  readonly knowledge: Knowledge;
  readonly log: Log;
}

/** Registers hovers and links for the languages of the setting, again whenever it changes. */
export function registerHovers(services: HoverServices): Disposable {
  const hovers = new Hovers(services);
  let registered: Disposable = new Disposable(() => {});
  const register = () => {
    registered.dispose();
    const all = hoverLanguages();
    const manifests = all.filter((l) => MANIFESTS.includes(l));
    registered = Disposable.from(
      languages.registerHoverProvider(
        all.map((language) => ({ language })),
        hovers,
      ),
      languages.registerCodeLensProvider(
        manifests.map((language) => ({ language })),
        hovers,
      ),
    );
  };
  register();
  return Disposable.from(hovers, onSettings('hoverLanguages', register), new Disposable(() => registered.dispose()));
}

type Core = Awaited<ReturnType<typeof core>>;
const core = async () => {
  const [{ Manifest }, { pointedAt }, hover] = await Promise.all([
    import('../core/yaml.ts'),
    import('../core/subject.ts'),
    import('../core/hover.ts'),
  ]);
  return { Manifest, pointedAt, ...hover };
};

/** What hovers and links answer; made once, asked for each language. */
export class Hovers implements Disposable {
  private readonly services: HoverServices;
  private readonly manifests = new WeakMap<
    TextDocument,
    { version: number; manifest: InstanceType<Core['Manifest']> }
  >();
  private readonly rows = new Map<string, { at: number; rows: Promise<readonly ServiceRow[]> }>();
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly owned: Disposable;

  constructor(services: HoverServices) {
    this.services = services;
    this.owned = Disposable.from(
      this.changed,
      services.knowledge.onDiagnosis(() => this.changed.fire()),
      services.contexts.onChange(() => {
        this.rows.clear();
        this.changed.fire();
      }),
    );
  }

  async provideHover(document: TextDocument, position: Position, token: CancellationToken): Promise<Hover | undefined> {
    try {
      const { hoverMarkdown, pointedAt, ...rest } = await core();
      const manifest = MANIFESTS.includes(document.languageId) ? this.manifest(document, rest.Manifest) : undefined;
      const pointed = pointedAt(document.getText(), document.offsetAt(position), manifest);
      const context = pointed && (await this.contextOf(document));
      if (!pointed || !context || token.isCancellationRequested) return undefined;
      const answer = await this.answer(pointed.subject, context, rest, token);
      if (!answer || token.isCancellationRequested) return undefined;
      const text = new MarkdownString(
        hoverMarkdown(answer, (s) => link(context.key, s)),
        true,
      );
      text.isTrusted = { enabledCommands: ['trafficPath.trace'] };
      return new Hover(text, new Range(document.positionAt(pointed.start), document.positionAt(pointed.end)));
    } catch (error) {
      if (!isCancelled(error)) this.services.log.info(`hover: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  /** A live YAML document is of the context that it was read from. */
  private async contextOf(document: TextDocument): Promise<ContextEntry | undefined> {
    const { contexts } = this.services;
    if (document.uri.scheme !== YAML_SCHEME) return contexts.current();
    const { context } = JSON.parse(document.uri.query) as { context: string };
    return contexts.find(context);
  }

  private async answer(
    subject: Subject,
    context: ContextEntry,
    { answerFrom, answerOf }: Omit<Core, 'hoverMarkdown' | 'pointedAt'>,
    token: CancellationToken,
  ): Promise<Answer | undefined> {
    const { contexts, knowledge } = this.services;
    const known = knowledge.of(context.key);
    const answer = answerFrom(subject, known.diagnoses, known.rows, context.namespace);
    if (answer) return answer;
    // A word that is no Service's name for sure is worth no request.
    if (subject.is === 'service' && !subject.sure) return undefined;
    const abort = new AbortController();
    const cancel = token.onCancellationRequested(() => abort.abort());
    try {
      const cluster = await contexts.cluster(context.key);
      if (subject.is === 'address') {
        const owner = await cluster.ownerOf(subject.address, abort.signal);
        return owner && answerOf(owner);
      }
      return answerFrom(subject, [], await this.asked(subject, context, cluster, abort.signal), context.namespace);
    } finally {
      cancel.dispose();
    }
  }

  /** The Service of that name; of a nodePort, all Services that may be listed, for no request finds one by it. */
  private asked(
    subject: Exclude<Subject, { is: 'address' }>,
    context: ContextEntry,
    cluster: Cluster,
    signal: AbortSignal,
  ): Promise<readonly ServiceRow[]> {
    if (subject.is === 'node-port')
      return this.remembered(context.key, signal, () =>
        cluster.services(undefined, signal).catch(() => cluster.services(context.namespace, signal)),
      );
    const { name, namespace = context.namespace } = subject;
    return this.remembered(`${context.key}/${namespace}/${name}`, signal, async () => {
      const row = await cluster.service({ namespace, name }, signal);
      return row ? [row] : [];
    });
  }

  /** Every hover of some time shares an answer, and a failure; a hover that was left has asked nothing. */
  private remembered(key: string, signal: AbortSignal, ask: () => Promise<readonly ServiceRow[]>) {
    const cached = this.rows.get(key);
    if (cached && Date.now() - cached.at < CACHE_MS) return cached.rows;
    const rows = ask();
    if (this.rows.size > 500) this.rows.clear();
    this.rows.set(key, { at: Date.now(), rows });
    rows.catch(() => signal.aborted && this.rows.delete(key));
    return rows;
  }

  private manifest(document: TextDocument, Manifest: Core['Manifest']) {
    const cached = this.manifests.get(document);
    if (cached?.version === document.version) return cached.manifest;
    const manifest = new Manifest(document.getText());
    this.manifests.set(document, { version: document.version, manifest });
    return manifest;
  }

  async provideCodeLenses(document: TextDocument): Promise<CodeLens[]> {
    try {
      const { Manifest } = await core();
      const services = this.manifest(document, Manifest).objects.filter(
        (o) => o.kind === 'Service' && o.apiVersion === 'v1',
      );
      if (services.length === 0) return [];
      const context = await this.contextOf(document);
      // A file is of whichever context is in use when the link is clicked.
      const from = context && document.uri.scheme === YAML_SCHEME ? { context: context.key } : {};
      return services.map((o) => {
        const service = { namespace: o.namespace ?? context?.namespace ?? 'default', name: o.name };
        const diagnosis = context && this.services.knowledge.diagnosis(context.key, service);
        const finding = diagnosis && worst(diagnosis);
        const title =
          finding && finding.level !== 'note' ? `Trace Traffic Path · ${finding.code}` : 'Trace Traffic Path';
        const start = document.positionAt(o.start);
        return new CodeLens(new Range(start, start), {
          title,
          command: 'trafficPath.trace',
          arguments: [{ ...from, ...service }],
        });
      });
    } catch (error) {
      this.services.log.debug(`links above Services: ${error instanceof Error ? error.message : error}`);
      return [];
    }
  }

  dispose(): void {
    this.owned.dispose();
  }
}

function link(context: string, service: ServiceName): string {
  const argument = { context, namespace: service.namespace, name: service.name };
  return `command:trafficPath.trace?${encodeURIComponent(JSON.stringify([argument]))}`;
}
