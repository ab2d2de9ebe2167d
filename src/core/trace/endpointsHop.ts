/** The hop `endpoints`. */
import type { Hop } from '../path.ts';
import type { EndpointFacts } from '../snapshot.ts';
import type { Use } from './use.ts';
import { few } from './words.ts';
import type { World } from './world.ts';

/** All endpoints of the Service as one hop: how many there are, how many take traffic, in which slices they stand. */
export function endpointsHop(world: World, uses: ReadonlyMap<string, Use>): Hop {
  const { snapshot, service } = world;
  const of = `${service.namespace}/${service.name}`;
  const base = { id: 'endpoints', kind: 'endpoint', name: 'EndpointSlice', address: '' } as const;
  if (!snapshot.slices.known)
    return {
      ...base,
      status: 'unknown',
      note: snapshot.slices.why,
      facts: {},
      evidence: [world.see(`EndpointSlices of Service ${of}`, snapshot.slices.why)],
    };
  const slices = snapshot.slices.items;
  let ready = 0;
  let draining = 0;
  for (const use of uses.values()) {
    if (use.ready) ready++;
    else if (use.backends.some((b) => b.endpoint.terminating && b.endpoint.serving)) draining++;
  }
  const total = uses.size;
  const ports = [
    ...new Set(
      slices.flatMap((s) => s.ports.map((p) => `${p.name ? `${p.name} ` : ''}${p.port ?? 'unset'}/${p.protocol}`)),
    ),
  ];
  const first = slices[0];
  return {
    ...base,
    name: (slices.length === 1 && first?.name) || base.name,
    status: ready > 0 ? (ready < total ? 'warning' : 'ok') : draining > 0 ? 'warning' : 'error',
    note:
      total === 0
        ? 'no endpoints'
        : `${ready} of ${total} ready${ready === 0 && draining > 0 ? ` · ${draining} terminating but serving` : ''}`,
    facts: {
      endpoints: String(total),
      ready: String(ready),
      ...(total - ready > 0 ? { 'not ready': String(total - ready) } : {}),
      ...(draining > 0 ? { terminating: String(draining) } : {}),
      ports: few(ports),
      EndpointSlices: slices.length === 0 ? 'none' : few(slices.map((s) => s.name)),
      ...(first?.managedBy ? { 'managed by': first.managedBy } : {}),
    },
    evidence:
      slices.length === 0
        ? [
            world.see(
              `EndpointSlices labelled kubernetes.io/service-name=${service.name} in ${service.namespace}`,
              'none',
            ),
          ]
        : slices.slice(0, 8).map((s) =>
            world.see(
              `EndpointSlice ${service.namespace}/${s.name} endpoints`,
              s.endpoints.length === 0
                ? 'none'
                : few(
                    s.endpoints
                      .slice(0, 4)
                      .map(conditionsOf)
                      .concat(s.endpoints.length > 4 ? [`… ${s.endpoints.length} in all`] : []),
                    5,
                  ),
            ),
          ),
    ...(first
      ? {
          object: {
            apiVersion: 'discovery.k8s.io/v1',
            kind: 'EndpointSlice',
            namespace: service.namespace,
            name: first.name,
          },
        }
      : {}),
  };
}

/** An endpoint as its slice has it, in one line. */
export const conditionsOf = (e: EndpointFacts) =>
  `${e.addresses.join(' ')} ready=${e.ready}${e.serving === e.ready ? '' : ` serving=${e.serving}`}${e.terminating ? ' terminating=true' : ''}`;
