/** The hop of a pod. Thousands of them are made at once: plain loops and no throw-away objects here. */
import type { Evidence, Hop, HopStatus } from '../path.ts';
import type { PodFacts } from '../podFacts.ts';
import { stateWords } from './containerHops.ts';
import { addressOf, sliceEvidence, type Use } from './use.ts';
import { condition } from './words.ts';
import type { World } from './world.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** `down`: the status of a pod that takes no traffic; worse when no other does. */
export function podHop(world: World, name: string, pod: PodFacts | undefined, use: Use, down: HopStatus): Hop {
  const backend = use.backends[0];
  const node = pod?.nodeName ?? backend?.endpoint.nodeName;
  const gone = !pod && world.snapshot.pods.known;
  const hop: Writable<Hop> = {
    id: `pod/${name}`,
    kind: 'pod',
    name,
    address: addressOf(use, backend?.address ?? pod?.podIPs[0] ?? ''),
    status: use.ready ? (backend?.endpoint.terminating || gone ? 'warning' : 'ok') : down,
    note: podNote(world, pod, use, gone),
    facts: podFacts(pod, backend?.address, node),
    evidence: podEvidence(world, name, pod, use),
  };
  if (!gone) hop.object = { apiVersion: 'v1', kind: 'Pod', namespace: world.service.namespace, name };
  if (node !== undefined) hop.node = node;
  return hop;
}

function podEvidence(world: World, name: string, pod: PodFacts | undefined, use: Use): Evidence[] {
  const evidence = sliceEvidence(world, use);
  const of = `Pod ${world.service.namespace}/${name}`;
  const ready = pod && condition(pod.conditions, 'Ready');
  if (ready) evidence.push(world.see(`${of} status.conditions[Ready]`, ready.status));
  else if (pod) evidence.push(world.see(`${of} status.phase`, pod.phase));
  else evidence.push(world.see(of, world.snapshot.pods.known ? 'not found' : world.snapshot.pods.why));
  return evidence;
}

function podNote(world: World, pod: PodFacts | undefined, use: Use, gone: boolean): string {
  const e = use.backends[0]?.endpoint;
  if (gone) return 'named by its EndpointSlice, but there is no such pod';
  if (pod?.deletedAt || e?.terminating) return e?.serving ? 'terminating, still serving' : 'terminating';
  if (use.ready) return pod ? `ready · ${selectedBy(world, pod)}` : 'ready';
  if (!pod) return e ? 'not ready' : 'unknown';
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return `finished: ${pod.reason ?? pod.phase}`;
  const scheduled = condition(pod.conditions, 'PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason || 'not scheduled'}: ${scheduled.message}`;
  const stuck = pod.containers.find(
    (c) => c.state.is === 'waiting' || (c.state.is === 'terminated' && c.role !== 'init'),
  );
  if (stuck) return `not ready: ${stuck.name} ${stateWords(stuck.state)}`;
  if (use.backends.length > 0 && e?.ready) return 'its EndpointSlice has no port number for this Service port';
  return `not ready${pod.phase === 'Running' ? '' : `: ${pod.phase}`}`;
}

function podFacts(pod: PodFacts | undefined, ip: string | undefined, node: string | undefined): Record<string, string> {
  const facts: Record<string, string> = {};
  const ips = pod && pod.podIPs.length > 0 ? pod.podIPs.join(', ') : ip;
  if (ips) facts['podIP'] = ips;
  if (node) facts['nodeName'] = node;
  if (!pod) return facts;
  facts['labels'] = labelsOf(pod, 6);
  facts['phase'] = pod.phase;
  const ready = condition(pod.conditions, 'Ready');
  if (ready) facts['Ready'] = ready.since ? `${ready.status} since ${ready.since}` : ready.status;
  if (pod.owner) facts['controlled by'] = `${pod.owner.kind}/${pod.owner.name}`;
  if (pod.hostNetwork) facts['hostNetwork'] = 'true';
  return facts;
}

/** The labels that the Service selects it by; all of them when it has none of those. */
function selectedBy(world: World, pod: PodFacts): string {
  let text = '';
  for (const key in world.service.selector)
    if (key in pod.labels) text += `${text === '' ? '' : ', '}${key}=${pod.labels[key]}`;
  return text || labelsOf(pod, 2);
}

function labelsOf({ labels }: PodFacts, most: number): string {
  let text = '';
  let n = 0;
  for (const key in labels) {
    if (n++ < most) text += `${text === '' ? '' : ', '}${key}=${labels[key]}`;
  }
  return n === 0 ? 'no labels' : n > most ? `${text} and ${n - most} more` : text;
}
