/**
 * `diagnose()`: the path with its faults named. The order of the rules is the order of causes: what is not there, what
 * makes no pods, which port is not met, what ails the pods, and last what only concerns a client outside.
 */
import type { Diagnosis, Finding, FindingLevel, TrafficPath } from '../path.ts';
import { sentenceOf } from '../sentence.ts';
import { externalNameIsIp } from './alias.ts';
import { openCase, type Rule } from './case.ts';
import { targetPortNotDeclared } from './declared.ts';
import { serviceNotFound } from './missing.ts';
import { loadBalancerPending, nodeNotReachable, tunnelNeeded } from './outside.ts';
import { podFinished } from './pods/lifecycle.ts';
import { troubledPods } from './pods/pods.ts';
import { targetPortNameMissing } from './ports.ts';
import { scaledToZero, selectorMatchesNothing } from './selector.ts';
import { selectorlessNoEndpoints } from './selectorless.ts';
import { withStatuses } from './status.ts';
import { verdictOf } from './verdict.ts';
import { workloadMakesNoPods } from './workload.ts';

const rules: readonly Rule[] = [
  scaledToZero,
  workloadMakesNoPods,
  selectorMatchesNothing,
  selectorlessNoEndpoints,
  targetPortNameMissing,
  externalNameIsIp,
  podFinished,
  troubledPods,
  targetPortNotDeclared,
  loadBalancerPending,
  tunnelNeeded,
  nodeNotReachable,
];

/** A cause silences its symptoms: they go into its evidence. One cause gives one error (FAULTS.md, "Rules about rules"). */
const silences: Readonly<Record<string, readonly string[]>> = {
  'scaled-to-zero': ['selector-matches-nothing', 'pod-finished'],
  'workload-makes-no-pods': ['selector-matches-nothing', 'pod-finished'],
  // Its own fix (minikube tunnel, a controller) is the way in that this type of Service is meant to have.
  'load-balancer-pending': ['tunnel-needed', 'node-not-reachable'],
};

/** Names every fault of the path, and gives hops, entrances and the whole their status. */
export function diagnose(path: TrafficPath): Diagnosis {
  const found = path.service
    ? silenced(`${path.service.namespace}/${path.service.name}`, inTheCase(path))
    : serviceNotFound(path);
  const verdict = verdictOf(path, found);
  const findings = ordered(verdict === 'broken' ? found.map(afterTheFirst) : found);
  const told = withStatuses(path, findings);
  return { path: told, findings, verdict, sentence: sentenceOf(told) };
}

function inTheCase(path: TrafficPath): readonly Finding[] {
  const { service } = path;
  if (!service) return [];
  const c = openCase(path, service);
  return rules.flatMap((rule) => rule(c));
}

function silenced(service: string, findings: readonly Finding[]): readonly Finding[] {
  const present = new Set(findings.map((f) => f.code));
  const causeOf = (f: Finding) =>
    Object.keys(silences).find((cause) => present.has(cause) && silences[cause]?.includes(f.code));
  return findings
    .filter((f) => !causeOf(f))
    .map((cause) => {
      const symptoms = findings.filter((f) => causeOf(f) === cause.code);
      // What selector-matches-nothing found nearest says nothing about the workload that does match.
      const foreign = symptoms
        .flatMap((f) => (f.code === 'selector-matches-nothing' ? f.objects : []))
        .filter((object) => object !== `Service ${service}` && !cause.objects.includes(object));
      const extra = symptoms
        .flatMap((f) => f.evidence)
        .filter((e) => !cause.evidence.some((own) => own.source === e.source))
        .filter((e) => !foreign.some((object) => e.source.startsWith(`${object} `)));
      return extra.length > 0 ? { ...cause, evidence: [...cause.evidence, ...extra] } : cause;
    });
}

/** While the Service answers nobody, how this computer would reach it is worth a note, not a second error. */
function afterTheFirst(f: Finding): Finding {
  return f.from === 'laptop' ? { ...f, level: 'note' } : f;
}

const rank: Readonly<Record<FindingLevel, number>> = { error: 0, warning: 1, note: 2 };

/** Worst first; of the same level, those that concern everyone first; else in the order of causes. */
function ordered(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (a, b) => rank[a.level] - rank[b.level] || Number(a.from === 'laptop') - Number(b.from === 'laptop'),
  );
}
