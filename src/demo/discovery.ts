/** What the API server says of itself: /version, /api, /apis, and what each group serves. */

import type { IncomingMessage } from 'node:http';
import { noSuchPath } from './errors.ts';
import { groupVersion, KINDS, type Kind } from './kinds.ts';
import { KUBERNETES_VERSION } from './manifests.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const GROUPS = [...new Set(KINDS.map((k) => k.group))];

/** Other kinds than the resource's own that a subresource speaks. */
const SUBRESOURCE_KINDS: Readonly<Record<string, { group: string; version: string; kind: string; verbs: string[] }>> = {
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
  exec: { group: '', version: 'v1', kind: 'PodExecOptions', verbs: ['create', 'get'] },
  portforward: { group: '', version: 'v1', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
  log: { group: '', version: 'v1', kind: 'Pod', verbs: ['get'] },
};

/** False for a group or version that is not there at all: the real server answers those in plain text. */
export function isServed(request: IncomingMessage): boolean {
  const [api, group, version] = new URL(request.url ?? '/', 'https://demo').pathname.split('/').filter(Boolean);
  if (api === 'api') return group === undefined || group === 'v1';
  return (
    api !== 'apis' || group === undefined || (GROUPS.includes(group) && (version === undefined || version === 'v1'))
  );
}

/** The answer to a path that is no resource. */
export function discovery(request: IncomingMessage): object | string {
  const { pathname } = new URL(request.url ?? '/', 'https://demo');
  const aggregated = /as=APIGroupDiscoveryList/.test(request.headers.accept ?? '');
  const parts = pathname.split('/').filter(Boolean);
  if (pathname === '/version' || pathname === '/version/') return version();
  if (['/healthz', '/livez', '/readyz'].includes(pathname)) return 'ok';
  if (parts[0] === 'api' && parts.length === 1)
    return aggregated ? groupList(['']) : { kind: 'APIVersions', versions: ['v1'] };
  if (parts[0] === 'apis' && parts.length === 1)
    return aggregated
      ? groupList(GROUPS.filter(Boolean))
      : { kind: 'APIGroupList', apiVersion: 'v1', groups: GROUPS.filter(Boolean).map(group) };
  if (parts[0] === 'apis' && parts.length === 2 && GROUPS.includes(parts[1] ?? ''))
    return { kind: 'APIGroup', apiVersion: 'v1', ...group(parts[1] ?? '') };
  const named = parts[0] === 'api' ? parts[1] : parts.slice(1).join('/');
  const kinds = KINDS.filter((k) => groupVersion(k) === named);
  if (['api', 'apis'].includes(parts[0] ?? '') && kinds.length > 0) return resourceList(kinds);
  if (pathname === '/openapi/v3') return openapiIndex();
  const of = /^\/openapi\/v3\/(?:api|apis)\/(.+)$/.exec(pathname)?.[1];
  const described = KINDS.filter((k) => groupVersion(k) === of);
  if (described.length > 0) return openapi(described);
  throw noSuchPath();
}

function version(): object {
  const [major = '', minor = ''] = KUBERNETES_VERSION.slice(1).split('.');
  return {
    major,
    minor,
    gitVersion: KUBERNETES_VERSION,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.26.0',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

function group(name: string) {
  const v1 = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [v1], preferredVersion: v1 };
}

function resourceList(kinds: readonly Kind[]): object {
  const [first] = kinds;
  const resources = kinds.flatMap((k) => {
    const { plural: name, singular: singularName, namespaced, kind, shortNames, categories } = k;
    const own = {
      name,
      singularName,
      namespaced,
      kind,
      verbs: VERBS,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    };
    const subresources = k.subresources.map((sub) => {
      const other = SUBRESOURCE_KINDS[sub];
      return {
        name: `${name}/${sub}`,
        singularName: '',
        namespaced,
        ...(other ?? { kind, verbs: ['get', 'patch', 'update'] }),
      };
    });
    return [own, ...subresources];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: first && groupVersion(first), resources };
}

/** https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
function groupList(groups: readonly string[]): object {
  const scope = (k: Kind) => (k.namespaced ? 'Namespaced' : 'Cluster');
  const items = groups.map((name) => ({
    metadata: { name, creationTimestamp: null },
    versions: [
      {
        version: 'v1',
        freshness: 'Current',
        resources: KINDS.filter((k) => k.group === name).map((k) => ({
          resource: k.plural,
          responseKind: { group: '', version: '', kind: k.kind },
          scope: scope(k),
          singularResource: k.singular,
          verbs: VERBS,
          ...(k.shortNames.length > 0 && { shortNames: k.shortNames }),
          ...(k.categories.length > 0 && { categories: k.categories }),
          subresources: k.subresources.map((sub) => {
            const { verbs = ['get', 'patch', 'update'], ...kind } = SUBRESOURCE_KINDS[sub] ?? {
              group: '',
              version: '',
              kind: k.kind,
            };
            return { subresource: sub, responseKind: kind, verbs };
          }),
        })),
      },
    ],
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

const groupPath = (k: Kind) => (k.group ? `apis/${groupVersion(k)}` : `api/${k.version}`);

function openapiIndex(): object {
  const paths = [...new Set(KINDS.map(groupPath))];
  return { paths: Object.fromEntries(paths.map((p) => [p, { serverRelativeURL: `/openapi/v3/${p}?hash=1` }])) };
}

/** Only what kubectl looks for before it writes: that the server itself validates fields of each kind. */
function openapi(kinds: readonly Kind[]): object {
  const paths = kinds.map((k) => {
    const place = `/${groupPath(k)}/${k.namespaced ? 'namespaces/{namespace}/' : ''}${k.plural}/{name}`;
    const patch = {
      parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
        name,
        in: 'query',
        schema: { type: 'string' },
      })),
      responses: { 200: { description: 'OK' } },
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: k.group, version: k.version, kind: k.kind },
    };
    return [place, { patch }];
  });
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: KUBERNETES_VERSION },
    paths: Object.fromEntries(paths),
    components: { schemas: {} },
  };
}
