/**
 * What is wrong with the pods that the Service selects. Every pod is looked at; each container has one cause, found in
 * the order scheduling, node, image, configuration, crash, readiness, gates; the same cause in many pods is one finding.
 */
import type { Evidence, Finding } from '../../path.ts';
import type { ContainerFacts, PodFacts } from '../../podFacts.ts';
import { type Case, hasHop, isReady, levelOfPods, listed, place, type Rule } from '../case.ts';
import { configError } from './config.ts';
import { crashing } from './crash.ts';
import { imagePull } from './image.ts';
import { gateUnmet, nodeLost, onItsWay } from './lifecycle.ts';
import { livenessKilling } from './liveness.ts';
import { readiness, starting } from './readiness.ts';
import { unschedulable } from './schedule.ts';

/** A fault of one pod, or of one of its containers, before the same faults of its siblings are put together. */
export interface Trouble {
  readonly code: string;
  readonly pod: PodFacts;
  readonly container?: ContainerFacts;
  /** Equal for pods with the same cause. */
  readonly cause: string;
  /** Where it is drawn, when that is not the container or pod itself. */
  readonly hop?: string;
  /** A note in place of an error: worth knowing, not broken. */
  readonly note?: boolean;
  /** The words for it, made only for the few pods of a group that are told of. */
  readonly tell: () => Told;
}

/** What a person is told about a trouble. */
export interface Told {
  /** The sentence, given who is concerned: `Container api of pod x`, `Container api in each of 3 pods (x, y and z)`. */
  readonly says: (who: string) => string;
  readonly try: string;
  readonly command: string;
  readonly evidence: readonly Evidence[];
}

/** All pod rules: each looks at a pod that is not ready, or at one of its containers. */
export const troubledPods: Rule = (c) => {
  if (!c.serving.known) return [];
  const groups = new Map<string, Trouble[]>();
  const kinds = new Map<string, number>();
  for (const t of c.serving.items.filter((pod) => !isWell(pod)).flatMap((pod) => troublesOf(c, pod))) {
    const kind = [t.code, t.pod.owner?.uid, t.container?.name].join('\n');
    const key = `${kind}\n${t.cause}`;
    const known = groups.get(key) ?? (count(kinds, kind) >= mostCauses ? groups.get(kind) : undefined);
    if (known) known.push(t);
    else {
      const own = count(kinds, kind) < mostCauses;
      groups.set(own ? key : kind, [t]);
      if (own) kinds.set(kind, count(kinds, kind) + 1);
    }
  }
  return [...groups.values()].map((group) => finding(c, group));
};

/** More causes of one kind (each pod lacks a Secret of its own) are told together: nobody reads a thousand findings. */
const mostCauses = 8;
const count = (of: ReadonlyMap<string, number>, key: string): number => of.get(key) ?? 0;

/** Most of thousands of pods are: no rule finds anything in a pod that is Ready and whose containers all run and are ready. */
function isWell(pod: PodFacts): boolean {
  const well = (x: ContainerFacts) =>
    (x.state.is === 'running' && x.ready) ||
    (x.role === 'init' && x.state.is === 'terminated' && x.state.exitCode === 0);
  return isReady(pod) && pod.nodeName !== undefined && pod.containers.every(well);
}

function troublesOf(c: Case, pod: PodFacts): Trouble[] {
  const first = unschedulable(c, pod) ?? nodeLost(c, pod);
  if (first) return [first];
  const own = pod.containers.flatMap(
    (x) =>
      imagePull(c, pod, x) ??
      configError(c, pod, x) ??
      livenessKilling(c, pod, x) ??
      crashing(c, pod, x) ??
      readiness(c, pod, x) ??
      starting(c, pod, x) ??
      [],
  );
  if (own.length > 0) return own;
  const last = gateUnmet(c, pod) ?? onItsWay(c, pod);
  return last ? [last] : [];
}

function finding(c: Case, group: readonly Trouble[]): Finding {
  const [first] = group as [Trouble, ...Trouble[]];
  const told = first.tell();
  const hops = group.map(hopOf);
  const hop = place(c.path, hopOf(first), `pod/${first.pod.name}`, 'endpoints', 'service');
  const also = [...new Set(hops)].filter((h) => h !== hop && hasHop(c.path, h));
  const names = group.map((t) => t.pod.name);
  const one = names.length === 1;
  const pods = one ? `pod ${names[0]}` : `each of ${names.length} pods (${listed(names)})`;
  const what = first.container?.role === 'init' ? 'Init container' : 'Container';
  const mixed = group.some((t) => t.cause !== first.cause) ? ' The others of them give other reasons.' : '';
  return {
    code: first.code,
    level: first.note ? 'note' : levelOfPods(c),
    from: 'everywhere',
    hop,
    ...(also.length > 0 ? { alsoHops: also } : {}),
    port: null,
    objects: group.slice(0, 10).map((t) => `Pod ${t.pod.namespace}/${t.pod.name}`),
    says: `${told.says(first.container ? `${what} ${first.container.name} ${one ? 'of' : 'in'} ${pods}` : upper(pods))}${mixed}`,
    try: told.try,
    command: told.command,
    evidence: [...told.evidence, ...group.slice(1, 5).flatMap((t) => t.tell().evidence.slice(0, 1))],
  };
}

const hopOf = (t: Trouble): string =>
  t.hop ?? (t.container ? `container/${t.pod.name}/${t.container.name}` : `pod/${t.pod.name}`);

const upper = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1);
