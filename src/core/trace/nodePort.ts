/** A NodePort's hop, and the range that its number is given from. */
import { hostPort } from '../addresses.ts';
import type { Hop } from '../path.ts';
import { few, portLabel } from './words.ts';
import type { World } from './world.ts';

/** Where nodePorts are given from, as each API server that can be seen was told; nothing where that is not known. */
function nodePortRanges({ snapshot: { apiServers } }: World): { pod: string; flag: string; says: string }[] {
  return (apiServers.known ? apiServers.items : []).flatMap(({ name, serviceNodePortRange: range }) =>
    range
      ? [
          {
            pod: name,
            flag: range.isDefault ? 'not set' : range.value,
            says: range.isDefault ? `${range.value} (the default)` : range.value,
          },
        ]
      : [],
  );
}

/** A number that every node listens for, by rule: no process has it open. */
export function nodePortHop(world: World, id: string, addresses: readonly string[]): Hop {
  const { service: s } = world;
  const number = Number(id.slice('node-port/'.length));
  const ports = s.ports.filter((p) => p.nodePort === number);
  const only = addresses.length === 1 ? addresses[0] : undefined;
  const ranges = nodePortRanges(world);
  return {
    id,
    kind: 'node-port',
    name: `NodePort ${number}`,
    address: only === undefined ? `:${number}` : hostPort(only, number),
    status: 'ok',
    note: 'a rule on every node; no process listens',
    facts: {
      nodePort: String(number),
      port: ports.map(portLabel).join(', '),
      externalTrafficPolicy: s.externalTrafficPolicy,
      ...(ranges.length > 0 ? { 'service-node-port-range': few([...new Set(ranges.map((r) => r.says))]) } : {}),
    },
    evidence: [
      ...ports.map((p) =>
        world.see(`Service ${s.namespace}/${s.name} spec.ports[${p.name || p.port}].nodePort`, String(p.nodePort)),
      ),
      ...ranges.map((r) => world.see(`Pod kube-system/${r.pod} command --service-node-port-range`, r.flag)),
    ],
    object: { apiVersion: 'v1', kind: 'Service', namespace: s.namespace, name: s.name },
  };
}
