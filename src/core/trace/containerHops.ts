/** The hops of the containers that connections end in. */
import { hostPort } from '../addresses.ts';
import type { Hop, HopStatus } from '../path.ts';
import type { ContainerFacts, ContainerStateFacts, PodFacts } from '../podFacts.ts';
import type { ServicePortFacts } from '../snapshot.ts';
import { containerOf, targetOf } from './container.ts';
import type { Use } from './use.ts';
import { count } from './words.ts';
import type { World } from './world.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface End {
  readonly container: ContainerFacts;
  readonly numbers: number[];
  guessed: boolean;
}

/** Adds one hop for each container that some port of the Service ends in; for a pod without endpoint, that which it would. */
export function addContainerHops(hops: Hop[], world: World, pod: PodFacts, use: Use, down: HopStatus): void {
  const ends: End[] = [];
  if (use.backends.length > 0)
    use.backends.forEach((b, i) => {
      addEnd(ends, pod, b.port, use.ports[i]);
    });
  else for (const port of world.ports) addEnd(ends, pod, targetOf(pod, port), port);
  const ip = use.backends[0]?.address ?? pod.podIPs[0] ?? '';
  for (const end of ends) hops.push(containerHop(world, pod, end, ip, down));
}

function addEnd(ends: End[], pod: PodFacts, number: number | undefined, port: ServicePortFacts | undefined): void {
  const { container, declared, only } = containerOf(pod, number, port);
  if (!container) return;
  let end = ends.find((e) => e.container === container);
  if (!end) {
    end = { container, numbers: [], guessed: false };
    ends.push(end);
  }
  if (number !== undefined && !end.numbers.includes(number)) end.numbers.push(number);
  if (!declared && !only) end.guessed = true;
}

function containerHop(
  world: World,
  pod: PodFacts,
  { container: c, numbers, guessed }: End,
  ip: string,
  down: HopStatus,
) {
  const running = c.state.is === 'running';
  const state = stateWords(c.state);
  const facts: Record<string, string> = {
    image: c.image,
    ports: portsOf(c),
    state,
    ready: String(c.ready),
    restartCount: String(c.restartCount),
  };
  if (c.lastState.is === 'terminated') facts['lastState'] = stateWords(c.lastState);
  if (c.readinessProbe) facts['readinessProbe'] = c.readinessProbe.says;
  const hop: Writable<Hop> = {
    id: `container/${pod.name}/${c.name}`,
    kind: 'container',
    name: c.name,
    address: hostPort(ip, numbers.join(',')),
    status: guessed && running ? 'unknown' : running && c.ready ? 'ok' : down,
    note: containerNote(c, guessed, numbers.length),
    facts,
    evidence: [
      world.see(
        `Pod ${pod.namespace}/${pod.name} status.containerStatuses[${c.name}]`,
        `${state}, ready=${c.ready}, restartCount=${c.restartCount}`,
      ),
    ],
    object: { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name },
  };
  if (pod.nodeName !== undefined) hop.node = pod.nodeName;
  return hop;
}

function portsOf(c: ContainerFacts): string {
  if (c.ports.length === 0) return 'none declared';
  return c.ports.map((p) => `${p.name ? `${p.name} ` : ''}${p.containerPort}/${p.protocol}`).join(', ');
}

function containerNote(c: ContainerFacts, guessed: boolean, numbers: number): string {
  if (c.state.is !== 'running') return stateWords(c.state);
  if (!c.ready) return 'running, not ready';
  if (guessed) return `${count(numbers, 'port')} declared by no container: which one listens cannot be seen`;
  return c.image;
}

/** The state of a container in Kubernetes' own reason: `running`, `CrashLoopBackOff`, `Error (exit code 1)`. */
export function stateWords(s: ContainerStateFacts): string {
  if (s.is === 'running') return 'running';
  if (s.is === 'waiting') return s.reason || 'waiting';
  if (s.is === 'terminated') return `${s.reason || 'terminated'} (exit code ${s.exitCode})`;
  return 'not started';
}
