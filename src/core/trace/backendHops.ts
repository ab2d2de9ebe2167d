/** The hops behind the Service: its endpoints as one, each pod, each container, each address that is no pod. */
import type { Hop, HopStatus } from '../path.ts';
import { addContainerHops } from './containerHops.ts';
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
  for (const [id, use] of uses) {
    if (!id.startsWith('pod/')) {
      hops.push(addressHop(world, id, use, down));
      continue;
    }
    const pod = use.backends[0]?.pod;
    hops.push(podHop(world, id.slice('pod/'.length), pod, use, down));
    if (pod) addContainerHops(hops, world, pod, use, down);
  }
  for (const pod of podsWithoutEndpoint(world)) {
    const use: Use = { backends: [], ports: [], ready: false };
    const status = world.snapshot.slices.known ? down : 'unknown';
    hops.push(podHop(world, pod.name, pod, use, status));
    addContainerHops(hops, world, pod, use, status);
  }
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
