/**
 * The list of Services as the API server prints it: a Table, many times smaller than the objects.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
import { serviceFromApi } from '../core/fromApi.ts';
import type { Labels } from '../core/snapshot.ts';
import type { ServiceRow } from './cluster.ts';
import type { Client } from './connection.ts';
import { selectorText } from './feeds.ts';
import { type Json, listAll } from './list.ts';
import { pathOf, type Resource, ruleOf } from './resources.ts';
import type { Followed } from './watch.ts';

const SERVICES: Resource = { kind: 'Service', group: '', version: 'v1', resource: 'services', namespaced: true };
const AS_TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json';

/** A row with the selector that the Table prints beside it. */
export interface PrintedService extends ServiceRow {
  readonly selector: Labels;
}

/** What to list or follow for the Services of a namespace, or of all. */
export function servicesTable(namespace: string | undefined): Followed<PrintedService> {
  const columns = new Map<string, number>();
  return {
    path: pathOf(SERVICES, namespace),
    // Without the object a row has no namespace; with its metadata it has one but is 2.5 times as large.
    query: { includeObject: namespace === undefined ? 'Metadata' : 'None' },
    accept: AS_TABLE,
    rule: ruleOf(SERVICES, namespace),
    read: (object) => {
      if (!Array.isArray(object['rows'])) return [keyed(rowOfService(object))];
      // Only the first Table of a watch says its columns.
      const definitions = object['columnDefinitions'];
      if (Array.isArray(definitions)) {
        columns.clear();
        definitions.forEach((definition: Json, i) => {
          columns.set(String(definition['name']), i);
        });
      }
      return object['rows'].map((row: Json) => keyed(rowOfTable(row, columns, namespace)));
    },
  };
}

/** Reads them once, at most `max`. */
export async function listServices(
  client: Client,
  namespace: string | undefined,
  signal?: AbortSignal,
  max = Number.POSITIVE_INFINITY,
): Promise<readonly PrintedService[]> {
  const rows: PrintedService[] = [];
  const never = new AbortController().signal;
  await listAll(client, { ...servicesTable(namespace), max }, (_, row) => rows.push(row), signal ?? never);
  return rows;
}

const keyed = (row: PrintedService) => [`${row.namespace}/${row.name}`, row] as const;

function rowOfTable(row: Json, columns: ReadonlyMap<string, number>, namespace: string | undefined): PrintedService {
  const cells = Array.isArray(row['cells']) ? row['cells'] : [];
  const cell = (name: string, otherwise: number) => String(cells[columns.get(name) ?? otherwise] ?? '');
  const meta = ((row['object'] as Json | null)?.['metadata'] ?? {}) as Json;
  return {
    namespace: String(meta['namespace'] ?? namespace ?? ''),
    name: cell('Name', 0),
    type: cell('Type', 1),
    clusterIP: cell('Cluster-IP', 2),
    externalIP: cell('External-IP', 3),
    ports: cell('Port(s)', 4),
    selector: selectorOf(cell('Selector', 6)),
  };
}

function selectorOf(text: string): Labels {
  if (text === '' || text === '<none>') return {};
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=', 2) as [string, string]));
}

/** The same words from the object, where Tables are not served. */
export function rowOfService(object: Json): PrintedService {
  const service = serviceFromApi(object);
  const outside = [
    ...service.loadBalancerIngress.map(({ ip, hostname }) => ip ?? hostname ?? ''),
    ...service.externalIPs,
    ...(service.externalName ? [service.externalName] : []),
  ];
  return {
    namespace: service.namespace,
    name: service.name,
    type: service.type,
    clusterIP: service.clusterIPs[0] ?? '<none>',
    externalIP: outside.join(',') || (service.type === 'LoadBalancer' ? '<pending>' : '<none>'),
    ports:
      service.ports.map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol}`).join(',') || '<none>',
    selector: selectorOf(selectorText(service.selector)),
  };
}
