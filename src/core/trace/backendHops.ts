/** The hops behind the Service: its endpoints as one, each pod, each container, each address that is no pod. */
import type { Hop, HopStatus } from '../path.ts';
import type { ContainerFacts, ContainerStateFacts, PodFacts, ServicePortFacts } from '../snapshot.ts';
import type { Backend } from './endpoints.ts';
import { addressWith, condition, count, few } from './words.ts';
import { containerHop, containerOf, familiesOf, podsWithoutEndpoint, targetOf, type World } from './world.ts';

/** All that the slices say of one hop, over all ports and families. */
interface Use {
  readonly backends: { backend: Backend; port: ServicePortFacts | undefined }[];
  ready: boolean;
}

/** Makes every hop behind the Service, `endpoints` first, each pod followed by its containers. */
export function backendHops(world: World): Hop[] {
  const uses = new Map<string, Use>();
  let anyReady = false;
  for (const family of familiesOf(world))
    for (const port of world.ports)
      for (const backend of world.backends(port, family)) {
        const use = uses.get(backend.hop) ?? { backends: [], ready: false };
        use.backends.push({ backend, port });
        if (backend.endpoint.ready && (backend.port !== undefined || port === undefined)) use.ready = anyReady = true;
        uses.set(backend.hop, use);
      }
  const down: HopStatus = anyReady ? 'warning' : 'error';
  const hops: Hop[] = [endpointsHop(world, uses)];
  for (const [id, use] of uses) {
    if (!id.startsWith('pod/')) {
      hops.push(addressHop(world, id, use, down));
      continue;
    }
    const pod = world.pods.get(id.slice(4));
    hops.push(podHop(world, id.slice(4), pod, use, down));
    if (pod) hops.push(...containerHops(world, pod, use, down));
  }
  for (const pod of podsWithoutEndpoint(world)) {
    const use: Use = { backends: [], ready: false };
    const status = world.snapshot.slices.known ? down : 'unknown';
    hops.push(podHop(world, pod.name, pod, use, status), ...containerHops(world, pod, use, status));
  }
  return hops;
}

function endpointsHop(world: World, uses: ReadonlyMap<string, Use>): Hop {
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
    else if (use.backends.some((b) => b.backend.endpoint.terminating && b.backend.endpoint.serving)) draining++;
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
    name: first && slices.length === 1 ? first.name : base.name,
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

const conditionsOf = (e: Backend['endpoint']) =>
  `${e.addresses.join(' ')} ready=${e.ready}${e.serving === e.ready ? '' : ` serving=${e.serving}`}${e.terminating ? ' terminating=true' : ''}`;

const addressOf = (use: Use, ip: string): string =>
  addressWith(
    ip,
    use.backends.flatMap((b) => (b.backend.port === undefined || b.backend.address !== ip ? [] : [b.backend.port])),
  );

const sliceEvidence = (world: World, use: Use) => {
  const b = use.backends[0]?.backend;
  return b
    ? [world.see(`EndpointSlice ${world.service.namespace}/${b.slice} endpoints`, conditionsOf(b.endpoint))]
    : [];
};

function addressHop(world: World, id: string, use: Use, down: HopStatus): Hop {
  const ip = id.slice('endpoint/'.length);
  const e = use.backends[0]?.backend.endpoint;
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

function podHop(world: World, name: string, pod: PodFacts | undefined, use: Use, down: HopStatus): Hop {
  const backend = use.backends[0]?.backend;
  const e = backend?.endpoint;
  const ip = backend?.address ?? pod?.podIPs[0] ?? '';
  const node = pod?.nodeName ?? e?.nodeName;
  const namespace = world.service.namespace;
  const ready = pod && condition(pod.conditions, 'Ready');
  const gone = !pod && world.snapshot.pods.known;
  const evidence = sliceEvidence(world, use);
  if (ready) evidence.push(world.see(`Pod ${namespace}/${name} status.conditions[Ready]`, ready.status));
  else if (pod) evidence.push(world.see(`Pod ${namespace}/${name} status.phase`, pod.phase));
  else if (!world.snapshot.pods.known) evidence.push(world.see(`Pod ${namespace}/${name}`, world.snapshot.pods.why));
  else evidence.push(world.see(`Pod ${namespace}/${name}`, 'not found'));
  return {
    id: `pod/${name}`,
    kind: 'pod',
    name,
    address: addressOf(use, ip),
    status: use.ready ? (e?.terminating || gone ? 'warning' : 'ok') : down,
    note: podNote(pod, use, gone),
    facts: podFacts(pod, ip, node),
    evidence,
    ...(gone ? {} : { object: { apiVersion: 'v1', kind: 'Pod', namespace, name } }),
    ...(node ? { node } : {}),
  };
}

function podNote(pod: PodFacts | undefined, use: Use, gone: boolean): string {
  const e = use.backends[0]?.backend.endpoint;
  if (gone) return 'named by its EndpointSlice, but there is no such pod';
  if (pod?.deletedAt || e?.terminating) return e?.serving ? 'terminating, still serving' : 'terminating';
  if (use.ready)
    return pod?.containers.length
      ? `ready · ${few(
          Object.entries(pod.labels).map(([k, v]) => `${k}=${v}`),
          2,
        )}`
      : 'ready';
  if (!pod) return e ? 'not ready' : 'unknown';
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return `finished: ${pod.reason ?? pod.phase}`;
  const scheduled = condition(pod.conditions, 'PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason || 'not scheduled'}: ${scheduled.message}`;
  const stuck = pod.containers.find(
    (c) => c.state.is === 'waiting' || (c.state.is === 'terminated' && c.role !== 'init'),
  );
  if (stuck) return `not ready: ${stuck.name} ${stateWords(stuck.state)}`;
  if (use.backends.length > 0 && e?.ready) return 'its EndpointSlice has no port number for this Service port';
  return `not ready${pod.phase === 'Running' ? '' : `: ${pod.phase}`}`;
}

function podFacts(pod: PodFacts | undefined, ip: string, node: string | undefined): Record<string, string> {
  if (!pod) return { ...(ip ? { podIP: ip } : {}), ...(node ? { nodeName: node } : {}) };
  const facts: Record<string, string> = {};
  if (pod.podIPs.length > 0) facts['podIP'] = pod.podIPs.join(', ');
  if (node) facts['nodeName'] = node;
  facts['labels'] = few(
    Object.entries(pod.labels).map(([k, v]) => `${k}=${v}`),
    6,
  );
  facts['phase'] = pod.phase;
  const ready = condition(pod.conditions, 'Ready');
  if (ready) facts['Ready'] = ready.since ? `${ready.status} since ${ready.since}` : ready.status;
  if (pod.owner) facts['controlled by'] = `${pod.owner.kind}/${pod.owner.name}`;
  if (pod.hostNetwork) facts['hostNetwork'] = 'true';
  return facts;
}

/** The state of a container in Kubernetes' own reason: `running`, `CrashLoopBackOff`, `Error (exit code 1)`. */
export function stateWords(s: ContainerStateFacts): string {
  if (s.is === 'running') return 'running';
  if (s.is === 'waiting') return s.reason || 'waiting';
  if (s.is === 'terminated') return `${s.reason || 'terminated'} (exit code ${s.exitCode})`;
  return 'not started';
}

/** One hop for each container that some port of the Service ends in; for a pod without endpoint, that which it would. */
function containerHops(world: World, pod: PodFacts, use: Use, down: HopStatus): Hop[] {
  const ends = new Map<string, { container: ContainerFacts; numbers: Set<number>; guessed: boolean }>();
  const ways =
    use.backends.length > 0
      ? use.backends.map((b) => ({ number: b.backend.port, port: b.port }))
      : world.ports.map((port) => ({ number: targetOf(pod, port), port }));
  for (const { number, port } of ways) {
    const { container, declared, only } = containerOf(pod, number, port);
    const id = containerHop(world, { hop: `pod/${pod.name}`, ...(number === undefined ? {} : { port: number }) }, port);
    if (!container || !id) continue;
    const end = ends.get(id) ?? { container, numbers: new Set<number>(), guessed: false };
    if (number !== undefined) end.numbers.add(number);
    if (!declared && !only) end.guessed = true;
    ends.set(id, end);
  }
  return [...ends].map(([id, { container: c, numbers, guessed }]) => {
    const running = c.state.is === 'running';
    const ip = use.backends[0]?.backend.address ?? pod.podIPs[0] ?? '';
    return {
      id,
      kind: 'container',
      name: c.name,
      address: addressWith(ip, numbers),
      status: guessed && running ? 'unknown' : running && c.ready ? 'ok' : down,
      note: containerNote(c, guessed, numbers),
      facts: {
        image: c.image,
        ports:
          c.ports.map((p) => `${p.name ? `${p.name} ` : ''}${p.containerPort}/${p.protocol}`).join(', ') ||
          'none declared',
        state: stateWords(c.state),
        ready: String(c.ready),
        restartCount: String(c.restartCount),
        ...(c.lastState.is === 'terminated' ? { lastState: stateWords(c.lastState) } : {}),
        ...(c.readinessProbe ? { readinessProbe: c.readinessProbe.says } : {}),
      },
      evidence: [
        world.see(
          `Pod ${pod.namespace}/${pod.name} status.containerStatuses[${c.name}]`,
          `${stateWords(c.state)}, ready=${c.ready}, restartCount=${c.restartCount}`,
        ),
      ],
      object: { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name },
      ...(pod.nodeName ? { node: pod.nodeName } : {}),
    } satisfies Hop;
  });
}

function containerNote(c: ContainerFacts, guessed: boolean, numbers: ReadonlySet<number>): string {
  if (c.state.is !== 'running') return stateWords(c.state);
  if (!c.ready) return 'running, not ready';
  if (guessed) return `${count(numbers.size, 'port')} declared by no container: which one listens cannot be seen`;
  return c.image;
}
