/** The path in one sentence, hop by hop, as one would say it at a whiteboard. */
import type { Entrance, Hop, TrafficPath } from './path.ts';

/**
 * Says one entrance (the first, when none is given): `this computer → node minikube → … → container api`.
 * `↛` stands before the hop that requests do not get into.
 */
export function sentenceOf(path: TrafficPath, entrance: Entrance | undefined = path.entrances[0]): string {
  const { namespace, name } = path.snapshot;
  if (!path.service)
    return path.snapshot.service.known
      ? `There is no Service ${namespace}/${name}.`
      : `Service ${namespace}/${name} could not be read: ${path.snapshot.service.why}.`;
  if (!entrance) return `Service ${namespace}/${name} has no way in.`;
  const hops = new Map(path.hops.map((h) => [h.id, h]));
  const front: string[] = [];
  const pods: Hop[] = [];
  const containers = new Set<string>();
  for (const id of entrance.hops) {
    const hop = hops.get(id);
    if (!hop || id === 'endpoints') continue;
    if (hop.kind === 'pod' || hop.kind === 'endpoint') pods.push(hop);
    else if (hop.kind === 'container') containers.add(hop.name);
    else front.push(`${id === entrance.stopsAt ? '↛' : '→'} ${frontWords(hop, entrance, path)}`);
  }
  const behind = entrance.hops.includes('endpoints') ? behindWords(pods, hops.get('endpoints')) : pods.map(podWords);
  const names = [...containers];
  const container =
    names.length === 0
      ? []
      : [names.length === 1 ? `container ${names[0]}` : `containers ${names.slice(0, 3).join(', ')}`];
  const back = [...behind, ...container].filter(Boolean).map((words) => `→ ${words}`);
  return [...front, ...back].join(' ').replace(/^→ /, '');
}

function frontWords(hop: Hop, entrance: Entrance, path: TrafficPath): string {
  switch (hop.kind) {
    case 'client':
      return hop.id.startsWith('client/') && hop.id !== 'client/cluster'
        ? `${hop.id.split('/')[1]} ${hop.name}`
        : hop.name;
    case 'node':
      return `node ${hop.name}`;
    case 'node-port':
      return `NodePort ${entrance.url.replace(/^https?:\/\//, '')}`;
    case 'kube-proxy':
      return 'kube-proxy';
    case 'service':
      return path.service?.clusterIPs[0] === 'None'
        ? `headless Service ${hop.name}`
        : `Service ${hop.name} ${hop.address}`.trim();
    case 'dns':
      return 'cluster DNS';
    case 'tunnel':
      return `${hop.name}${hop.address ? ` ${hop.address}` : ' (not running)'}`;
    default:
      return nameAndAddress(hop);
  }
}

const nameAndAddress = (hop: Hop) =>
  hop.address.startsWith(hop.name) ? hop.address : `${hop.name} ${hop.address}`.trim();

const podWords = (hop: Hop) => `${hop.kind === 'pod' ? 'pod' : 'endpoint'} ${nameAndAddress(hop)}`;

function behindWords(pods: readonly Hop[], endpoints: Hop | undefined): string[] {
  const [first] = pods;
  if (!first) return [endpoints?.status === 'unknown' ? 'endpoints unknown' : 'no endpoint that takes traffic'];
  if (pods.length === 1) return [podWords(first)];
  const shown = pods.slice(0, 3).map(nameAndAddress);
  return [
    `one of ${pods.length} ${pods.every((p) => p.kind === 'pod') ? 'pods' : 'endpoints'} (${shown.join(', ')}${pods.length > 3 ? ', …' : ''})`,
  ];
}
