/**
 * Single questions, asked once: what is this object, which Services lead to it, whose address is this.
 */
import { nodeFromApi, workloadFromApi } from '../core/fromApi.ts';
import type { ObjectRef } from '../core/path.ts';
import type { PodFacts } from '../core/podFacts.ts';
import { podFromApi } from '../core/podFromApi.ts';
import type { Labels, NodeFacts, ServiceName } from '../core/snapshot.ts';
import type { AddressOwner } from './cluster.ts';
import type { Client } from './connection.ts';
import { ClusterError } from './errors.ts';
import { type Json, listAll } from './list.ts';
import { groupVersion, pathOf, type Resource, resourceOf } from './resources.ts';
import { listServices, type PrintedService, rowOfService, servicesTable } from './services.ts';
import type { Timing } from './timing.ts';

const REMEMBER = 30_000;
const MOST_NODES = 500;
const MOST_SERVICES = 1000;
const never = new AbortController().signal;

/** Answers about one cluster. */
export class Lookup {
  #client: Client;
  #namespace: string;
  #timing: Timing;
  #owners = new Map<string, { readonly at: number; readonly owner: AddressOwner | undefined }>();
  #discovered = new Map<string, readonly Resource[]>();

  constructor(client: Client, namespace: string, timing: Timing) {
    this.#client = client;
    this.#namespace = namespace;
    this.#timing = timing;
  }

  async namespaces(signal: AbortSignal = never): Promise<readonly string[]> {
    const names: string[] = [];
    const read = (object: Json) => [[String(((object['metadata'] ?? {}) as Json)['name'] ?? ''), undefined]] as const;
    await listAll(this.#client, { path: '/api/v1/namespaces', read }, (name) => names.push(name), signal);
    return names.sort();
  }

  async object(ref: ObjectRef, signal: AbortSignal = never): Promise<Record<string, unknown>> {
    const resource = await this.#resource(ref, signal);
    const namespace = resource.namespaced ? (ref.namespace ?? this.#namespace) : undefined;
    const object = await this.#client.json<Record<string, unknown>>(pathOf(resource, namespace, ref.name), { signal });
    const { managedFields: _, ...metadata } = (object['metadata'] ?? {}) as Json;
    return { ...object, metadata };
  }

  async service({ namespace, name }: ServiceName, signal: AbortSignal = never): Promise<PrintedService | undefined> {
    try {
      return rowOfService(await this.object({ apiVersion: 'v1', kind: 'Service', namespace, name }, signal));
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'not-found') return undefined;
      throw error;
    }
  }

  async servicesOf(ref: ObjectRef, signal: AbortSignal = never): Promise<readonly ServiceName[]> {
    const namespace = ref.namespace ?? this.#namespace;
    if (ref.kind === 'Service') return [{ namespace, name: ref.name }];
    const object = await this.object(ref, signal);
    if (ref.kind === 'Ingress') return backends(object).map((name) => ({ namespace, name }));
    const labels =
      ref.kind === 'Pod' ? podFromApi(object).labels : workloadFromApi({ ...ref, ...object }).template?.labels;
    if (!labels) return [];
    return selecting(await listServices(this.#client, namespace, signal), namespace, labels);
  }

  async ownerOf(address: string, signal: AbortSignal = never): Promise<AddressOwner | undefined> {
    const now = this.#timing.now();
    const known = this.#owners.get(address);
    if (known && now - known.at < REMEMBER) return known.owner;
    const owner = await this.#findOwner(address, signal);
    if (this.#owners.size > 500) this.#owners.clear();
    this.#owners.set(address, { at: now, owner });
    return owner;
  }

  /** By field selectors, which cost the API server's answer nothing; only addresses from outside take a list of Services. */
  async #findOwner(address: string, signal: AbortSignal): Promise<AddressOwner | undefined> {
    const [service, pods] = await Promise.all([
      this.#allowed((namespace) => this.#serviceAt(address, namespace, signal)),
      this.#allowed((namespace) => this.#podsAt(address, namespace, signal)),
    ]);
    if (service?.[0]) return ownerService(service[0]);
    // Pods of the host's network share the node's address, which is then the node's.
    const pod = pods?.find((p) => !p.hostNetwork && p.phase !== 'Succeeded' && p.phase !== 'Failed');
    if (pod) {
      const { namespace, name } = pod;
      const services = await listServices(this.#client, namespace, signal).catch(ifRefused);
      return {
        kind: 'Pod',
        namespace,
        name,
        note: podNote(pod),
        services: selecting(services ?? [], namespace, pod.labels),
      };
    }
    const node = (await this.#nodes(signal)).find(({ addresses }) => addresses.some((a) => a.address === address));
    if (node) {
      const type = node.addresses.find((a) => a.address === address)?.type;
      return { kind: 'Node', name: node.name, note: `${type} · ${node.osImage}`, services: [] };
    }
    const all = await this.#allowed((namespace) => listServices(this.#client, namespace, signal, MOST_SERVICES));
    const outside = all?.find((s) => [s.clusterIP, ...s.externalIP.split(',')].includes(address));
    return outside && ownerService(outside);
  }

  async #nodes(signal: AbortSignal): Promise<readonly NodeFacts[]> {
    const ask = { query: { limit: MOST_NODES }, signal };
    const answer = await this.#client.json<{ items?: Json[] }>('/api/v1/nodes', ask).catch(ifRefused);
    return (answer?.items ?? []).map(nodeFromApi);
  }

  async #serviceAt(address: string, namespace: string | undefined, signal: AbortSignal) {
    const { path, read, accept } = servicesTable(namespace);
    const query = { fieldSelector: `spec.clusterIP=${address}`, limit: 5, includeObject: 'Metadata' };
    try {
      const rows = read(await this.#client.json<Json>(path, { query, signal, ...(accept ? { accept } : {}) }));
      return rows.map(([, row]) => row).filter(({ clusterIP }) => clusterIP === address);
    } catch (error) {
      // An API server that does not know this field says 400; the list of Services then answers.
      if (error instanceof ClusterError && error.kind === 'server') return [];
      throw error;
    }
  }

  async #podsAt(address: string, namespace: string | undefined, signal: AbortSignal): Promise<readonly PodFacts[]> {
    const pods = resourceOf('Pod') as Resource;
    const query = { fieldSelector: `status.podIP=${address}`, limit: 20 };
    const { items } = await this.#client.json<{ items?: Json[] }>(pathOf(pods, namespace), { query, signal });
    return (items ?? []).map(podFromApi);
  }

  /** In all namespaces, else in the context's own, else not at all. */
  async #allowed<T>(ask: (namespace: string | undefined) => Promise<T>): Promise<T | undefined> {
    const everywhere = await ask(undefined).catch(ifRefused);
    return everywhere ?? (await ask(this.#namespace).catch(ifRefused));
  }

  async #resource({ apiVersion, kind }: ObjectRef, signal: AbortSignal): Promise<Resource> {
    const { group, version } = groupVersion(apiVersion);
    const known = resourceOf(kind, group);
    if (known && known.version === version) return known;
    const found = (await this.#discover(apiVersion, signal)).find((resource) => resource.kind === kind);
    if (!found) throw new ClusterError('not-found', `The API server has no kind ${kind} in ${apiVersion}.`);
    return found;
  }

  async #discover(apiVersion: string, signal: AbortSignal): Promise<readonly Resource[]> {
    const before = this.#discovered.get(apiVersion);
    if (before) return before;
    const at = groupVersion(apiVersion);
    const path = at.group === '' ? `/api/${at.version}` : `/apis/${at.group}/${at.version}`;
    const { resources } = await this.#client.json<{ resources?: Json[] }>(path, { signal });
    const found = (resources ?? [])
      .map((r) => ({
        ...at,
        kind: String(r['kind']),
        resource: String(r['name']),
        namespaced: r['namespaced'] === true,
      }))
      .filter(({ resource }) => !resource.includes('/'));
    this.#discovered.set(apiVersion, found);
    return found;
  }
}

function ifRefused(error: unknown): undefined {
  if (error instanceof ClusterError && error.kind === 'forbidden') return undefined;
  throw error;
}

function ownerService({ namespace, name, type, clusterIP, ports }: PrintedService): AddressOwner {
  return { kind: 'Service', namespace, name, note: `${type} ${clusterIP} · ${ports}`, services: [{ namespace, name }] };
}

/** A Service without a selector selects nothing. */
function selecting(services: readonly PrintedService[], namespace: string, labels: Labels): readonly ServiceName[] {
  return services
    .filter((s) => s.namespace === namespace && s.type !== 'ExternalName' && Object.keys(s.selector).length > 0)
    .filter((s) => Object.entries(s.selector).every(([key, value]) => labels[key] === value))
    .map(({ namespace, name }) => ({ namespace, name }));
}

function podNote(pod: PodFacts): string {
  const ready = pod.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  const labels = Object.entries(pod.labels).find(([key]) => key === 'app' || key === 'app.kubernetes.io/name');
  return [ready ? 'ready' : 'not ready', labels?.join('='), pod.nodeName && `node ${pod.nodeName}`]
    .filter(Boolean)
    .join(' · ');
}

/** Names of the Services that an Ingress (networking.k8s.io/v1) sends to. */
function backends(ingress: Json): readonly string[] {
  const spec = (ingress['spec'] ?? {}) as Json;
  const rules = Array.isArray(spec['rules']) ? spec['rules'] : [];
  const paths = rules.flatMap((rule) => rule?.http?.paths ?? []).map((path) => path?.backend);
  const names = [spec['defaultBackend'] as Json | undefined, ...paths].map(
    (b) => (b?.['service'] as Json | undefined)?.['name'],
  );
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}
