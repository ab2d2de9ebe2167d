/** The path in one sentence, hop by hop, as one would say it at a whiteboard. */
import type { Entrance, Hop, TrafficPath } from './path.ts';

/** So many pods are named. */
const most = 3;

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
  const ends: string[] = [];
  const named: string[] = [];
  const containers: string[] = [];
  for (const id of entrance.hops) {
    if (id.startsWith('container/')) {
      if (!containers.some((end) => id.endsWith(end))) containers.push(id.slice(id.lastIndexOf('/')));
      continue;
    }
    const end = id.startsWith('pod/') || id.startsWith('endpoint/');
    if (end) ends.push(id);
    if (!end || ends.length <= most) named.push(id);
  }
  // Of thousands only the first few are named: nothing is looked up for the rest.
  const hops = new Map<string, Hop>();
  for (const hop of path.hops) {
    if (hops.size === named.length) break;
    if (named.includes(hop.id)) hops.set(hop.id, hop);
  }
  const front: string[] = [];
  const first: Hop[] = [];
  for (const id of named) {
    const hop = hops.get(id);
    if (!hop || id === 'endpoints') continue;
    if (hop.kind === 'pod' || hop.kind === 'endpoint') first.push(hop);
    else front.push(`${id === entrance.stopsAt ? '↛' : '→'} ${frontWords(hop, entrance, path)}`);
  }
  const behind = entrance.hops.includes('endpoints')
    ? behindWords(first, ends, hops.get('endpoints'))
    : first.map(podWords);
  const names = containers.map((end) => end.slice(1));
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

function behindWords(first: readonly Hop[], all: readonly string[], endpoints: Hop | undefined): string[] {
  const [one] = first;
  if (!one) return [endpoints?.status === 'unknown' ? 'endpoints unknown' : 'no endpoint that takes traffic'];
  if (all.length === 1) return [podWords(one)];
  const what = all.every((id) => id.startsWith('pod/')) ? 'pods' : 'endpoints';
  const more = all.length > first.length ? ', …' : '';
  return [`one of ${all.length} ${what} (${first.map(nameAndAddress).join(', ')}${more})`];
}
