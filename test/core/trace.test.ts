/** The path of one Service: entrances, chains, skips, shares, way back, hops. Each test names the field it is about. */
import assert from 'node:assert/strict';
import type { Entrance, From, Hop, TrafficPath } from '../../src/core/path.ts';
import { sentenceOf } from '../../src/core/sentence.ts';
import { trace } from '../../src/core/trace.ts';
import { type Build, type Obj, snapshot } from './build.ts';
import { endpoint, kubeProxy, minikubeNode, node, pod, service, slice, tutorial } from './objects.ts';

const laptop: From = { kind: 'laptop' };
const inside: From = { kind: 'cluster' };
const run = (objects: readonly Obj[], from: From = laptop, more: Partial<Build> = {}): TrafficPath =>
  trace(snapshot({ objects, ...more }), from);

function entrance(path: TrafficPath, id: string): Entrance {
  const found = path.entrances.find((e) => e.id === id);
  assert.ok(found, `no entrance ${id} among ${path.entrances.map((e) => e.id).join(' ')}`);
  return found;
}
function hop(path: TrafficPath, id: string): Hop {
  const found = path.hops.find((h) => h.id === id);
  assert.ok(found, `no hop ${id} among ${path.hops.map((h) => h.id).join(' ')}`);
  return found;
}
const way = (path: TrafficPath, id: string) => entrance(path, id).hops.join(' ');
const leftOut = (path: TrafficPath, id: string) =>
  Object.fromEntries(
    entrance(path, id)
      .links.filter((l) => l.leftOut !== undefined)
      .map((l) => [l.to, l.leftOut]),
  );
const shares = (path: TrafficPath, id: string) =>
  Object.fromEntries(
    entrance(path, id)
      .links.filter((l) => l.from === 'endpoints' && l.leftOut === undefined)
      .map((l) => [l.to, l.share]),
  );

const behind =
  'service endpoints pod/api-server-a container/api-server-a/api pod/api-server-b container/api-server-b/api';

/** What holds of every path, whatever is in it. */
function isWhole(path: TrafficPath): void {
  const ids = path.hops.map((h) => h.id);
  assert.equal(new Set(ids).size, ids.length, 'a hop is there twice');
  const entrances = path.entrances.map((e) => e.id);
  assert.equal(new Set(entrances).size, entrances.length, `an entrance is there twice: ${entrances}`);
  for (const h of path.hops) {
    assert.ok(h.evidence.length > 0, `${h.id} has no evidence`);
    for (const e of h.evidence) assert.ok(e.source, `${h.id}: evidence without source`);
    assert.ok(h.name, `${h.id} has no name`);
    assert.ok(h.note || h.status === 'ok', `${h.id} says nothing`);
  }
  for (const e of path.entrances) {
    for (const id of [...e.hops, ...e.skips, ...e.links.flatMap((l) => [l.from, l.to])])
      assert.ok(ids.includes(id), `${e.id} names ${id}, which is no hop`);
    assert.equal(new Set(e.hops).size, e.hops.length, `${e.id} meets a hop twice`);
    for (const id of e.skips) assert.ok(!e.hops.includes(id), `${e.id} skips ${id} and meets it`);
    assert.equal(e.whySkips !== '', e.skips.length > 0, `${e.id}: whySkips`);
    for (const l of e.links) assert.ok(e.hops.includes(l.from), `${e.id}: link from ${l.from}, which it does not meet`);
    for (const [i, id] of e.hops.entries())
      if (i > 0)
        assert.ok(
          e.links.some((l) => l.to === id),
          `${e.id}: nothing leads to ${id}`,
        );
  }
}

describe('a NodePort', () => {
  const apiServer = (name: string, more: Obj): Obj => ({
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', labels: { component: 'kube-apiserver', tier: 'control-plane' } },
    spec: { containers: [{ name: 'kube-apiserver', image: 'x', ...more }] },
  });
  const etcd = '--etcd-servers=https://127.0.0.1:2379';
  const rangeOf = (...servers: Obj[]) => {
    const facts = snapshot({ objects: [...tutorial(), ...servers] });
    const hop = trace(facts, { kind: 'laptop' }).hops.find((h) => h.kind === 'node-port');
    const evidence = hop?.evidence.filter((e) => /range/.test(e.source)).map((e) => `${e.source}: ${e.value}`);
    return [hop?.facts['service-node-port-range'], ...(evidence ?? [])];
  };
  const source = (pod: string) => `Pod kube-system/${pod} command --service-node-port-range`;

  it('says where its number is given from, as the API server was told', () => {
    const set = apiServer('kube-apiserver-a', {
      command: ['kube-apiserver', etcd, '--service-node-port-range=80-32767'],
    });
    assert.deepEqual(rangeOf(set), ['80-32767', `${source('kube-apiserver-a')}: 80-32767`]);
    const args = apiServer('b', {
      command: ['kube-apiserver'],
      args: ['--service-node-port-range', '31000-31100', etcd],
    });
    assert.deepEqual(rangeOf(args), ['31000-31100', `${source('b')}: 31000-31100`]);
    const unset = apiServer('c', { command: ['kube-apiserver', etcd] });
    assert.deepEqual(rangeOf(unset, unset), [
      '30000-32767 (the default)',
      `${source('c')}: not set`,
      `${source('c')}: not set`,
    ]);
  });
  it('says nothing of it where no API server shows its flags', () => {
    assert.deepEqual(rangeOf(), [undefined]);
    assert.deepEqual(rangeOf(apiServer('a', { command: ['/start.sh'] })), [undefined]);
  });
});

describe('trace: the tutorial', () => {
  const path = run(tutorial());

  it('is whole', () => isWhole(path));

  it('NodePort: client, node, NodePort, kube-proxy, Service, endpoints, pods, containers', () => {
    assert.equal(way(path, 'node-port/30080'), `client node/minikube node-port/30080 kube-proxy/minikube ${behind}`);
    const e = entrance(path, 'node-port/30080');
    assert.equal(e.url, 'http://192.168.49.2:30080');
    assert.equal(e.port, '8080/TCP');
    assert.deepEqual(e.skips, []);
    assert.match(e.wayBack, /SNAT.*192\.168\.49\.2:30080/);
  });

  it('ClusterIP shares kube-proxy on a cluster of one node, and leaves the NodePort out', () => {
    assert.equal(way(path, 'cluster-ip/8080'), `client/cluster kube-proxy/minikube ${behind}`);
    const e = entrance(path, 'cluster-ip/8080');
    assert.deepEqual(e.skips, ['node-port/30080']);
    assert.equal(e.client, 'cluster');
    assert.match(e.wayBack, /conntrack puts 10\.96\.123\.45:8080 back/);
  });

  it('two ready endpoints get one in two each', () => {
    assert.deepEqual(shares(path, 'cluster-ip/8080'), { 'pod/api-server-a': '1 in 2', 'pod/api-server-b': '1 in 2' });
  });

  it('port-forward is offered, goes to one pod, and skips what it skips', () => {
    const e = entrance(path, 'port-forward/8080');
    assert.equal(e.open, false);
    assert.equal(
      way(path, 'port-forward/8080'),
      'client tunnel/port-forward pod/api-server-a container/api-server-a/api',
    );
    assert.deepEqual(e.skips, ['node-port/30080', 'kube-proxy/minikube', 'service', 'endpoints']);
    assert.match(e.whySkips, /dials 127\.0\.0\.1 inside it/);
    assert.equal(
      hop(path, 'tunnel/port-forward').facts['command'],
      'kubectl --context test -n default port-forward service/api-service 8080:8080',
    );
  });

  it('hops carry addresses, statuses and Kubernetes’ own words', () => {
    assert.equal(hop(path, 'service').address, '10.96.123.45:8080');
    assert.equal(hop(path, 'service').facts['selector'], 'app=api');
    assert.equal(hop(path, 'node-port/30080').address, '192.168.49.2:30080');
    assert.equal(hop(path, 'pod/api-server-a').address, '10.244.0.5:8080');
    assert.equal(hop(path, 'node/minikube').facts['roles'], 'control-plane');
    assert.equal(hop(path, 'kube-proxy/minikube').facts['mode'], 'iptables (mode is empty: the default on Linux)');
    assert.equal(hop(path, 'endpoints').note, '2 of 2 ready');
    assert.ok(path.hops.filter((h) => !['tunnel', 'dns'].includes(h.kind)).every((h) => h.status === 'ok'));
  });

  it('says the path in one sentence', () => {
    assert.equal(
      sentenceOf(path),
      'this computer ↛ node minikube → NodePort 192.168.49.2:30080 → kube-proxy → Service api-service 10.96.123.45:8080 → one of 2 pods (api-server-a 10.244.0.5:8080, api-server-b 10.244.0.6:8080) → container api',
    );
  });
});

describe('trace: where the client stands', () => {
  it('a pod in the cluster uses NodePorts too, and has no tunnels', () => {
    const path = run(tutorial(), inside);
    isWhole(path);
    assert.ok(path.entrances.every((e) => e.client === 'cluster' && !e.hops.includes('client')));
    assert.ok(!path.entrances.some((e) => ['port-forward', 'minikube-service'].includes(e.kind)));
    assert.equal(entrance(path, 'node-port/30080').status, 'works');
  });

  it('a pod by name asks from its own node', () => {
    const path = run([...tutorial(), node('n2', '192.168.49.3')], { kind: 'pod', name: 'api-server-a' });
    isWhole(path);
    assert.match(way(path, 'cluster-ip/8080'), /^client\/pod\/api-server-a kube-proxy\/minikube /);
  });

  it('a node asks without the cluster’s DNS', () => {
    const path = run(tutorial(), { kind: 'node', name: 'minikube' });
    isWhole(path);
    assert.match(way(path, 'cluster-ip/8080'), /^client\/node\/minikube kube-proxy\/minikube /);
    assert.ok(!path.entrances.some((e) => e.kind === 'dns'));
  });

  it('with several nodes and no node named, kube-proxy is that of whichever node', () => {
    const path = run([...tutorial(), node('n2', '192.168.49.3'), ...kubeProxy('nftables', ['n2'])], inside);
    isWhole(path);
    assert.match(way(path, 'cluster-ip/8080'), /^client\/cluster kube-proxy service/);
    assert.equal(hop(path, 'kube-proxy').facts['pods'], '2 of 2 ready');
  });
});

describe('trace: types of Service', () => {
  const two = [endpoint('10.244.0.5', 'api-server-a'), endpoint('10.244.0.6', 'api-server-b')];
  const pods = [pod('api-server-a', '10.244.0.5'), pod('api-server-b', '10.244.0.6')];

  it('ClusterIP: nothing for this computer but a port-forward', () => {
    const path = run([service('api-service'), slice('api-service', two), ...pods, minikubeNode()]);
    isWhole(path);
    assert.deepEqual(
      path.entrances.filter((e) => e.client === 'laptop').map((e) => e.kind),
      ['port-forward'],
    );
    assert.deepEqual(entrance(path, 'cluster-ip/8080').skips, []);
  });

  it('LoadBalancer with ipMode VIP: kube-proxy takes its address, the NodePort is skipped', () => {
    const lb = service(
      'api-service',
      { type: 'LoadBalancer', ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] },
      { loadBalancer: { ingress: [{ ip: '203.0.113.7', ipMode: 'VIP' }] } },
    );
    const path = run([lb, slice('api-service', two), ...pods, minikubeNode()]);
    isWhole(path);
    assert.equal(
      way(path, 'load-balancer/80'),
      `client load-balancer/203.0.113.7 node/minikube kube-proxy/minikube ${behind}`,
    );
    assert.deepEqual(entrance(path, 'load-balancer/80').skips, ['node-port/30080']);
    // A client in the cluster never leaves its node for it.
    const short = run([lb, slice('api-service', two), ...pods, minikubeNode()], inside);
    assert.equal(
      way(short, 'load-balancer/80'),
      `client/cluster load-balancer/203.0.113.7 kube-proxy/minikube ${behind}`,
    );
  });

  it('LoadBalancer with ipMode Proxy, or with a host name: through the NodePort', () => {
    for (const ingress of [{ ip: '203.0.113.7', ipMode: 'Proxy' }, { hostname: 'lb.example.com' }]) {
      const path = run([
        service(
          'api-service',
          { type: 'LoadBalancer', ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] },
          { loadBalancer: { ingress: [ingress] } },
        ),
        slice('api-service', two),
        ...pods,
        minikubeNode(),
      ]);
      isWhole(path);
      assert.match(way(path, 'load-balancer/80'), /node\/minikube node-port\/30080 kube-proxy\/minikube/);
    }
  });

  it('LoadBalancer without an address: broken, at a hop of its own; minikube offers its tunnel', () => {
    const path = run([
      service('api-service', { type: 'LoadBalancer', ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] }),
      slice('api-service', two),
      ...pods,
      minikubeNode(),
    ]);
    isWhole(path);
    assert.equal(entrance(path, 'load-balancer/80').status, 'broken');
    assert.equal(hop(path, 'load-balancer/pending').status, 'error');
    assert.equal(path.provider.tunnel?.command, 'minikube tunnel');
    assert.equal(entrance(path, 'minikube-tunnel/80').open, false);
  });

  it('externalIPs: each an entrance', () => {
    const path = run([
      service('api-service', { externalIPs: ['192.168.1.50', '192.168.1.51'] }),
      slice('api-service', two),
      ...pods,
      minikubeNode(),
    ]);
    isWhole(path);
    assert.match(way(path, 'external-ip/8080/192.168.1.50'), /^client external-ip\/192\.168\.1\.50 node\/minikube /);
    assert.equal(entrance(path, 'external-ip/8080/192.168.1.51').status, 'works');
  });

  it('headless: DNS answers with the pods, clients use the targetPort, no kube-proxy', () => {
    const path = run(
      [
        service('cart', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ port: 80, targetPort: 8080 }] }),
        slice('cart', two),
        ...pods,
        minikubeNode(),
      ],
      inside,
    );
    isWhole(path);
    assert.equal(way(path, 'dns/80'), `client/cluster dns ${behind}`);
    assert.equal(entrance(path, 'dns/80').url, 'http://cart.default.svc.cluster.local:8080');
    assert.ok(!path.hops.some((h) => h.kind === 'kube-proxy'));
    assert.match(sentenceOf(path, entrance(path, 'dns/80')), /headless Service cart/);
  });

  it('headless without ports', () => {
    const path = run(
      [
        service('peers', { clusterIP: 'None', clusterIPs: ['None'], ports: undefined }),
        slice('peers', two, { ports: [] }),
        ...pods,
      ],
      inside,
    );
    isWhole(path);
    assert.equal(entrance(path, 'dns').status, 'works');
    assert.equal(entrance(path, 'dns').port, '');
  });

  it('ExternalName: an alias; whether the host answers is unknown', () => {
    const path = run([
      service('payments', {
        type: 'ExternalName',
        externalName: 'pay.example.com',
        clusterIP: undefined,
        clusterIPs: undefined,
        selector: undefined,
        ports: undefined,
      }),
      minikubeNode(),
    ]);
    isWhole(path);
    assert.equal(way(path, 'external-name'), 'client/cluster dns service endpoint/pay.example.com');
    assert.equal(entrance(path, 'external-name').status, 'unknown');
    assert.ok(!path.hops.some((h) => h.id === 'endpoints'));
  });

  it('no selector, slices by hand: addresses that are no pods', () => {
    const path = run(
      [
        service('db', { selector: undefined, ports: [{ name: 'pg', port: 5432, targetPort: 5432 }] }),
        slice('db', [endpoint('192.0.2.10'), endpoint('192.0.2.11', undefined, { conditions: { ready: false } })], {
          ports: [{ name: 'pg', port: 5432, protocol: 'TCP' }],
        }),
        minikubeNode(),
      ],
      inside,
    );
    isWhole(path);
    assert.equal(
      way(path, 'cluster-ip/5432'),
      'client/cluster kube-proxy/minikube service endpoints endpoint/192.0.2.10',
    );
    assert.deepEqual(leftOut(path, 'cluster-ip/5432'), { 'endpoint/192.0.2.11': 'not ready' });
    assert.equal(entrance(path, 'cluster-ip/5432').url, '10.96.123.45:5432/TCP');
  });
});

describe('trace: ports', () => {
  it('each port has its own entrances and endpoints; UDP and TCP of one number live side by side', () => {
    const path = run(
      [
        service('kube-dns', {
          clusterIP: '10.96.0.10',
          clusterIPs: ['10.96.0.10'],
          ports: [
            { name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 },
            { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 53 },
            { name: 'metrics', protocol: 'TCP', port: 9153, targetPort: 9153 },
          ],
        }),
        slice('kube-dns', [endpoint('10.244.0.5', 'api-server-a')], {
          ports: [
            { name: 'dns', protocol: 'UDP', port: 53 },
            { name: 'dns-tcp', protocol: 'TCP', port: 53 },
            { name: 'metrics', protocol: 'TCP', port: 9153 },
          ],
        }),
        pod('api-server-a', '10.244.0.5'),
        minikubeNode(),
      ],
      inside,
    );
    isWhole(path);
    assert.equal(entrance(path, 'cluster-ip/53/UDP').url, '10.96.0.10:53/UDP');
    assert.equal(entrance(path, 'cluster-ip/53').url, '10.96.0.10:53/TCP');
    assert.equal(entrance(path, 'cluster-ip/9153').url, 'http://10.96.0.10:9153');
    assert.equal(hop(path, 'service').address, '10.96.0.10:53,9153');
  });

  it('SCTP', () => {
    const path = run([
      service('sig', {
        ports: [{ protocol: 'SCTP', port: 3868, targetPort: 3868, nodePort: 30868 }],
        type: 'NodePort',
      }),
      slice('sig', [endpoint('10.244.0.5', 'api-server-a')], { ports: [{ name: '', protocol: 'SCTP', port: 3868 }] }),
      pod('api-server-a', '10.244.0.5'),
      minikubeNode(),
    ]);
    isWhole(path);
    assert.equal(entrance(path, 'node-port/30868/SCTP').url, '192.168.49.2:30868/SCTP');
    assert.ok(!path.entrances.some((e) => e.kind === 'port-forward'), 'kubectl forwards TCP only');
  });

  it('a named targetPort has its own number in each pod, and its own container', () => {
    const web = (name: string, ip: string, number: number) =>
      pod(name, ip, {
        spec: {
          containers: [
            { name: 'proxy', image: 'p', ports: [{ name: 'admin', containerPort: 9901 }] },
            { name: 'web', image: 'w', ports: [{ name: 'http', containerPort: number }] },
          ],
        },
        status: {
          containerStatuses: ['proxy', 'web'].map((n) => ({ name: n, ready: true, state: { running: {} } })),
        },
      });
    const path = run(
      [
        service('api-service', { ports: [{ name: 'http', port: 80, targetPort: 'http' }] }),
        slice('api-service', [endpoint('10.244.0.5', 'a')], { ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] }),
        slice('api-service', [endpoint('10.244.0.6', 'b')], {
          suffix: '2',
          ports: [{ name: 'http', port: 9090, protocol: 'TCP' }],
        }),
        web('a', '10.244.0.5', 8080),
        web('b', '10.244.0.6', 9090),
        minikubeNode(),
      ],
      inside,
    );
    isWhole(path);
    assert.equal(hop(path, 'pod/a').address, '10.244.0.5:8080');
    assert.equal(hop(path, 'container/b/web').address, '10.244.0.6:9090');
    assert.ok(!path.hops.some((h) => h.id === 'container/a/proxy'));
  });

  it('a named targetPort that no container has: the slice has no number, nothing is sent', () => {
    const path = run(
      [
        service('api-service', { ports: [{ name: 'web', port: 80, targetPort: 'http' }] }),
        slice('api-service', [endpoint('10.244.0.5', 'api-server-a')], { ports: [] }),
        pod('api-server-a', '10.244.0.5'),
        minikubeNode(),
      ],
      inside,
    );
    isWhole(path);
    assert.equal(entrance(path, 'cluster-ip/80').status, 'broken');
    assert.deepEqual(leftOut(path, 'cluster-ip/80'), {
      'pod/api-server-a': 'no port number',
    });
    assert.equal(hop(path, 'pod/api-server-a').status, 'error');
  });

  it('two containers, none declares the port: the container hop says that it is a guess', () => {
    const path = run([
      service('api-service', { ports: [{ port: 80, targetPort: 7000 }] }),
      slice('api-service', [endpoint('10.244.0.5', 'a')], { ports: [{ name: '', port: 7000, protocol: 'TCP' }] }),
      pod('a', '10.244.0.5', {
        spec: {
          containers: [
            { name: 'one', image: '1' },
            { name: 'two', image: '2' },
          ],
        },
        status: { containerStatuses: ['one', 'two'].map((n) => ({ name: n, ready: true, state: { running: {} } })) },
      }),
      minikubeNode(),
    ]);
    assert.equal(hop(path, 'container/a/one').status, 'unknown');
    assert.match(hop(path, 'container/a/one').note, /cannot be seen/);
  });

  it('dual-stack: an entrance and endpoints for each family', () => {
    const path = run([
      service('api-service', {
        type: 'NodePort',
        clusterIPs: ['10.96.123.45', 'fd00:10:96::2d'],
        ipFamilies: ['IPv4', 'IPv6'],
        ports: [{ port: 8080, targetPort: 8080, nodePort: 30080 }],
      }),
      slice('api-service', [endpoint('10.244.0.5', 'api-server-a')]),
      slice('api-service', [endpoint('fd00:10:244::5', 'api-server-a')], { addressType: 'IPv6', suffix: 'v6' }),
      pod('api-server-a', '10.244.0.5', { status: { podIPs: [{ ip: '10.244.0.5' }, { ip: 'fd00:10:244::5' }] } }),
      node('minikube', '', {
        addresses: [
          { type: 'InternalIP', address: '192.168.49.2' },
          { type: 'InternalIP', address: 'fc00:f853::2' },
        ],
      }),
    ]);
    isWhole(path);
    assert.equal(entrance(path, 'cluster-ip/8080/fd00:10:96::2d').url, 'http://[fd00:10:96::2d]:8080');
    assert.equal(entrance(path, 'node-port/30080/fc00:f853::2').url, 'http://[fc00:f853::2]:30080');
    assert.equal(entrance(path, 'pod-ip/8080/fd00:10:244::5').url, 'http://[fd00:10:244::5]:8080');
  });
});

describe('trace: tunnels', () => {
  const tunnel = { localAddress: '127.0.0.1', localPort: 45001, port: 8080 };

  it('a port-forward that runs is an open entrance, first, and stays with its pod', () => {
    const path = run(tutorial(), laptop, {
      tunnels: [{ id: 't1', kind: 'port-forward', pod: 'api-server-b', ...tunnel }],
    });
    isWhole(path);
    assert.equal(path.entrances[0]?.id, 'port-forward/8080');
    assert.equal(path.entrances[0]?.open, true);
    assert.equal(path.entrances[0]?.url, 'http://127.0.0.1:45001');
    assert.equal(way(path, 'port-forward/8080'), 'client tunnel/t1 pod/api-server-b container/api-server-b/api');
    assert.equal(hop(path, 'tunnel/t1').status, 'ok');
  });

  it('minikube service: into the node, to the ClusterIP, never to the NodePort', () => {
    const path = run(tutorial(), laptop, { tunnels: [{ id: 't2', kind: 'minikube-service', ...tunnel }] });
    isWhole(path);
    assert.equal(way(path, 'minikube-service/8080'), `client tunnel/t2 node/minikube kube-proxy/minikube ${behind}`);
    assert.deepEqual(entrance(path, 'minikube-service/8080').skips, ['node-port/30080']);
    assert.match(entrance(path, 'minikube-service/8080').whySkips, /ClusterIP 10\.96\.123\.45:8080/);
  });

  it('kubectl takes the pod that is ready, even when another is older', () => {
    const path = run([
      service('api-service'),
      slice('api-service', [
        endpoint('10.244.0.5', 'old', { conditions: { ready: false } }),
        endpoint('10.244.0.6', 'new'),
      ]),
      pod('old', '10.244.0.5', { ready: false }),
      pod('new', '10.244.0.6'),
      minikubeNode(),
    ]);
    assert.match(way(path, 'port-forward/8080'), /pod\/new/);
  });
});

describe('trace: what may not be read, or is not there', () => {
  const all = ['endpointslices', 'pods', 'workloads', 'nodes', 'events', 'kube-proxy', 'dns'] as const;

  it('with only `get services`: chains, endpoints unknown with the reason, nothing claimed', () => {
    const path = run(tutorial(), laptop, { forbidden: all });
    isWhole(path);
    assert.equal(way(path, 'cluster-ip/8080'), 'client/cluster kube-proxy service endpoints');
    assert.equal(hop(path, 'endpoints').status, 'unknown');
    assert.match(hop(path, 'endpoints').note, /forbidden: needs list endpointslices/);
    assert.equal(hop(path, 'kube-proxy').status, 'unknown');
    assert.equal(entrance(path, 'cluster-ip/8080').status, 'unknown');
    assert.equal(entrance(path, 'node-port/30080').url, 'http://NODE:30080');
    assert.equal(entrance(path, 'node-port/30080').status, 'unknown');
    assert.ok(path.unknown.some((u) => u.what === 'pods in default' && u.needs?.resource === 'pods'));
    assert.equal(path.provider.nodesReachable, 'unknown');
  });

  it('slices but no pods: pods by their slices, works', () => {
    const path = run(tutorial(), inside, { forbidden: ['pods', 'nodes', 'kube-proxy', 'dns'] });
    isWhole(path);
    assert.equal(entrance(path, 'cluster-ip/8080').status, 'works');
    assert.equal(hop(path, 'pod/api-server-a').status, 'ok');
    assert.ok(hop(path, 'pod/api-server-a').evidence.some((e) => /needs list pods/.test(e.value)));
  });

  it('pods but no slices: they are shown, and that they are endpoints is not claimed', () => {
    const path = run(tutorial(), inside, { forbidden: ['endpointslices'] });
    isWhole(path);
    assert.equal(hop(path, 'pod/api-server-a').status, 'unknown');
    assert.equal(leftOut(path, 'cluster-ip/8080')['pod/api-server-a'], 'its endpoints could not be read');
  });

  it('no Service of that name, or none that may be read', () => {
    const gone = run(tutorial(), laptop, { name: 'nope' });
    assert.deepEqual(
      gone.hops.map((h) => [h.id, h.status]),
      [
        ['client', 'ok'],
        ['service', 'error'],
      ],
    );
    const hidden = run(tutorial(), inside, { forbidden: ['services'] });
    assert.deepEqual(
      hidden.hops.map((h) => [h.id, h.status]),
      [
        ['client/cluster', 'ok'],
        ['service', 'unknown'],
      ],
    );
    assert.equal(hidden.service, undefined);
    assert.match(sentenceOf(hidden), /could not be read/);
  });

  it('objects with no fields at all throw nothing', () => {
    const path = run([
      { kind: 'Service', metadata: { name: 'x' } },
      { kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{}] } },
      {
        kind: 'EndpointSlice',
        metadata: { labels: { 'kubernetes.io/service-name': 'x' } },
        endpoints: [{}, { addresses: [] }],
      },
      { kind: 'Pod', metadata: {} },
      { kind: 'Node' },
    ]);
    isWhole(path);
  });

  it('without kube-proxy it is unknown, and says what that may mean', () => {
    const path = run(
      tutorial().filter((o) => (o['metadata'] as Obj)['namespace'] !== 'kube-system'),
      inside,
    );
    assert.equal(hop(path, 'kube-proxy/minikube').status, 'unknown');
    assert.match(hop(path, 'kube-proxy/minikube').note, /Cilium/);
    assert.equal(entrance(path, 'cluster-ip/8080').status, 'works');
  });
});

describe('trace: ten thousand pods', () => {
  it('shows few of the many, and keeps what did not change', function () {
    this.timeout(20_000);
    const ip = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    const n = 10_000;
    const build = (size: number) =>
      snapshot({
        objects: [
          ...tutorial().slice(0, 1),
          ...Array.from({ length: size / 100 }, (_, s) =>
            slice(
              'api-service',
              Array.from({ length: 100 }, (__, k) =>
                endpoint(ip(s * 100 + k), `p-${s * 100 + k}`, { nodeName: `n-${k}` }),
              ),
              { suffix: `s${s}` },
            ),
          ),
          ...Array.from({ length: size }, (_, i) => pod(`p-${i}`, ip(i), { node: `n-${i % 100}` })),
          ...Array.from({ length: 100 }, (_, i) => node(`n-${i}`, `192.168.50.${i}`)),
        ],
      });
    const facts = build(n);
    const path = trace(facts, laptop);
    assert.equal(path.entrances.filter((e) => e.kind === 'node-port').length, 8);
    assert.equal(path.entrances.filter((e) => e.kind === 'pod-ip').length, 8);

    // One pod changes: new hops for it, those of all others are the same objects.
    const pods = facts.pods.known ? facts.pods.items : [];
    const [first] = pods;
    assert.ok(first);
    const labels = { ...first.labels, version: 'v0.2' };
    const next = {
      ...facts,
      at: '2026-01-01T00:00:09Z',
      pods: { known: true as const, items: pods.with(0, { ...first, labels }) },
    };
    const before = new Set(path.hops);
    const fresh = (p: TrafficPath) => p.hops.filter((h) => /^(pod|container)\//.test(h.id) && !before.has(h));
    assert.deepEqual(fresh(trace(facts, inside)), []);
    assert.deepEqual(
      fresh(trace(next, laptop)).map((h) => h.id),
      [`pod/${first.name}`, `container/${first.name}/api`],
    );
  });

  it('makes hops anew when what they say of all changes: the Service, the rights, that none is ready', () => {
    const objects = tutorial();
    const facts = snapshot({ objects });
    const said = (s: ReturnType<typeof snapshot>) => JSON.stringify(trace(s, laptop).hops);
    const copy = () => structuredClone(facts);
    const variants: ((s: ReturnType<typeof snapshot>) => ReturnType<typeof snapshot>)[] = [
      (s) => ({ ...s, pods: { known: false, why: 'forbidden' } }),
      (s) => ({ ...s, pods: { known: true, items: [] } }),
      (s) => ({ ...s, slices: { known: false, why: 'forbidden' } }),
      (s) => ({ ...s, slices: { known: true, items: [] } }),
      (s) => ({
        ...s,
        service: {
          known: true,
          items: s.service.known ? s.service.items.map((x) => ({ ...x, selector: { version: 'v0.1' } })) : [],
        },
      }),
      (s) => s,
    ];
    // The same facts as the same objects, after all that was traced before, and as objects never seen.
    for (const vary of variants) assert.equal(said(vary(facts)), said(vary(copy())));
  });
});
