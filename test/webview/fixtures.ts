/** Invented diagnoses for the page's tests and pictures: each shows one thing that a picture must be able to show. */
import type { Diagnosis, Entrance, Evidence, Finding, Hop, HopStatus, Link, Provider } from '../../src/core/path.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { snapshot } from '../core/build.ts';
import { service } from '../core/objects.ts';

const at = '2026-01-01T07:12:44Z';
const evidence = (source: string, value: string): Evidence[] => [{ vantage: 'objects', source, value }];
const hop = (
  id: string,
  kind: Hop['kind'],
  name: string,
  address: string,
  note: string,
  over: Partial<Hop> = {},
): Hop => ({
  id,
  kind,
  name,
  address,
  note,
  status: 'ok',
  facts: {},
  evidence: evidence('Service default/api-service', name),
  ...over,
});

const object = (kind: string, name: string) => ({
  apiVersion: 'v1',
  kind,
  name,
  ...(kind === 'Node' ? {} : { namespace: 'default' }),
});

const node = (name: string, index: number) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'minikube.k8s.io/name': 'minikube' }, creationTimestamp: at },
  spec: { podCIDR: `10.244.${index}.0/24`, podCIDRs: [`10.244.${index}.0/24`] },
  status: { addresses: [{ type: 'InternalIP', address: `192.168.49.${index + 2}` }] },
});

const minikube: Provider = {
  name: 'minikube',
  driver: 'docker',
  evidence: evidence('Node minikube metadata.labels', 'minikube.k8s.io/name=minikube'),
  nodesReachable: 'no',
  why: 'This computer is in 192.168.1.0/24; the node’s 192.168.49.2 lives in a network inside Docker.',
  tunnel: { kind: 'minikube-service', command: 'minikube service api-service --url' },
};

interface PodSpec {
  readonly name: string;
  readonly ip: string;
  readonly node?: string;
  readonly status?: HopStatus;
  readonly note?: string;
  readonly leftOut?: string;
}

interface Spec {
  readonly pods?: readonly PodSpec[];
  readonly nodes?: readonly string[];
  readonly chosen?: 'node-port' | 'minikube-service' | 'cluster-ip';
  readonly findings?: readonly Finding[];
  readonly verdict?: Diagnosis['verdict'];
  readonly statuses?: Readonly<Record<string, HopStatus>>;
  readonly notes?: Readonly<Record<string, string>>;
  readonly over?: Partial<Snapshot>;
  readonly unknown?: Diagnosis['path']['unknown'];
  readonly tunnelRuns?: boolean;
  readonly name?: string;
}

const two: readonly PodSpec[] = [
  { name: 'api-server-7d9f8c5b4-x2x7k', ip: '10.244.0.5' },
  { name: 'api-server-7d9f8c5b4-k8wqz', ip: '10.244.0.6' },
];

/** A finding with what every finding has. */
export function finding(code: string, hopId: string, says: string, over: Partial<Finding> = {}): Finding {
  return {
    code,
    level: 'error',
    from: 'everywhere',
    hop: hopId,
    port: null,
    objects: ['Service default/api-service'],
    says,
    try: 'Make the labels agree.',
    evidence: evidence('Service default/api-service', says),
    ...over,
  };
}

/** The tutorial's cluster with what the spec changes. */
export function diagnosis(spec: Spec = {}): Diagnosis {
  const pods = spec.pods ?? two;
  const nodes = spec.nodes ?? ['minikube'];
  const [first = 'minikube'] = nodes;
  const name = spec.name ?? 'api-service';
  const facts: Snapshot = {
    ...snapshot({
      objects: [
        service(name, { type: 'NodePort', ports: [{ port: 8080, targetPort: 8080, nodePort: 30080 }] }),
        ...nodes.map(node),
      ],
      at,
      connection: { context: 'minikube' },
      laptop: { platform: 'darwin' },
    }),
    ...spec.over,
  };
  const ready = pods.filter((p) => p.leftOut === undefined).length;
  const tunnelRuns = spec.tunnelRuns ?? false;
  const patch = (h: Hop): Hop => ({
    ...h,
    status: spec.statuses?.[h.id] ?? h.status,
    note: spec.notes?.[h.id] ?? h.note,
  });
  const hops: Hop[] = [
    hop('client', 'client', 'Browser or curl', '127.0.0.1:62218', 'you start here'),
    hop('client/cluster', 'client', 'Any pod', '', 'a client inside the cluster'),
    hop(
      'tunnel/minikube-service',
      'tunnel',
      'minikube service',
      '127.0.0.1:62218',
      tunnelRuns ? 'ssh to 10.96.123.45:8080' : 'does not run',
      {
        status: tunnelRuns ? 'ok' : 'error',
        facts: { listens: '127.0.0.1:62218', carries: 'ssh -L to 10.96.123.45:8080' },
      },
    ),
    hop(`node/${first}`, 'node', first, '192.168.49.2', 'Ready · v1.35.0', {
      node: first,
      object: object('Node', first),
      facts: {
        InternalIP: '192.168.49.2',
        kubeletVersion: 'v1.35.0',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        containerRuntimeVersion: 'docker://29.0.1',
      },
    }),
    hop('node-port/30080', 'node-port', 'NodePort 30080', '192.168.49.2:30080', 'open on every node', {
      node: first,
      object: object('Service', name),
      facts: { nodePort: '30080', externalTrafficPolicy: 'Cluster' },
    }),
    hop(`kube-proxy/${first}`, 'kube-proxy', 'kube-proxy', 'nftables', 'rules rewrite the address, once', {
      node: first,
      facts: { mode: 'nftables', chain: 'service-ULMVA6XW-default/api-service/tcp/' },
    }),
    hop('service', 'service', name, '10.96.123.45:8080', `virtual · ${ready} of ${pods.length} endpoints ready`, {
      object: object('Service', name),
      status: ready === pods.length ? 'ok' : ready > 0 ? 'warning' : 'error',
      facts: {
        type: 'NodePort',
        clusterIP: '10.96.123.45',
        selector: 'app=api',
        port: '8080 → 8080/TCP',
        nodePort: '30080',
        sessionAffinity: 'None',
      },
      evidence: [
        ...evidence('Service default/api-service spec.selector', 'app=api'),
        ...evidence(
          'EndpointSlice api-service-zht5g endpoints',
          pods
            .map((p) => p.ip)
            .slice(0, 3)
            .join(', '),
        ),
      ],
    }),
  ];
  const back: string[] = [];
  const links: Link[] = [];
  for (const p of pods) {
    const on = p.node ?? first;
    const id = `pod/${p.name}`;
    const container = `container/${p.name}/api`;
    hops.push(
      hop(id, 'pod', p.name, `${p.ip}:8080`, p.note ?? `Ready · on ${on}`, {
        node: on,
        status: p.status ?? 'ok',
        object: object('Pod', p.name),
        facts: {
          podIP: p.ip,
          node: on,
          labels: 'app=api\nversion=v0.1',
          owner: 'Deployment api-server',
          started: '4 min ago, 0 restarts',
        },
        evidence: evidence(
          `EndpointSlice api-service-zht5g endpoints[${back.length / 2}].conditions.ready`,
          String(p.leftOut === undefined),
        ),
      }),
      hop(container, 'container', 'api', `${p.ip}:8080`, 'traffic-path/api:v0.1', {
        node: on,
        status: p.status === 'error' ? 'error' : 'ok',
        object: object('Pod', p.name),
        facts: { image: 'traffic-path/api:v0.1', ports: '8080/TCP', readinessProbe: 'GET http://:8080/ready' },
      }),
    );
    back.push(id, container);
    links.push(
      {
        from: 'service',
        to: id,
        ...(p.leftOut === undefined ? (ready > 1 ? { share: `1 in ${ready}` } : {}) : { leftOut: p.leftOut }),
      },
      { from: id, to: container },
    );
  }
  const chain = (ids: readonly string[]): Link[] => ids.slice(1).map((to, i) => ({ from: ids[i] ?? '', to }));
  const entrance = (
    id: string,
    kind: Entrance['kind'],
    url: string,
    ids: readonly string[],
    over: Partial<Entrance> = {},
  ): Entrance => ({
    id,
    kind,
    port: '8080/TCP',
    url,
    client: 'laptop',
    open: true,
    status: spec.verdict ?? 'works',
    hops: [...ids, ...back],
    links: [...chain(ids), ...links],
    skips: [],
    whySkips: '',
    wayBack: `The answer goes back the same way: kube-proxy’s rules on ${first} put 10.96.123.45 back as its sender, so that the client sees one peer.`,
    ...over,
  });
  const entrances = [
    entrance(
      'node-port/30080',
      'node-port',
      'http://192.168.49.2:30080',
      ['client', `node/${first}`, 'node-port/30080', `kube-proxy/${first}`, 'service'],
      spec.tunnelRuns === undefined ? {} : { status: 'broken', stopsAt: `node/${first}` },
    ),
    entrance(
      'minikube-service/8080',
      'minikube-service',
      'http://127.0.0.1:62218',
      ['client', 'tunnel/minikube-service', `kube-proxy/${first}`, 'service'],
      {
        open: tunnelRuns,
        skips: [`node/${first}`, 'node-port/30080'],
        whySkips: 'ssh leads straight to the ClusterIP',
      },
    ),
    entrance(
      'cluster-ip/8080',
      'cluster-ip',
      'http://10.96.123.45:8080',
      ['client/cluster', `kube-proxy/${first}`, 'service'],
      { client: 'cluster' },
    ),
  ];
  return {
    path: {
      snapshot: facts,
      from: { kind: 'laptop' },
      ...(facts.service.known && facts.service.items[0] ? { service: facts.service.items[0] } : {}),
      provider: minikube,
      entrances,
      hops: hops.map(patch),
      unknown: spec.unknown ?? [],
    },
    findings: spec.findings ?? [],
    verdict: spec.verdict ?? 'works',
    sentence:
      'browser → minikube 192.168.49.2:30080 → kube-proxy → Service 10.96.123.45:8080 → 10.244.0.5 | 10.244.0.6 → container api',
  };
}

const many = (count: number, nodes: number, bad: number): PodSpec[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `api-server-7d9f8c5b4-${(i + 46656).toString(36).padStart(5, 'x')}`,
    ip: `10.244.${i % nodes}.${2 + (Math.floor(i / nodes) % 250)}`,
    node: nodes === 1 ? 'minikube' : `node-${(i % nodes) + 1}`,
    ...(i % Math.floor(count / bad) === 7
      ? { status: 'error' as const, leftOut: 'not ready', note: 'readiness: GET /ready → 503' }
      : {}),
  }));

const readiness = finding(
  'readiness-failing',
  'pod/api-server-7d9f8c5b4-q4nfx',
  'Pod default/api-server-7d9f8c5b4-q4nfx is not ready: its readiness probe GET http://:8080/ready answered 503, 17 times, last at 07:12:40. No connection goes to it.',
  {
    level: 'warning',
    try: 'Look at what the container logs when /ready is asked.',
    command: 'kubectl --context minikube -n default logs api-server-7d9f8c5b4-q4nfx',
    evidence: evidence(
      'Event Unhealthy of Pod default/api-server-7d9f8c5b4-q4nfx',
      'Readiness probe failed: HTTP probe failed with statuscode: 503',
    ),
  },
);

const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

/** One diagnosis a name. */
export const fixtures = {
  tutorial: () => diagnosis(),
  tunnel: () => diagnosis({ tunnelRuns: true }),
  'tunnel-needed': () =>
    diagnosis({
      tunnelRuns: false,
      statuses: { 'node/minikube': 'error' },
      notes: { 'node/minikube': 'not reachable from this computer' },
      findings: [
        finding(
          'node-not-reachable',
          'node/minikube',
          'Node minikube’s address 192.168.49.2 is in a network inside Docker; this computer is in 192.168.1.0/24 and has no way into it.',
          {
            from: 'laptop',
            try: 'Go through a tunnel.',
            command: 'minikube service api-service --url',
          },
        ),
        finding(
          'tunnel-needed',
          'tunnel/minikube-service',
          'No tunnel runs, and minikube with the docker driver needs one on macOS.',
          {
            from: 'laptop',
            try: 'Start the tunnel and keep it running; it prints the URL to use.',
            command: 'minikube service api-service --url',
          },
        ),
      ],
    }),
  degraded: () =>
    diagnosis({
      tunnelRuns: true,
      verdict: 'degraded',
      pods: [
        ...two,
        {
          name: 'api-server-7d9f8c5b4-q4nfx',
          ip: '10.244.0.7',
          status: 'error',
          leftOut: 'not ready',
          note: 'readiness: GET /ready → 503',
        },
      ],
      findings: [readiness],
    }),
  broken: () =>
    diagnosis({
      verdict: 'broken',
      pods: [],
      statuses: { service: 'error' },
      notes: { service: 'selector app=api matches no pod' },
      findings: [
        finding(
          'selector-matches-nothing',
          'service',
          'Service default/api-service selects app=api, but no pod in default has that label. The nearest: Deployment api-server makes pods with app=api-server.',
          {
            try: 'Set the Service’s selector to app=api-server, or label the pod template app=api.',
            command: `kubectl --context minikube -n default patch service api-service -p '{"spec":{"selector":{"app":"api-server"}}}'`,
          },
        ),
      ],
    }),
  'multi-node': () =>
    diagnosis({
      nodes: ['node-1', 'node-2', 'node-3'],
      pods: [
        { name: 'api-server-7d9f8c5b4-x2x7k', ip: '10.244.0.5', node: 'node-1' },
        { name: 'api-server-7d9f8c5b4-k8wqz', ip: '10.244.1.6', node: 'node-2' },
        { name: 'api-server-7d9f8c5b4-q4nfx', ip: '10.244.2.7', node: 'node-3' },
      ],
    }),
  inside: () => diagnosis(),
  'pods-200': () => diagnosis({ nodes: ['node-1', 'node-2', 'node-3'], pods: many(200, 3, 3), verdict: 'degraded' }),
  'pods-10000': () =>
    diagnosis({
      nodes: Array.from({ length: 100 }, (_, i) => `node-${i + 1}`),
      pods: many(10_000, 100, 50),
      verdict: 'degraded',
    }),
  'unknown-rights': () =>
    diagnosis({
      verdict: 'unknown',
      pods: [],
      statuses: { service: 'unknown', 'kube-proxy/minikube': 'unknown', 'node/minikube': 'unknown' },
      notes: {
        service: 'endpoints not readable',
        'kube-proxy/minikube': 'mode not readable',
        'node/minikube': 'not readable',
      },
      unknown: [
        {
          what: 'pods in default',
          why: 'forbidden: needs list pods',
          needs: { apiGroup: '', resource: 'pods', verbs: ['list'], namespace: 'default' },
        },
        {
          what: 'endpointslices in default',
          why: 'forbidden: needs list endpointslices',
          needs: { apiGroup: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list'], namespace: 'default' },
        },
        {
          what: 'nodes',
          why: 'forbidden: needs list nodes',
          needs: { apiGroup: '', resource: 'nodes', verbs: ['list'] },
        },
      ],
    }),
  stale: () =>
    diagnosis({ over: { stale: { since: '2026-01-01T07:12:44Z', why: 'connection refused by 127.0.0.1:6443' } } }),
  insecure: () => {
    const d = diagnosis();
    const { snapshot: s } = d.path;
    return {
      ...d,
      path: { ...d.path, snapshot: { ...s, connection: { ...s.connection, insecureSkipTlsVerify: true } } },
    };
  },
  hostile: () =>
    diagnosis({
      name: evil,
      pods: [
        { name: 'end', ip: '10.244.0.5', note: evil },
        {
          name: 'graph TD; A-->B',
          ip: '10.244.0.6',
          note: '`code` **bold** _it_ "quoted" \'single\' #quot; &lt;b&gt;',
        },
        { name: 'שלום-עולם-🚀-‮evil', ip: '10.244.0.7', note: '🙂 emoji and RTL' },
        { name: 'x'.repeat(253), ip: '10.244.0.8', leftOut: evil, status: 'error', note: 'y'.repeat(253) },
      ],
      findings: [finding('readiness-failing', 'pod/end', evil, { try: evil, command: evil })],
      verdict: 'degraded',
    }),
} as const satisfies Record<string, () => Diagnosis>;

export type FixtureName = keyof typeof fixtures;
