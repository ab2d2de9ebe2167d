/** The hops behind the Service: its endpoints as one, each pod, each container, each address that is no pod. */
import type { Hop, HopStatus } from '../path.ts';
import type { PodFacts } from '../podFacts.ts';
import type { ServiceFacts } from '../snapshot.ts';
import { addContainerHops } from './containerHops.ts';
import type { Backend } from './endpoints.ts';
import { endpointsHop } from './endpointsHop.ts';
import { podHop } from './podHop.ts';
import { addressOf, sliceEvidence, type Use } from './use.ts';
import { familiesOf, podsWithoutEndpoint, type World } from './world.ts';

/** Makes every hop behind the Service, `endpoints` first, each pod followed by its containers. */
export function backendHops(world: World): Hop[] {
  const uses = new Map<string, Use>();
  let anyReady = false;
  for (const family of familiesOf(world))
    for (const port of world.ports)
      for (const backend of world.backends(port, family)) {
        let use = uses.get(backend.hop);
        if (!use) {
          use = { backends: [], ports: [], ready: false };
          uses.set(backend.hop, use);
        }
        use.backends.push(backend);
        use.ports.push(port);
        if (backend.endpoint.ready && (backend.port !== undefined || port === undefined)) use.ready = anyReady = true;
      }
  const down: HopStatus = anyReady ? 'warning' : 'error';
  const hops: Hop[] = [endpointsHop(world, uses)];
  for (const [id, use] of uses) for (const hop of hopsOf(world, id, use.backends[0]?.pod, use, down)) hops.push(hop);
  for (const pod of podsWithoutEndpoint(world)) {
    const use: Use = { backends: [], ports: [], ready: false };
    const status = world.snapshot.slices.known ? down : 'unknown';
    for (const hop of hopsOf(world, `pod/${pod.name}`, pod, use, status)) hops.push(hop);
  }
  return hops;
}

/** The hops of one pod or address, and all that they were made from. */
interface Made {
  readonly service: ServiceFacts;
  readonly backends: readonly Backend[];
  readonly down: HopStatus;
  readonly hops: readonly Hop[];
}

/** By the first backend, or by the pod that has none: where one pod of thousands changes, all others keep their hops. */
const made = new WeakMap<Backend | PodFacts, Made>();

function hopsOf(world: World, id: string, pod: PodFacts | undefined, use: Use, down: HopStatus): readonly Hop[] {
  const { backends } = use;
  const key = backends[0] ?? pod;
  // Hops of pods that may not be read say why: the same backends do not make the same hops then.
  if (!key || !world.snapshot.pods.known) return makeHops(world, id, pod, use, down);
  const before = made.get(key);
  if (
    before?.service === world.service &&
    before.down === down &&
    before.backends.length === backends.length &&
    before.backends.every((b, i) => b === backends[i])
  )
    return before.hops;
  const hops = makeHops(world, id, pod, use, down);
  made.set(key, { service: world.service, backends, down, hops });
  return hops;
}

function makeHops(world: World, id: string, pod: PodFacts | undefined, use: Use, down: HopStatus): Hop[] {
  if (!id.startsWith('pod/')) return [addressHop(world, id, use, down)];
  const hops = [podHop(world, id.slice('pod/'.length), pod, use, down)];
  if (pod) addContainerHops(hops, world, pod, use, down);
  return hops;
}

function addressHop(world: World, id: string, use: Use, down: HopStatus): Hop {
  const ip = id.slice('endpoint/'.length);
  const e = use.backends[0]?.endpoint;
  return {
    id,
    kind: 'endpoint',
    name: e?.target ? `${e.target.kind} ${e.target.name}` : ip,
    address: addressOf(use, ip),
    status: use.ready ? 'ok' : down,
    note: use.ready ? 'no pod: an address written into the slice' : 'not ready',
    facts: { ...(e?.nodeName ? { nodeName: e.nodeName } : {}), ...(e?.zone ? { zone: e.zone } : {}) },
    evidence: sliceEvidence(world, use),
    ...(e?.nodeName ? { node: e.nodeName } : {}),
  };
}
