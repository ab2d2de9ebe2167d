/**
 * Where the API server keeps the kinds that we read, and the right that it takes.
 */
import type { AccessRule } from '../core/snapshot.ts';

/** A kind's place in the API. */
export interface Resource {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

const table: readonly (readonly [apiVersion: string, namespaced: boolean, kinds: Readonly<Record<string, string>>])[] =
  [
    [
      'v1',
      true,
      {
        Service: 'services',
        Pod: 'pods',
        Event: 'events',
        ConfigMap: 'configmaps',
        ReplicationController: 'replicationcontrollers',
      },
    ],
    ['v1', false, { Node: 'nodes', Namespace: 'namespaces' }],
    ['discovery.k8s.io/v1', true, { EndpointSlice: 'endpointslices' }],
    [
      'apps/v1',
      true,
      { Deployment: 'deployments', ReplicaSet: 'replicasets', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' },
    ],
    ['batch/v1', true, { Job: 'jobs', CronJob: 'cronjobs' }],
    ['networking.k8s.io/v1', true, { Ingress: 'ingresses' }],
  ];

/** Group and version of an apiVersion; the core group is the empty one. */
export function groupVersion(apiVersion: string): { group: string; version: string } {
  const [first = '', second] = apiVersion.split('/');
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}

/** The place of a kind that we know; undefined for any other (CRDs). */
export function resourceOf(kind: string, group?: string): Resource | undefined {
  for (const [apiVersion, namespaced, kinds] of table) {
    const at = groupVersion(apiVersion);
    const resource = kinds[kind];
    if (resource && (group === undefined || group === at.group)) return { kind, ...at, resource, namespaced };
  }
  return undefined;
}

/** Path of a list (or of one object); without a namespace, of all namespaces. */
export function pathOf({ group, version, resource }: Resource, namespace?: string, name?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${resource}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** The right to keep such a list current. */
export function ruleOf({ group, resource }: Resource, namespace?: string): AccessRule {
  return {
    apiGroup: group,
    resource,
    verbs: ['get', 'list', 'watch'],
    ...(namespace === undefined ? {} : { namespace }),
  };
}
