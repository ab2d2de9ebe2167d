/** An ExternalName Service, which is DNS and nothing else. */
import { familyOf } from '../addresses.ts';
import { kubectl } from '../kubectl.ts';
import { evidence, place, type Rule } from './case.ts';

/**
 * `external-name-is-ip`: externalName is an address. DNS answers with a CNAME to a host of that name, which no resolver
 * finds (https://kubernetes.io/docs/concepts/services-networking/service/#externalname).
 */
export const externalNameIsIp: Rule = (c) => {
  const { type, externalName: host = '', ports } = c.service;
  if (type !== 'ExternalName' || familyOf(host) === undefined) return [];
  return [
    {
      code: 'external-name-is-ip',
      level: 'error',
      from: 'everywhere',
      hop: place(c.path, 'dns', 'service'),
      port: null,
      objects: [`Service ${c.name}`],
      says: `Service ${c.name} has externalName ${host}, an IP address, but DNS takes it for the name of a host: no such name resolves.`,
      try: `Use a name that resolves to ${host}; or make the Service headless (clusterIP None, no selector) with an EndpointSlice that holds ${host}${ports.length > 0 ? '' : ' and its port'}.`,
      command: kubectl(c.snapshot, 'edit', 'service', c.service.name),
      evidence: [evidence(`Service ${c.name} spec.externalName`, host)],
    },
  ];
};
