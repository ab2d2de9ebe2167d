/** What traces and the Services view have read already, by context: hovers, tree and pickers answer from it without a request. */
import { type Disposable, EventEmitter } from 'vscode';
import type { ServiceRow } from '../cluster/cluster.ts';
import type { Diagnosis } from '../core/path.ts';
import type { ServiceName } from '../core/snapshot.ts';

const id = (s: ServiceName) => `${s.namespace}/${s.name}`;

/** All that is known of one context. */
export interface KnownOfContext {
  readonly diagnoses: readonly Diagnosis[];
  readonly rows: readonly ServiceRow[];
}

/** What has been read, kept for whoever asks next. */
export class Knowledge implements Disposable {
  private readonly diagnoses = new Map<string, Map<string, Diagnosis>>();
  private readonly rows = new Map<string, readonly ServiceRow[]>();
  private readonly changed = new EventEmitter<string>();
  /** Fires with the context's key when a Service's diagnosis is new. */
  readonly onDiagnosis = this.changed.event;

  learn(context: string, service: ServiceName, diagnosis: Diagnosis): void {
    const of = this.diagnoses.get(context) ?? new Map<string, Diagnosis>();
    const before = of.get(id(service));
    this.diagnoses.set(context, of.set(id(service), diagnosis));
    if (!before || worst(before)?.code !== worst(diagnosis)?.code || before.verdict !== diagnosis.verdict)
      this.changed.fire(context);
  }

  learnRows(context: string, rows: readonly ServiceRow[]): void {
    this.rows.set(context, rows);
  }

  diagnosis(context: string, service: ServiceName): Diagnosis | undefined {
    return this.diagnoses.get(context)?.get(id(service));
  }

  of(context: string): KnownOfContext {
    return { diagnoses: [...(this.diagnoses.get(context)?.values() ?? [])], rows: this.rows.get(context) ?? [] };
  }

  /** A Service that nobody follows any more: what was known of it gets old. */
  forget(context: string, service: ServiceName): void {
    if (this.diagnoses.get(context)?.delete(id(service))) this.changed.fire(context);
  }

  dispose(): void {
    this.changed.dispose();
  }
}

const LEVELS = ['error', 'warning', 'note'] as const;

/** The finding to show when there is room for one: those of every client before those of this computer alone. */
export function worst(diagnosis: Diagnosis): Diagnosis['findings'][number] | undefined {
  const from = (where: 'everywhere' | 'laptop') =>
    LEVELS.map((level) => diagnosis.findings.find((f) => f.from === where && f.level === level)).find(Boolean);
  const [all, here] = [from('everywhere'), from('laptop')];
  return all && all.level !== 'note' ? all : (here ?? all);
}
