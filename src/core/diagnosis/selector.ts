/** The Service has no pods: because its selector fits none, or because what would make them makes none. */

import { kubectl } from '../kubectl.ts';
import type { Evidence } from '../path.ts';
import type { PodFacts } from '../podFacts.ts';
import type { WorkloadFacts } from '../snapshot.ts';
import { type Case, evidence, inWords, listed, place, type Rule, selects } from './case.ts';
import { differences, farness } from './near.ts';

/** Top-level workloads whose pods the selector would match: a Deployment's old ReplicaSets have no say. */
export function matching(c: Case): readonly WorkloadFacts[] {
  const all = c.snapshot.workloads.known ? c.snapshot.workloads.items : [];
  const uids = new Set(all.map((w) => w.uid));
  return all.filter(
    (w) => !(w.owner && uids.has(w.owner.uid)) && w.template && selects(c.service.selector, w.template.labels),
  );
}

/** Are there no pods for certain, so that a reason is needed? Endpoints that still answer say there is none to give. */
export function withoutPods(c: Case): boolean {
  return Object.keys(c.service.selector).length > 0 && c.service.type !== 'ExternalName' && !c.anyReady;
}

const selectorEvidence = (c: Case): Evidence =>
  evidence(`Service ${c.name} spec.selector`, inWords(c.service.selector));

const noPods = (c: Case): Evidence =>
  evidence(
    `Pods in ${c.service.namespace} with ${inWords(c.service.selector, ',')}`,
    c.selected.known ? '0' : c.selected.why,
  );

/** `selector-matches-nothing`: a selector is set and no pod of the namespace has all its labels. */
export const selectorMatchesNothing: Rule = (c) => {
  if (!withoutPods(c) || !c.selected.known || c.selected.items.length > 0) return [];
  const { service, snapshot } = c;
  const near = nearestLabels(c);
  const wanted = inWords(service.selector);
  const says = [
    `Service ${c.name} selects pods with ${wanted}, but no pod in namespace ${service.namespace} has ${Object.keys(service.selector).length > 1 ? 'all these labels' : 'this label'}.`,
  ];
  if (near) says.push(`The nearest, ${near.what}, ${near.diff}.`);
  else if (!snapshot.nearPods.known)
    says.push(`Which labels its pods do have cannot be seen: ${snapshot.nearPods.why}.`);
  else if (snapshot.nearPods.items.length === 0) says.push('The namespace has no pods at all.');
  else says.push(`Its pods have other labels: ${listed(labelSets(snapshot.nearPods.items))}.`);
  if (!snapshot.workloads.known)
    says.push(`Whether a workload for them is scaled to zero cannot be seen: ${snapshot.workloads.why}.`);
  return [
    {
      code: 'selector-matches-nothing',
      level: 'error',
      from: 'everywhere',
      hop: place(c.path, 'service'),
      port: null,
      objects: [`Service ${c.name}`, ...(near ? [near.object] : [])],
      says: says.join(' '),
      try: near
        ? `Set the Service's selector to ${inWords(near.selector)}, or give ${near.workload ? `the pod template of ${near.workload}` : near.what} the label${Object.keys(service.selector).length > 1 ? 's' : ''} ${wanted}.`
        : `Deploy pods with the label${Object.keys(service.selector).length > 1 ? 's' : ''} ${wanted} in namespace ${service.namespace}, or correct the selector.`,
      command:
        near && Object.keys(near.selector).length > 0
          ? kubectl(snapshot, 'set', 'selector', 'service', service.name, inWords(near.selector, ','))
          : kubectl(snapshot, 'get', 'pods', '--show-labels'),
      evidence: [
        selectorEvidence(c),
        noPods(c),
        ...(near ? [evidence(`${near.object} ${near.field}`, inWords(near.labels))] : []),
      ],
    },
  ];
};

/** `scaled-to-zero`: the workload that makes the Service's pods is told to run none. */
export const scaledToZero: Rule = (c) => {
  const found = matching(c).filter((w) => w.kind !== 'Job' && w.kind !== 'DaemonSet');
  const first = found[0];
  if (!withoutPods(c) || !first || found.some((w) => w.wanted !== 0)) return [];
  if (c.serving.known && c.serving.items.length > 0) return [];
  const names = found.map((w) => `${w.kind} ${w.name}`);
  return [
    {
      code: 'scaled-to-zero',
      level: 'error',
      from: 'everywhere',
      hop: place(c.path, 'service'),
      port: null,
      objects: found.map((w) => `${w.kind} ${w.namespace}/${w.name}`),
      says: `Service ${c.name} has no pods because ${listed(names)}, which ${found.length > 1 ? 'make' : 'makes'} them, ${found.length > 1 ? 'are' : 'is'} scaled to 0 replicas.`,
      try: `Scale ${names[0]} up. If an autoscaler (HPA, KEDA) or a person put it to 0, it may go back there.`,
      command: kubectl(c.snapshot, 'scale', `${first.kind.toLowerCase()}/${first.name}`, '--replicas=1'),
      evidence: [
        ...found.map((w) => evidence(`${w.kind} ${w.namespace}/${w.name} spec.replicas`, '0')),
        selectorEvidence(c),
        ...(c.selected.known ? [noPods(c)] : []),
      ],
    },
  ];
};

interface Near {
  readonly what: string;
  readonly workload?: string;
  readonly object: string;
  readonly field: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly diff: string;
  /** The selector that would match it, as near to the present one as can be. */
  readonly selector: Readonly<Record<string, string>>;
}

/** The workload or pod whose labels are nearest to the selector; workloads first, they are what a person edits. */
function nearestLabels(c: Case): Near | undefined {
  const { selector } = c.service;
  const workloads = c.snapshot.workloads.known ? c.snapshot.workloads.items : [];
  const pods = c.snapshot.nearPods.known ? c.snapshot.nearPods.items : [];
  const candidates = [
    ...workloads
      .filter((w) => w.template && !w.owner && w.kind !== 'Job')
      .map((w) => ({
        what: `${w.kind} ${w.name}`,
        workload: `${w.kind} ${w.name}`,
        object: `${w.kind} ${w.namespace}/${w.name}`,
        field: 'spec.template.metadata.labels',
        labels: w.template?.labels ?? {},
      })),
    ...pods.map((p) => ({
      what: `pod ${p.name}`,
      object: `Pod ${p.namespace}/${p.name}`,
      field: 'metadata.labels',
      labels: p.labels,
    })),
  ];
  const best = candidates
    .map((x) => ({ ...x, off: farness(selector, x.labels) }))
    .filter((x) => x.off < 100 * Object.keys(selector).length && x.off > 0)
    .sort((a, b) => a.off - b.off)[0];
  if (!best) return undefined;
  const differ = differences(selector, best.labels);
  const { off: _, ...found } = best;
  return {
    ...found,
    diff: differ
      .map((d) =>
        d.has === undefined ? `lacks ${d.key}=${d.wants}` : `has ${d.key}=${d.has} instead of ${d.key}=${d.wants}`,
      )
      .join(' and '),
    selector: Object.fromEntries(
      Object.keys(selector).flatMap((k) => (Object.hasOwn(best.labels, k) ? [[k, best.labels[k] ?? '']] : [])),
    ),
  };
}

function labelSets(pods: readonly PodFacts[]): string[] {
  const own = pods.map((p) =>
    inWords(Object.fromEntries(Object.entries(p.labels).filter(([k]) => !k.includes('hash'))), ','),
  );
  return [...new Set(own)].map((l) => l || 'no labels');
}
