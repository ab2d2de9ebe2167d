/** Which provider, by which sign; can this computer reach the nodes, and why. Rows are facts as real clusters show them. */
import assert from 'node:assert/strict';
import type { Provider } from '../../src/core/path.ts';
import { trace } from '../../src/core/trace.ts';
import { type Build, type Obj, snapshot } from './build.ts';
import { endpoint, node, pod, service, slice } from './objects.ts';

interface Row {
  readonly says: string;
  readonly nodes: readonly Obj[];
  readonly connection?: Build['connection'];
  readonly laptop?: Build['laptop'];
  readonly name: Provider['name'];
  readonly driver?: string;
  readonly reach: Provider['nodesReachable'];
  readonly why: RegExp;
}

const buildroot = (n: Obj): Obj => {
  const status = n['status'] as { nodeInfo: Obj };
  return { ...n, status: { ...status, nodeInfo: { ...status.nodeInfo, osImage: 'Buildroot 2025.02' } } };
};
const kubelet = (n: Obj, kubeletVersion: string): Obj => {
  const status = n['status'] as { nodeInfo: Obj };
  return { ...n, status: { ...status, nodeInfo: { ...status.nodeInfo, kubeletVersion } } };
};
const mini = (ip: string) => node('minikube', ip, { labels: { 'minikube.k8s.io/name': 'minikube' } });
const at = (...cidrs: string[]) => cidrs.map((cidr, i) => ({ interface: `eth${i}`, cidr }));
const kindNode = node('kind-control-plane', '172.18.0.2', {
  spec: { providerID: 'kind://docker/kind/kind-control-plane' },
});

const rows: readonly Row[] = [
  {
    says: 'minikube, docker driver, Windows: another network than the computer’s',
    nodes: [mini('192.168.49.2')],
    laptop: { platform: 'win32', addresses: at('192.168.1.20/24') },
    connection: { server: 'https://127.0.0.1:32771' },
    name: 'minikube',
    driver: 'docker',
    reach: 'no',
    why: /192\.168\.1\.0\/24.*192\.168\.49\.2.*Windows.*127\.0\.0\.1/,
  },
  {
    says: 'minikube, docker driver, Linux with a native engine: the bridge is an interface of this computer',
    nodes: [mini('192.168.49.2')],
    laptop: { platform: 'linux', addresses: at('192.168.1.20/24', '192.168.49.1/24') },
    connection: { server: 'https://192.168.49.2:8443', proxyUrl: 'http://proxy:3128' },
    name: 'minikube',
    driver: 'docker',
    reach: 'yes',
    why: /interface eth1 is in 192\.168\.49\.0\/24/,
  },
  {
    says: 'minikube on macOS whose own network has the same numbers: still inside the VM',
    nodes: [mini('192.168.49.2')],
    laptop: { platform: 'darwin', addresses: at('192.168.49.77/24') },
    connection: { server: 'https://127.0.0.1:50000' },
    name: 'minikube',
    reach: 'no',
    why: /macOS/,
  },
  {
    says: 'minikube in a VM: Buildroot, and the driver from its default network',
    nodes: [buildroot(mini('192.168.39.10'))],
    laptop: { addresses: at('192.168.39.1/24') },
    connection: { server: 'https://192.168.39.10:8443' },
    name: 'minikube',
    driver: 'kvm2',
    reach: 'yes',
    why: /API server was reached at 192\.168\.39\.10/,
  },
  {
    says: 'minikube’s profile file names the driver',
    nodes: [mini('192.168.58.2')],
    connection: { minikube: { profile: 'p2', driver: 'podman', file: '/home/you/.minikube/profiles/p2/config.json' } },
    name: 'minikube',
    driver: 'podman',
    reach: 'no',
    why: /container engine/,
  },
  {
    says: 'minikube by the kubeconfig’s extension, nodes not readable from it alone',
    nodes: [node('m', '192.168.49.2')],
    connection: { extensions: ['minikube.sigs.k8s.io'], server: 'https://127.0.0.1:1' },
    name: 'minikube',
    reach: 'no',
    why: /192\.168\.49\.2/,
  },
  { says: 'kind by providerID', nodes: [kindNode], name: 'kind', reach: 'no', why: /172\.18\.0\.2/ },
  {
    says: 'kind on Linux: the bridge is there',
    nodes: [kindNode],
    laptop: { addresses: at('172.18.0.1/16') },
    name: 'kind',
    reach: 'yes',
    why: /172\.18\.0\.0\/16/,
  },
  {
    says: 'Docker Desktop forwards to localhost',
    nodes: [node('docker-desktop', '192.168.65.3')],
    connection: { server: 'https://127.0.0.1:6443' },
    laptop: { platform: 'darwin' },
    name: 'docker-desktop',
    reach: 'yes',
    why: /localhost/,
  },
  {
    says: 'k3d by node names, before k3s',
    nodes: [kubelet(node('k3d-dev-server-0', '172.20.0.3'), 'v1.33.1+k3s1')],
    name: 'k3d',
    reach: 'no',
    why: /172\.20\.0\.3/,
  },
  {
    says: 'k3s by its kubelet',
    nodes: [kubelet(node('pi', '10.1.2.3'), 'v1.33.1+k3s1')],
    name: 'k3s',
    reach: 'unknown',
    why: /router/,
  },
  {
    says: 'Rancher Desktop, before k3s',
    nodes: [kubelet(node('lima-rancher-desktop', '192.168.5.15'), 'v1.33.1+k3s1')],
    name: 'rancher-desktop',
    reach: 'yes',
    why: /localhost/,
  },
  {
    says: 'Colima, before k3s',
    nodes: [kubelet(node('colima', '192.168.5.1'), 'v1.33.1+k3s1')],
    name: 'colima',
    reach: 'yes',
    why: /localhost/,
  },
  {
    says: 'MicroK8s on this very network',
    nodes: [node('box', '192.168.1.30', { labels: { 'microk8s.io/cluster': 'true' } })],
    name: 'microk8s',
    reach: 'yes',
    why: /192\.168\.1\.0\/24/,
  },
  {
    says: 'EKS by kubelet version; private nodes',
    nodes: [
      kubelet(
        node('ip-10-0-1-5.ec2.internal', '10.0.1.5', { spec: { providerID: 'aws:///eu-west-1a/i-1' } }),
        'v1.33.1-eks-1',
      ),
    ],
    name: 'eks',
    reach: 'unknown',
    why: /10\.0\.1\.5/,
  },
  {
    says: 'GKE with an ExternalIP: a route, and perhaps a firewall',
    nodes: [
      node('gke-a', '10.128.0.4', {
        labels: { 'cloud.google.com/gke-nodepool': 'default' },
        addresses: [
          { type: 'InternalIP', address: '10.128.0.4' },
          { type: 'ExternalIP', address: '8.8.4.4' },
        ],
      }),
    ],
    name: 'gke',
    reach: 'yes',
    why: /8\.8\.4\.4.*firewall/,
  },
  {
    says: 'AKS',
    nodes: [node('aks-pool-1', '10.224.0.4', { labels: { 'kubernetes.azure.com/cluster': 'x' } })],
    name: 'aks',
    reach: 'unknown',
    why: /router/,
  },
  {
    says: 'OpenShift',
    nodes: [node('w1', '10.9.0.4', { labels: { 'node.openshift.io/os_id': 'rhel' } })],
    name: 'openshift',
    reach: 'unknown',
    why: /router/,
  },
  { says: 'a cluster of one’s own', nodes: [node('w1', '10.9.0.4')], name: 'other', reach: 'unknown', why: /router/ },
  {
    says: 'inside a pod of the cluster',
    nodes: [node('w1', '10.9.0.4')],
    connection: { kubeconfig: undefined } as unknown as NonNullable<Build['connection']>,
    name: 'other',
    reach: 'yes',
    why: /inside the cluster/,
  },
  {
    says: 'no addresses of this computer known: nothing is claimed',
    nodes: [kindNode],
    laptop: { addresses: [] },
    name: 'kind',
    reach: 'unknown',
    why: /172\.18\.0\.2/,
  },
];

describe('provider', () => {
  for (const row of rows)
    it(row.says, () => {
      const path = trace(
        snapshot({
          objects: [
            service('s', { type: 'NodePort', ports: [{ port: 8080, targetPort: 8080, nodePort: 30080 }] }),
            slice('s', [endpoint('10.244.0.5', 'a')]),
            pod('a', '10.244.0.5'),
            ...row.nodes,
          ],
          ...(row.connection ? { connection: row.connection } : {}),
          ...(row.laptop ? { laptop: row.laptop } : {}),
        }),
        { kind: 'laptop' },
      );
      const { provider } = path;
      assert.equal(provider.name, row.name);
      assert.ok(provider.evidence.length > 0);
      if (row.driver) assert.equal(provider.driver, row.driver);
      assert.equal(provider.nodesReachable, row.reach, provider.why);
      assert.match(provider.why, row.why);
      // Its own tunnel only where one is needed and the provider has one; the entrance says the same as the provider.
      assert.equal(provider.tunnel !== undefined, row.name === 'minikube' && row.reach !== 'yes');
      const e = path.entrances.find((x) => x.kind === 'node-port');
      const expected = { yes: 'works', no: 'broken', unknown: 'unknown' }[row.reach];
      const best = path.entrances.filter((x) => x.kind === 'node-port').map((x) => x.status);
      assert.ok(best.includes(expected as 'works'), `${e?.url}: ${best}`);
    });

  it('Docker Desktop’s NodePort is asked at localhost', () => {
    const path = trace(
      snapshot({
        objects: [
          service('s', { type: 'NodePort', ports: [{ port: 8080, targetPort: 8080, nodePort: 30080 }] }),
          slice('s', [endpoint('10.244.0.5', 'a')]),
          node('docker-desktop', '192.168.65.3'),
        ],
      }),
      { kind: 'laptop' },
    );
    assert.equal(path.entrances[0]?.url, 'http://localhost:30080');
  });
});
