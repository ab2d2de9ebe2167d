/** Which endpoints get traffic: kube-proxy's rules (pkg/proxy/topology.go) as tables over slices, policies, hints and nodes. */
import assert from 'node:assert/strict';
import type { From } from '../../src/core/path.ts';
import { trace } from '../../src/core/trace.ts';
import { type Obj, snapshot } from './build.ts';
import { endpoint, node, pod, service, slice } from './objects.ts';

interface Ep {
  readonly name: string;
  readonly on: string;
  readonly is?: 'ready' | 'not-ready' | 'draining' | 'ending';
  readonly zones?: readonly string[];
  readonly nodes?: readonly string[];
}
const conditions = {
  ready: { ready: true, serving: true, terminating: false },
  'not-ready': { ready: false, serving: false, terminating: false },
  draining: { ready: false, serving: true, terminating: true },
  ending: { ready: false, serving: false, terminating: true },
};

interface Case {
  readonly says: string;
  readonly spec?: Obj;
  readonly eps: readonly Ep[];
  readonly from: From;
  readonly entrance: string;
  readonly takes: readonly string[];
  readonly share?: string;
  readonly leaves?: Readonly<Record<string, RegExp>>;
  readonly status: string;
}

const onN1: From = { kind: 'node', name: 'n1' };
const laptop: From = { kind: 'laptop' };
const local = { externalTrafficPolicy: 'Local', type: 'NodePort' };
const n1Port = 'node-port/30080/192.168.1.101';
const n2Port = 'node-port/30080/192.168.1.102';

const cases: readonly Case[] = [
  {
    says: 'ready ones share evenly, the others are left out with the reason',
    eps: [
      { name: 'a', on: 'n1' },
      { name: 'b', on: 'n2' },
      { name: 'c', on: 'n2', is: 'not-ready' },
      { name: 'd', on: 'n2', is: 'draining' },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a', 'b'],
    share: '1 in 2',
    leaves: { c: /^not ready$/, d: /^terminating$/ },
    status: 'works',
  },
  {
    says: 'with sessionAffinity a client keeps one: no share can be named',
    spec: { sessionAffinity: 'ClientIP' },
    eps: [
      { name: 'a', on: 'n1' },
      { name: 'b', on: 'n2' },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a', 'b'],
    status: 'works',
  },
  {
    says: 'none ready: those that terminate and still serve',
    eps: [
      { name: 'a', on: 'n1', is: 'draining' },
      { name: 'b', on: 'n2', is: 'ending' },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a'],
    leaves: { b: /terminating/ },
    status: 'works',
  },
  {
    says: 'none ready, none serving: nobody',
    eps: [
      { name: 'a', on: 'n1', is: 'not-ready' },
      { name: 'b', on: 'n2', is: 'ending' },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: [],
    status: 'broken',
  },
  {
    says: 'zone hints keep a client in its zone',
    eps: [
      { name: 'a', on: 'n1', zones: ['z1'] },
      { name: 'b', on: 'n2', zones: ['z2'] },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a'],
    leaves: { b: /hinted for zone z2/ },
    status: 'works',
  },
  {
    says: 'zone hints count only when every ready endpoint has one',
    eps: [
      { name: 'a', on: 'n1', zones: ['z1'] },
      { name: 'b', on: 'n2' },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a', 'b'],
    share: '1 in 2',
    status: 'works',
  },
  {
    says: 'an endpoint that is not ready need not have a hint',
    eps: [
      { name: 'a', on: 'n1', zones: ['z1'] },
      { name: 'b', on: 'n2', zones: ['z2'] },
      { name: 'c', on: 'n2', is: 'not-ready' },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a'],
    status: 'works',
  },
  {
    says: 'zone hints without one for this zone are not followed',
    eps: [
      { name: 'a', on: 'n2', zones: ['z2'] },
      { name: 'b', on: 'n2', zones: ['z2'] },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a', 'b'],
    share: '1 in 2',
    status: 'works',
  },
  {
    says: 'node hints (PreferSameNode) come before zone hints',
    eps: [
      { name: 'a', on: 'n1', zones: ['z1'], nodes: ['n1'] },
      { name: 'b', on: 'n2', zones: ['z1'], nodes: ['n2'] },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a'],
    leaves: { b: /hinted for node n2/ },
    status: 'works',
  },
  {
    says: 'a client somewhere in the cluster: hints name no share',
    eps: [
      { name: 'a', on: 'n1', zones: ['z1'] },
      { name: 'b', on: 'n2', zones: ['z2'] },
    ],
    from: { kind: 'cluster' },
    entrance: 'cluster-ip/8080',
    takes: ['a', 'b'],
    status: 'works',
  },
  {
    says: 'internalTrafficPolicy Local: only the client’s own node',
    spec: { internalTrafficPolicy: 'Local' },
    eps: [
      { name: 'a', on: 'n1' },
      { name: 'b', on: 'n2' },
    ],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: ['a'],
    leaves: { b: /on node n2 \(internalTrafficPolicy Local\)/ },
    status: 'works',
  },
  {
    says: 'internalTrafficPolicy Local: nothing on the node, nothing at all',
    spec: { internalTrafficPolicy: 'Local' },
    eps: [{ name: 'b', on: 'n2' }],
    from: onN1,
    entrance: 'cluster-ip/8080',
    takes: [],
    status: 'broken',
  },
  {
    says: 'internalTrafficPolicy Local for a client somewhere: some nodes have none',
    spec: { internalTrafficPolicy: 'Local' },
    eps: [{ name: 'b', on: 'n2' }],
    from: { kind: 'cluster' },
    entrance: 'cluster-ip/8080',
    takes: ['b'],
    status: 'degraded',
  },
  {
    says: 'externalTrafficPolicy Cluster: any node leads to any pod',
    spec: { type: 'NodePort' },
    eps: [{ name: 'b', on: 'n2' }],
    from: laptop,
    entrance: n1Port,
    takes: ['b'],
    status: 'works',
  },
  {
    says: 'externalTrafficPolicy Local: a node without a pod leads nowhere',
    spec: local,
    eps: [{ name: 'b', on: 'n2' }],
    from: laptop,
    entrance: n1Port,
    takes: [],
    leaves: { b: /externalTrafficPolicy Local/ },
    status: 'broken',
  },
  {
    says: 'externalTrafficPolicy Local: a node with a pod leads to it',
    spec: local,
    eps: [
      { name: 'a', on: 'n1' },
      { name: 'b', on: 'n2' },
    ],
    from: laptop,
    entrance: n2Port,
    takes: ['b'],
    status: 'works',
  },
  {
    says: 'externalTrafficPolicy Local: a pod that drains there is used while none is ready there',
    spec: local,
    eps: [
      { name: 'a', on: 'n1', is: 'draining' },
      { name: 'b', on: 'n2' },
    ],
    from: laptop,
    entrance: n1Port,
    takes: ['a'],
    status: 'works',
  },
  {
    says: 'externalTrafficPolicy Local: clients in the cluster are not outside',
    spec: local,
    eps: [{ name: 'b', on: 'n2' }],
    from: onN1,
    entrance: n1Port,
    takes: ['b'],
    status: 'works',
  },
  ...(['Cluster', 'Local'] as const).map(
    (externalTrafficPolicy): Case => ({
      says: `a load balancer, externalTrafficPolicy ${externalTrafficPolicy}: under Local it chooses a node first, and no share can be named`,
      spec: { type: 'LoadBalancer', externalTrafficPolicy },
      eps: [
        { name: 'a', on: 'n1' },
        { name: 'b', on: 'n2' },
        { name: 'c', on: 'n2' },
      ],
      from: laptop,
      entrance: 'load-balancer/8080',
      takes: ['a', 'b', 'c'],
      ...(externalTrafficPolicy === 'Cluster' ? { share: '1 in 3' } : {}),
      status: 'unknown',
    }),
  ),
  {
    says: 'a load balancer’s VIP from a node of the cluster: its own kube-proxy takes it, and Local does not count',
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
    eps: [
      { name: 'a', on: 'n1' },
      { name: 'b', on: 'n2' },
    ],
    from: onN1,
    entrance: 'load-balancer/8080',
    takes: ['a', 'b'],
    share: '1 in 2',
    status: 'works',
  },
  {
    says: 'headless: DNS gives the ready ones and never falls back',
    spec: { clusterIP: 'None', clusterIPs: ['None'] },
    eps: [{ name: 'a', on: 'n1', is: 'draining' }],
    from: { kind: 'cluster' },
    entrance: 'dns/8080',
    takes: [],
    status: 'broken',
  },
];

describe('trace: which endpoint is chosen', () => {
  for (const c of cases)
    it(c.says, () => {
      const spec: Obj = { ports: [{ port: 8080, targetPort: 8080, nodePort: 30080 }], ...c.spec };
      if (spec['type'] !== 'NodePort') spec['ports'] = [{ port: 8080, targetPort: 8080 }];
      // n1 always has a way to be asked: the NodePort of a client in the cluster needs the type.
      if (c.entrance.startsWith('node-port')) spec['ports'] = [{ port: 8080, targetPort: 8080, nodePort: 30080 }];
      const zone = (z: string) => ({ labels: { 'topology.kubernetes.io/zone': z } });
      const eps = c.eps.map((e, i) =>
        endpoint(`10.244.0.${i + 5}`, e.name, {
          nodeName: e.on,
          conditions: conditions[e.is ?? 'ready'],
          ...(e.zones || e.nodes
            ? {
                hints: {
                  forZones: e.zones?.map((name) => ({ name })),
                  forNodes: e.nodes?.map((name) => ({ name })),
                },
              }
            : {}),
        }),
      );
      const path = trace(
        snapshot({
          objects: [
            service('s', spec, {
              loadBalancer: spec['type'] === 'LoadBalancer' ? { ingress: [{ ip: '203.0.113.7' }] } : {},
            }),
            // Two slices: they are merged.
            slice('s', eps.slice(0, 1), { suffix: '1' }),
            slice('s', eps.slice(1), { suffix: '2' }),
            ...c.eps.map((e, i) =>
              pod(e.name, `10.244.0.${i + 5}`, { node: e.on, ready: (e.is ?? 'ready') === 'ready' }),
            ),
            node('n1', '192.168.1.101', zone('z1')),
            node('n2', '192.168.1.102', zone('z2')),
          ],
        }),
        c.from,
      );
      const e = path.entrances.find((x) => x.id === c.entrance);
      assert.ok(e, path.entrances.map((x) => x.id).join(' '));
      const pods = e.hops.filter((h) => h.startsWith('pod/')).map((h) => h.slice(4));
      assert.deepEqual(pods, c.takes);
      assert.equal(e.status, c.status);
      for (const name of c.takes)
        assert.equal(e.links.find((l) => l.from === 'endpoints' && l.to === `pod/${name}`)?.share, c.share);
      for (const [name, why] of Object.entries(c.leaves ?? {}))
        assert.match(e.links.find((l) => l.to === `pod/${name}`)?.leftOut ?? 'nothing', why);
    });

  it('an endpoint in two slices counts once, and as ready when one says so', () => {
    const path = trace(
      snapshot({
        objects: [
          service('s'),
          slice('s', [endpoint('10.244.0.5', 'a', { conditions: { ready: false } })], { suffix: '1' }),
          slice('s', [endpoint('10.244.0.5', 'a')], { suffix: '2' }),
          pod('a', '10.244.0.5'),
        ],
      }),
      { kind: 'cluster' },
    );
    assert.deepEqual(
      path.entrances.find((e) => e.kind === 'cluster-ip')?.hops.filter((h) => h.startsWith('pod/')),
      ['pod/a'],
    );
  });

  it('kube-proxy’s nodePortAddresses leave an address out', () => {
    const config = {
      kind: 'ConfigMap',
      metadata: { name: 'kube-proxy', namespace: 'kube-system' },
      data: { 'config.conf': 'mode: nftables\nnodePortAddresses: ["10.0.0.0/8"]\n' },
    };
    const path = trace(
      snapshot({
        objects: [
          service('s', { type: 'NodePort', ports: [{ port: 8080, targetPort: 8080, nodePort: 30080 }] }),
          slice('s', [endpoint('10.244.0.5', 'a')]),
          pod('a', '10.244.0.5'),
          node('n1', '192.168.1.101'),
          config,
        ],
      }),
      { kind: 'laptop' },
    );
    const e = path.entrances.find((x) => x.kind === 'node-port');
    assert.equal(e?.status, 'broken');
    assert.match(e?.links.find((l) => l.to === 'node-port/30080')?.leftOut ?? '', /10\.0\.0\.0\/8.*192\.168\.1\.101/);
  });
});
