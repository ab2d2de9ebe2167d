/** A Service without a selector: nothing fills its slices but a person or a controller. */

import { kubectl } from '../kubectl.ts';
import type { Finding } from '../path.ts';
import type { ServicePortFacts, SliceFacts } from '../snapshot.ts';
import { type Case, endpointsFor, evidence, listed, place, portName, type Rule, slicesFor } from './case.ts';

/** `selectorless-no-endpoints`: nobody has made an endpoint; or those made have another port's name, or are not ready. */
export const selectorlessNoEndpoints: Rule = (c) => {
  const { service, snapshot } = c;
  if (Object.keys(service.selector).length > 0 || service.type === 'ExternalName' || !snapshot.slices.known) return [];
  const slices = slicesFor(service, snapshot.slices.items);
  if (slices.every((s) => s.endpoints.length === 0)) return [finding(c, null, slices, none(c, slices))];
  return service.ports
    .filter((port) => endpointsFor(slices, port) === 0)
    .map((port) => finding(c, portName(port), slices, unfit(port, slices)));
};

interface Words {
  readonly but: string;
  readonly try: string;
  readonly value: string;
}

function none({ service }: Case, slices: readonly SliceFacts[]): Words {
  const label = `kubernetes.io/service-name=${service.name}`;
  return {
    but:
      slices.length > 0
        ? `its EndpointSlice ${listed(slices.map((s) => s.name))} holds no endpoint`
        : `no EndpointSlice carries the label ${label}`,
    try: `Create an EndpointSlice with the label ${label} and the addresses to send to, or give the Service a selector.`,
    value: slices.length > 0 ? `${slices.length}, with 0 endpoints` : 'none',
  };
}

/** A slice's port belongs to the Service's port of the same name and protocol; its number alone says nothing. */
function unfit(port: ServicePortFacts, slices: readonly SliceFacts[]): Words {
  const title = (p: { name: string; protocol: string; port?: number | undefined }) =>
    `${p.name ? `\`${p.name}\`` : 'without a name'} ${p.port ?? 'unset'}/${p.protocol}`;
  const ports = [...new Set(slices.flatMap((s) => s.ports.map(title)))];
  const fits = slices.some((s) =>
    s.ports.some((p) => p.name === port.name && p.protocol === port.protocol && p.port !== undefined),
  );
  const all = slices.reduce((n, s) => n + s.endpoints.length, 0);
  if (fits)
    return {
      but: `none of its ${all} endpoints is ready (conditions.ready is false)`,
      try: 'Set conditions.ready to true in the EndpointSlice once the addresses answer.',
      value: `${all}, 0 ready`,
    };
  return {
    but: `no EndpointSlice has a port ${port.name ? `named \`${port.name}\`` : 'without a name'} for ${port.protocol} (they have: ${listed(ports) || 'none'})`,
    try: `Give the port of the EndpointSlice the name ${port.name ? `\`${port.name}\`` : '"" (none)'} and protocol ${port.protocol}, as the Service's port has.`,
    value: `ports: ${listed(ports) || 'none'}`,
  };
}

function finding(c: Case, port: string | null, slices: readonly SliceFacts[], words: Words): Finding {
  const { service, snapshot } = c;
  return {
    code: 'selectorless-no-endpoints',
    level: 'error',
    from: 'everywhere',
    hop: place(c.path, 'service'),
    port,
    objects: [`Service ${c.name}`, ...slices.map((s) => `EndpointSlice ${service.namespace}/${s.name}`)],
    says: `Service ${c.name} has no selector, so its endpoints are made by hand, but ${words.but}.`,
    try: words.try,
    command: kubectl(snapshot, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${service.name}`),
    evidence: [
      evidence(`Service ${c.name} spec.selector`, 'none'),
      evidence(`EndpointSlices of ${c.name}`, words.value),
    ],
  };
}
