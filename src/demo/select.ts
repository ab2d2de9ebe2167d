/** Label and field selectors, as `labelSelector=` and `fieldSelector=` write them. */

import { badRequest } from './errors.ts';
import type { Labels, Obj, Workload } from './objects.ts';

type Test<T> = (value: T) => boolean;

const REQUIREMENT = /^\s*(!?)\s*([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*)|(in|notin)\s*\(([^)]*)\))?\s*$/;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export function labelSelector(text: string | null): Test<Labels> {
  if (!text?.trim()) return () => true;
  const tests = text.split(/,(?![^(]*\))/).map((part): Test<Labels> => {
    const match = REQUIREMENT.exec(part);
    if (!match) throw badRequest(`unable to parse requirement: found '${part}', expected: selector`);
    const [, not, key = '', operator, value = '', set, values = ''] = match;
    const wanted = set ? values.split(',').map((v) => v.trim()) : [value];
    if (not) return (labels) => labels[key] === undefined;
    if (operator === '!=' || set === 'notin') return (labels) => !wanted.includes(labels[key] ?? '\0');
    if (operator || set) return (labels) => wanted.includes(labels[key] ?? '\0');
    return (labels) => labels[key] !== undefined;
  });
  return (labels) => tests.every((test) => test(labels));
}

/** `spec.selector` of a workload. */
export function matches(selector: Workload['spec']['selector'], labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([k, v]) => labels[k] === v);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      return (operator === 'In') === (value !== undefined && values.includes(value));
    })
  );
}

/** `spec.selector` of a Service: an empty one selects nothing. */
export function selects(selector: Labels | undefined, labels: Labels | undefined): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([k, v]) => labels?.[k] === v);
}

/** Beside metadata.name and metadata.namespace: pkg/apis/core/v1/conversion.go. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  secrets: ['type'],
  services: ['spec.clusterIP', 'spec.type'],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
};

/** `metadata.name=x,status.phase!=Running`; 400 for a field that this kind cannot be selected by. */
export function fieldSelector(text: string | null, plural: string): Test<Obj> {
  if (!text?.trim()) return () => true;
  const tests = text.split(',').map((part): Test<Obj> => {
    const match = /^([\w.]+)(==|=|!=)(.*)$/.exec(part.trim());
    if (!match) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, path = '', operator, value] = match;
    if (!['metadata.name', 'metadata.namespace', ...(FIELDS[plural] ?? [])].includes(path))
      throw badRequest(`field label not supported: ${path}`);
    const steps = path.split('.');
    return (object) => {
      const found = steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], object);
      return (String(found ?? '') === value) === (operator !== '!=');
    };
  });
  return (object) => tests.every((test) => test(object));
}
