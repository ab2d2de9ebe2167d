/** The hops before the endpoints: client, DNS, load balancer, node, NodePort, kube-proxy, Service. */
import { hostPort, networksOf } from '../addresses.ts';
import type { Hop } from '../path.ts';
import { reachOf } from '../reach.ts';
import type { ServicePortFacts } from '../snapshot.ts';
import { proxyMode } from './kubeProxy.ts';
import { addressWith, condition, count, few, portLabel } from './words.ts';
import type { World } from './world.ts';

/** The client's hop: this computer, or where `--from` puts it. */
export function clientHopOf(world: World, id: string): Hop {
  const { laptop, connection } = world.snapshot;
  if (id === 'client') {
    const networks = networksOf(laptop.addresses);
    return {
      id,
      kind: 'client',
      name: 'this computer',
      address: laptop.addresses[0]?.cidr.split('/')[0] ?? '',
      status: 'ok',
      note: networks.length > 0 ? `in ${few(networks, 2)}` : 'its networks could not be read',
      facts: {
        platform: laptop.wsl ? 'WSL' : laptop.platform,
        networks: few(networks, 4) || 'unknown',
        context: connection.context,
        server: connection.server,
      },
      evidence: [
        world.see(
          "This computer's network interfaces",
          few(
            laptop.addresses.map((a) => `${a.interface} ${a.cidr}`),
            4,
          ) || 'none read',
          'laptop',
        ),
      ],
    };
  }
  const name = id.split('/').slice(2).join('/');
  const pod = id.startsWith('client/pod/') ? world.pods.get(name) : undefined;
  const node = id.startsWith('client/node/') ? name : pod?.nodeName;
  const unread = id.startsWith('client/pod/') && !pod;
  return {
    id,
    kind: 'client',
    name: name || 'a pod in the cluster',
    address: pod?.podIPs[0] ?? '',
    status: unread ? 'unknown' : 'ok',
    note: unread
      ? 'not one of the pods that are read: whether it exists, and on which node it runs, is unknown'
      : id.startsWith('client/node/')
        ? 'a process on this node'
        : name
          ? 'the pod that asks'
          : 'any pod that asks',
    facts: node ? { nodeName: node } : {},
    evidence: [
      pod
        ? world.see(`Pod ${pod.namespace}/${pod.name} spec.nodeName`, pod.nodeName ?? 'none')
        : world.see('The client that was asked for', name || 'any pod in the cluster'),
    ],
    ...(node ? { node } : {}),
  };
}

/** The Service itself: what it selects, what it maps to what. */
export function serviceHop(world: World): Hop {
  const { service: s, headless } = world;
  const of = `Service ${s.namespace}/${s.name}`;
  const selector = Object.entries(s.selector).map(([k, v]) => `${k}=${v}`);
  const ip = s.clusterIPs[0];
  const mapped = s.ports.map((p) => `${p.name ? `${p.name} ` : ''}${portLabel(p)} → ${p.targetPort}`);
  const note =
    s.type === 'ExternalName'
      ? `an alias in DNS for ${s.externalName ?? 'nothing'}`
      : headless
        ? `headless: DNS answers with the endpoints' own addresses${portIgnored(s.ports)}`
        : proxyMode(world).mode === 'ipvs'
          ? 'a virtual address, on kube-ipvs0 of every node'
          : 'a virtual address, on no interface';
  return {
    id: 'service',
    kind: 'service',
    name: s.name,
    address:
      ip === undefined || headless
        ? ''
        : addressWith(
            ip,
            s.ports.map((p) => p.port),
          ),
    status: s.deletedAt ? 'warning' : 'ok',
    note,
    facts: {
      type: s.type,
      ...(s.clusterIPs.length > 0 ? { clusterIP: s.clusterIPs.join(', ') } : {}),
      ports: few(mapped, 6) || 'none',
      selector: selector.join(',') || 'none',
      ...(s.externalName ? { externalName: s.externalName } : {}),
      ...(s.externalIPs.length > 0 ? { externalIPs: few(s.externalIPs) } : {}),
      ...(s.type === 'NodePort' || s.type === 'LoadBalancer' ? { externalTrafficPolicy: s.externalTrafficPolicy } : {}),
      internalTrafficPolicy: s.internalTrafficPolicy,
      sessionAffinity:
        s.sessionAffinity === 'ClientIP'
          ? `ClientIP, ${s.sessionAffinitySeconds ?? 10800} s: a client keeps its endpoint`
          : 'None',
      ...(s.trafficDistribution ? { trafficDistribution: s.trafficDistribution } : {}),
      ...(s.publishNotReadyAddresses ? { publishNotReadyAddresses: 'true' } : {}),
      ...(s.ipFamilyPolicy ? { ipFamilyPolicy: `${s.ipFamilyPolicy} (${s.ipFamilies.join(', ')})` } : {}),
    },
    evidence: [
      world.see(`${of} spec.selector`, selector.join(',') || 'none'),
      world.see(`${of} spec.ports`, few(mapped, 6) || 'none'),
      ...(s.clusterIPs.length > 0 ? [world.see(`${of} spec.clusterIPs`, s.clusterIPs.join(', '))] : []),
      ...(s.type === 'ExternalName' ? [world.see(`${of} spec.externalName`, s.externalName ?? 'none')] : []),
    ],
    object: { apiVersion: 'v1', kind: 'Service', namespace: s.namespace, name: s.name },
  };
}

/** No kube-proxy rule translates a headless Service's port: its clients must know the other one themselves. */
function portIgnored(ports: readonly ServicePortFacts[]): string {
  const other = ports.filter((p) => p.port !== p.targetPort);
  if (other.length === 0) return '';
  return `; no rule translates its port: clients must use targetPort ${few(
    other.map((p) => `${p.targetPort}, not ${p.port}`),
    2,
  )}`;
}

/**
 * The cluster's DNS: answers the Service's name before the first packet is sent. Whether it answers is what its EndpointSlices
 * say: a CoreDNS pod that crashes, or is on a lost node, is not ready there too, and kube-proxy goes by nothing else. Its pods
 * would only add why, for one more watch in each cluster.
 */
export function dnsHop(world: World): Hop {
  const { dns } = world.snapshot;
  const s = dns.service.known ? dns.service.items[0] : undefined;
  const name = `${world.service.name}.${world.service.namespace}.svc.${dns.domain}`;
  const base = { id: 'dns', kind: 'dns', name: s?.name ?? 'cluster DNS' } as const;
  const facts = { 'DNS name': name, ...(s ? { clusterIP: s.clusterIPs.join(', ') } : {}) };
  if (!dns.service.known || !s || !dns.slices.known) {
    const why = !dns.service.known
      ? dns.service.why
      : !s
        ? 'there is no Service kube-system/kube-dns'
        : dns.slices.known
          ? ''
          : dns.slices.why;
    return {
      ...base,
      address: s ? hostPort(s.clusterIPs[0] ?? '', 53) : '',
      status: 'unknown',
      note: why,
      facts,
      evidence: [world.see('Service kube-system/kube-dns', why)],
    };
  }
  const endpoints = dns.slices.items.flatMap((x) => x.endpoints);
  const ready = endpoints.filter((e) => e.ready).length;
  return {
    ...base,
    address: hostPort(s.clusterIPs[0] ?? '', 53),
    status: ready === 0 ? 'error' : 'ok',
    note: `${ready} of ${count(endpoints.length, 'endpoint')} ready`,
    facts,
    evidence: [world.see('EndpointSlices of Service kube-system/kube-dns', `${ready} of ${endpoints.length} ready`)],
    object: { apiVersion: 'v1', kind: 'Service', namespace: 'kube-system', name: s.name },
  };
}

/** A load balancer's address, as the Service's status has it; `load-balancer/pending` while it has none. */
export function loadBalancerHop(world: World, id: string): Hop {
  const { service: s } = world;
  const of = `Service ${s.namespace}/${s.name}`;
  const address = id.slice('load-balancer/'.length);
  const facts = {
    ...(s.loadBalancerClass ? { loadBalancerClass: s.loadBalancerClass } : {}),
    ...(s.loadBalancerSourceRanges.length > 0 ? { loadBalancerSourceRanges: few(s.loadBalancerSourceRanges) } : {}),
    allocateLoadBalancerNodePorts: String(s.allocateLoadBalancerNodePorts),
    ...(s.healthCheckNodePort ? { healthCheckNodePort: String(s.healthCheckNodePort) } : {}),
  };
  const ingress = s.loadBalancerIngress.find((i) => (i.ip ?? i.hostname) === address);
  const base = { id, kind: 'load-balancer', name: 'load balancer' } as const;
  if (!ingress)
    return {
      ...base,
      address: '',
      status: 'error',
      note: 'no address yet: nothing has given this Service a load balancer',
      facts,
      evidence: [world.see(`${of} status.loadBalancer.ingress`, 'none')],
    };
  return {
    ...base,
    address: addressWith(
      address,
      s.ports.map((p) => p.port),
    ),
    status: 'ok',
    note: ingress.hostname
      ? 'a name outside the cluster; it sends to the nodes, or with some controllers straight to the pods'
      : ingress.ipMode === 'Proxy'
        ? 'ends the connection and opens its own to a node (ipMode Proxy)'
        : 'sends to a node, whose kube-proxy takes this address for its own (ipMode VIP)',
    facts: { ...(ingress.ipMode ? { ipMode: ingress.ipMode } : {}), ...facts },
    evidence: [world.see(`${of} status.loadBalancer.ingress`, address)],
  };
}

/** An address of spec.externalIPs: kube-proxy takes it on every node, whoever routes it there. */
export function externalIpHop(world: World, id: string): Hop {
  const { service: s } = world;
  const ip = id.slice('external-ip/'.length);
  const shut = world.from.kind === 'laptop' && reachOf(world.snapshot, world.provider, ip) === 'no';
  return {
    id,
    kind: 'external-ip',
    name: 'externalIP',
    address: addressWith(
      ip,
      s.ports.map((p) => p.port),
    ),
    status: shut ? 'error' : 'unknown',
    note: shut
      ? 'each node takes this address, but no packet of this computer gets to a node'
      : 'each node takes this address; that a packet gets to a node is up to your network',
    facts: {},
    evidence: [world.see(`Service ${s.namespace}/${s.name} spec.externalIPs`, few(s.externalIPs))],
  };
}

/** A node: where it is, what it runs on, whether it is well, which of this Service's pods it holds. */
export function nodeHop(world: World, name: string): Hop {
  const node = world.nodes.find((n) => n.name === name);
  if (!node) {
    const why = world.snapshot.nodes.known ? 'not found' : world.snapshot.nodes.why;
    return {
      id: `node/${name}`,
      kind: 'node',
      name,
      address: '',
      status: 'unknown',
      note: why,
      facts: {},
      evidence: [world.see(`Node ${name}`, why)],
      node: name,
    };
  }
  const ready = condition(node.conditions, 'Ready');
  const bad = node.conditions.filter((c) => c.type !== 'Ready' && c.status === 'True').map((c) => c.type);
  const here = world.podsOn.get(name) ?? [];
  const addresses = node.addresses.map((a) => `${a.type} ${a.address}`);
  return {
    id: `node/${name}`,
    kind: 'node',
    name,
    address: node.addresses.find((a) => a.type === 'InternalIP')?.address ?? node.addresses[0]?.address ?? '',
    status: ready === undefined ? 'unknown' : ready.status === 'True' ? (bad.length > 0 ? 'warning' : 'ok') : 'error',
    note: [
      ready?.status === 'True' ? 'Ready' : `Ready=${ready?.status ?? 'unknown'}`,
      ...bad,
      node.roles.join(','),
      node.osImage,
    ]
      .filter(Boolean)
      .join(' · '),
    facts: {
      addresses: addresses.join(', '),
      ...(node.roles.length > 0 ? { roles: node.roles.join(', ') } : {}),
      osImage: node.osImage,
      kernelVersion: node.kernelVersion,
      kubeletVersion: node.kubeletVersion,
      containerRuntimeVersion: node.containerRuntimeVersion,
      architecture: node.architecture,
      conditions: node.conditions.map((c) => `${c.type}=${c.status}`).join(', '),
      podCIDRs: node.podCIDRs.join(', ') || 'none',
      ...(node.zone ? { zone: node.zone } : {}),
      ...(node.unschedulable ? { unschedulable: 'true' } : {}),
      'pods of this Service': world.snapshot.pods.known ? few(here, 4) || 'none' : 'unknown',
    },
    evidence: [
      world.see(`Node ${name} status.addresses`, addresses.join(', ') || 'none'),
      world.see(`Node ${name} status.conditions[Ready]`, ready?.status ?? 'not reported'),
    ],
    object: { apiVersion: 'v1', kind: 'Node', name },
    node: name,
  };
}
