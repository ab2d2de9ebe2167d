/** How the Service uses one hop behind it: every endpoint that it is, over all ports and families. */
import { hostPort } from '../addresses.ts';
import type { Evidence } from '../path.ts';
import type { ServicePortFacts } from '../snapshot.ts';
import type { Backend } from './endpoints.ts';
import { conditionsOf } from './endpointsHop.ts';
import type { World } from './world.ts';

/** One hop behind the Service with all that it serves. */
export interface Use {
  readonly backends: Backend[];
  /** The Service's port of each. */
  readonly ports: (ServicePortFacts | undefined)[];
  /** Whether one of them takes traffic. */
  ready: boolean;
}

/** Its first address, with all port numbers used there. */
export function addressOf(use: Use, ip: string): string {
  const numbers: number[] = [];
  for (const b of use.backends)
    if (b.port !== undefined && b.address === ip && !numbers.includes(b.port)) numbers.push(b.port);
  return hostPort(ip, numbers.join(','));
}

/** What its slice says of it. */
export function sliceEvidence(world: World, use: Use): Evidence[] {
  const b = use.backends[0];
  return b
    ? [world.see(`EndpointSlice ${world.service.namespace}/${b.slice} endpoints`, conditionsOf(b.endpoint))]
    : [];
}
