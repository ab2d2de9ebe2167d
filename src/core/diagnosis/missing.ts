/** The Service itself is not there. */

import { kubectl } from '../kubectl.ts';
import type { Finding, TrafficPath } from '../path.ts';
import { evidence, listed, place } from './case.ts';
import { nearest } from './near.ts';

/** `service-not-found`: the API server knows no Service of this name in this namespace. Not said when we may not ask. */
export function serviceNotFound(path: TrafficPath): Finding[] {
  const { snapshot } = path;
  const { namespace, name, otherServices } = snapshot;
  if (!snapshot.service.known || snapshot.service.items.length > 0) return [];
  const others = otherServices.known ? otherServices.items : [];
  const sameName = others.filter((s) => s.name === name && s.namespace !== namespace).map((s) => s.namespace);
  const here = others.filter((s) => s.namespace === namespace).map((s) => s.name);
  const near = nearest(name, here);
  const offer =
    sameName[0] !== undefined
      ? `${sameName[0]}/${name}`
      : near[0] !== undefined
        ? `${namespace}/${near[0]}`
        : undefined;
  return [
    {
      code: 'service-not-found',
      level: 'error',
      from: 'everywhere',
      hop: place(path, 'service', 'dns'),
      port: null,
      objects: [`Service ${namespace}/${name}`],
      says: [
        `There is no Service ${name} in namespace ${namespace}.`,
        ...(sameName.length > 0 ? [`A Service of this name is in namespace ${listed(sameName)}.`] : []),
        ...(near.length > 0 ? [`Services with a similar name here: ${listed(near)}.`] : []),
        ...(near.length + sameName.length === 0 && here.length > 0
          ? [`This namespace has: ${listed(here.toSorted(), 5)}.`]
          : []),
        ...(otherServices.known ? [] : [`Other names cannot be offered: ${otherServices.why}.`]),
      ].join(' '),
      try:
        offer !== undefined
          ? `Trace ${offer}, or create the Service.`
          : `Check the name and the namespace (and that ${snapshot.connection.context || 'this context'} is the cluster you mean), or create the Service.`,
      command:
        sameName[0] !== undefined
          ? kubectl({ ...snapshot, namespace: sameName[0] }, 'get', 'service', name)
          : kubectl(snapshot, 'get', 'services'),
      evidence: [
        evidence(`Service ${namespace}/${name}`, 'not found'),
        ...(otherServices.known
          ? [evidence(`Services in ${namespace}`, here.length > 0 ? listed(here.toSorted(), 10) : 'none')]
          : []),
      ],
    },
  ];
}
