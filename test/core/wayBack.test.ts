/** The way back of requests that enter through a node, and who counts as outside: the cases of kube-proxy's KUBE-EXT chain. */
import assert from 'node:assert/strict';
import type { From, Hop } from '../../src/core/path.ts';
import { trace } from '../../src/core/trace.ts';
import { type Obj, snapshot } from './build.ts';
import { endpoint, kubeProxy, node, pod, service, slice } from './objects.ts';

const ports = [{ protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30080 }];
const cluster = (spec: Obj, status: Obj = {}): Obj[] => [
  service('api-service', { type: 'NodePort', ports, ...spec }, status),
  slice('api-service', [{ ...endpoint('10.244.0.5', 'api-server-a'), nodeName: 'one' }]),
  pod('api-server-a', '10.244.0.5', { node: 'one' }),
  ...kubeProxy('', ['one', 'two']),
  node('one', '192.168.1.11'),
  node('two', '192.168.1.12'),
];
const laptop: From = { kind: 'laptop' };
const onTwo: From = { kind: 'node', name: 'two' };
const entrance = (objects: Obj[], from: From, id: string) => {
  const found = trace(snapshot({ objects }), from).entrances.find((e) => e.id === id);
  assert.ok(found, id);
  return found;
};
const pending = (ingress: Obj) => ({ loadBalancer: { ingress: [ingress] } });

describe('the way back', () => {
  const local = cluster({ externalTrafficPolicy: 'Local' });
  const isPod: From = { kind: 'pod', name: 'api-server-a' };

  it('Local, from outside: the pod sees the client', () => {
    const { wayBack } = entrance(local, laptop, 'node-port/30080/192.168.1.11');
    assert.match(wayBack, /sees the client's own address .*no SNAT.*conntrack puts 192\.168\.1\.11:30080 back/);
  });
  it("Local does not count at a client's own node, and counts at another", () => {
    const own = entrance(local, onTwo, 'node-port/30080/192.168.1.12');
    assert.equal(own.status, 'works');
    assert.match(own.wayBack, /\(SNAT, externalTrafficPolicy Local\)/);
    assert.match(entrance(local, isPod, 'node-port/30080/192.168.1.11').wayBack, /straight to the client pod.*no SNAT/);
    const other = entrance(local, isPod, 'node-port/30080/192.168.1.12');
    assert.equal(other.status, 'broken');
    assert.match(other.wayBack, /address that the packet came with/);
  });
  it('a load balancer that ends the connection: the pod never sees the client, whatever the policy', () => {
    for (const externalTrafficPolicy of ['Cluster', 'Local']) {
      const objects = cluster(
        { type: 'LoadBalancer', externalTrafficPolicy },
        pending({ ip: '1.2.3.4', ipMode: 'Proxy' }),
      );
      const { wayBack } = entrance(objects, laptop, 'load-balancer/80');
      assert.doesNotMatch(wayBack, /client's own address|1\.2\.3\.4:80 back/);
      assert.match(wayBack, /port 30080 back.*hands the answer to the client/);
    }
  });
  it('names conntrack only where a kube-proxy is seen: Cilium rewrites at connect()', () => {
    const bare = cluster({}).filter((o) => !JSON.stringify(o).includes('kube-proxy'));
    for (const [from, id] of [
      [laptop, 'node-port/30080/192.168.1.11'],
      [onTwo, 'cluster-ip/80'],
    ] as const) {
      assert.match(entrance(cluster({}), from, id).wayBack, /conntrack puts .*un-DNAT/);
      const { wayBack } = entrance(bare, from, id);
      assert.doesNotMatch(wayBack, /conntrack|un-DNAT/);
      assert.match(wayBack, /whatever stands in for kube-proxy .* puts .* back/);
    }
    const k3s = bare.map((o) =>
      o['kind'] === 'Node'
        ? { ...o, status: { ...(o['status'] as Obj), nodeInfo: { kubeletVersion: 'v1.36.1+k3s1' } } }
        : o,
    );
    assert.match(entrance(k3s, onTwo, 'cluster-ip/80').wayBack, /conntrack puts/);
  });
  it("a load balancer's VIP, from inside: it never leaves the client's node", () => {
    const objects = cluster({ type: 'LoadBalancer' }, pending({ ip: '1.2.3.4', ipMode: 'VIP' }));
    const { wayBack } = entrance(objects, onTwo, 'load-balancer/80');
    assert.match(wayBack, /node two.*1\.2\.3\.4:80 back/);
    assert.doesNotMatch(wayBack, /load balancer/);
  });
});

describe('a NodePort of a node that is not Ready', () => {
  it('may answer all the same: its rules are in its kernel', () => {
    const objects = [...cluster({}).slice(0, -1), node('two', '203.0.113.12', { ready: false })];
    assert.equal(entrance(objects, laptop, 'node-port/30080/203.0.113.12').status, 'unknown');
  });
});

describe('a named targetPort', () => {
  const containers = (init: Obj[]) => ({
    initContainers: init,
    containers: [{ name: 'api', image: 'x', ports: [{ name: 'http', containerPort: 8080 }] }],
  });
  it('is a container’s before a sidecar’s, and never an init container’s', () => {
    for (const restartPolicy of [undefined, 'Always']) {
      const init = { name: 'first', image: 'x', restartPolicy, ports: [{ name: 'http', containerPort: 9999 }] };
      const objects = [
        service('api-service', { ports: [{ protocol: 'TCP', port: 80, targetPort: 'http' }] }),
        slice('api-service', []),
        pod('api-server-a', '10.244.0.5', { spec: containers([init]) }),
      ];
      const hop: Hop | undefined = trace(snapshot({ objects }), laptop).hops.find(
        (h) => h.id === 'container/api-server-a/api',
      );
      assert.equal(hop?.address, '10.244.0.5:8080');
    }
  });
});

describe('a command of minikube', () => {
  it('quotes a profile that a kubeconfig made up', () => {
    const profile = 'x; touch /y';
    const { provider } = trace(
      snapshot({
        objects: cluster({}),
        laptop: { addresses: [{ interface: 'eth0', cidr: '10.1.1.1/24' }] },
        connection: { context: profile, extensions: ['minikube.sigs.k8s.io'] },
      }),
      laptop,
    );
    assert.match(provider.tunnel?.command ?? '', /^minikube service api-service -n default --url -p 'x; touch \/y'$/);
  });
});
