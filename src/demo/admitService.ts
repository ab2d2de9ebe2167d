/** What the API server does to a Service before it stores it: defaults, ClusterIP and nodePort, and what it refuses. */

import { bad, type Cause, duplicate, onlyStrings, required } from './errors.ts';
import { SERVICES } from './kinds.ts';
import type { Service, ServicePort } from './objects.ts';
import type { Store } from './store.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const [NODE_PORT_FIRST, NODE_PORT_LAST] = [30_000, 32_767];

/** The Service as it is stored: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ and its validation. */
export function serviceAdmitted(store: Store, service: Service, before: Service | undefined, causes: Cause[]): Service {
  onlyStrings(SERVICES, 'ServiceSpec.spec.selector', service.spec.selector);
  const type = service.spec.type ?? 'ClusterIP';
  if (!TYPES.includes(type))
    causes.push({
      field: 'spec.type',
      message: `Unsupported value: ${JSON.stringify(type)}: supported values: ${TYPES.map((t) => JSON.stringify(t)).join(', ')}`,
      reason: 'FieldValueNotSupported',
    });
  const others = store.list(SERVICES).filter((s) => s.metadata.uid !== before?.metadata.uid);
  const taken = new Set(others.flatMap((s) => (s.spec.ports ?? []).map((p) => `${p.nodePort}/${p.protocol}`)));
  const external = type === 'NodePort' || type === 'LoadBalancer';
  const ports = (service.spec.ports ?? []).map((p, i) => port(p, i, before?.spec.ports, external, taken, causes));
  const headless = service.spec.clusterIP === 'None';
  if (ports.length === 0 && type !== 'ExternalName' && !headless) causes.push(required('spec.ports'));
  ports.forEach((p, i) => {
    if (ports.length > 1 && !p.name) causes.push(required(`spec.ports[${i}].name`));
    if (ports.findIndex((q) => q.port === p.port && q.protocol === p.protocol) < i)
      causes.push(
        duplicate(`spec.ports[${i}]`, {
          Name: '',
          Protocol: p.protocol,
          AppProtocol: null,
          Port: p.port,
          TargetPort: 0,
          NodePort: 0,
        }),
      );
    else if (p.name && ports.findIndex((q) => q.name === p.name) < i)
      causes.push(duplicate(`spec.ports[${i}].name`, p.name));
  });
  const status = service.status ?? { loadBalancer: {} };
  if (type === 'ExternalName') {
    if (!service.spec.externalName) causes.push(required('spec.externalName'));
    const { clusterIP: _, clusterIPs: __, ...spec } = service.spec;
    return { ...service, spec: { sessionAffinity: 'None', ...spec, ...(ports.length > 0 && { ports }), type }, status };
  }
  const had = before?.spec.clusterIP;
  const clusterIP = service.spec.clusterIP || had || freeAddress(others);
  if (had && clusterIP !== had) causes.push(bad('spec.clusterIPs[0]', [clusterIP], 'may not change once set'));
  else if (!headless && others.some((s) => s.spec.clusterIP === clusterIP))
    causes.push(
      bad('spec.clusterIPs', [clusterIP], `failed to allocate IP ${clusterIP}: provided IP is already allocated`),
    );
  else if (!headless && !/^10\.(9[6-9]|10\d|11[01])\.\d+\.\d+$/.test(clusterIP))
    causes.push(
      bad(
        'spec.clusterIPs',
        [clusterIP],
        `failed to allocate IP ${clusterIP}: the provided IP (${clusterIP}) is not in the valid range. The range of valid IPs is 10.96.0.0/12`,
      ),
    );
  return {
    ...service,
    spec: {
      internalTrafficPolicy: 'Cluster',
      ...(external && { externalTrafficPolicy: 'Cluster' }),
      ...(type === 'LoadBalancer' && { allocateLoadBalancerNodePorts: true }),
      // A headless Service without selector may be given endpoints of either family.
      ipFamilies: headless && !service.spec.selector ? ['IPv4', 'IPv6'] : ['IPv4'],
      ipFamilyPolicy: headless && !service.spec.selector ? 'RequireDualStack' : 'SingleStack',
      sessionAffinity: 'None',
      ...service.spec,
      clusterIP,
      clusterIPs: [clusterIP],
      ...(ports.length > 0 && { ports }),
      type,
    },
    status,
  };
}

function port(
  given: ServicePort,
  i: number,
  before: readonly ServicePort[] | undefined,
  external: boolean,
  taken: Set<string>,
  causes: Cause[],
): ServicePort {
  const field = `spec.ports[${i}]`;
  const protocol = given.protocol ?? 'TCP';
  const targetPort = given.targetPort || given.port;
  if (!(given.port >= 1 && given.port <= 65_535))
    causes.push(bad(`${field}.port`, given.port, 'must be between 1 and 65535, inclusive'));
  if (typeof targetPort === 'number' && !(targetPort >= 1 && targetPort <= 65_535))
    causes.push(bad(`${field}.targetPort`, targetPort, 'must be between 1 and 65535, inclusive'));
  if (typeof targetPort === 'string' && !/[a-z]/.test(targetPort))
    causes.push(bad(`${field}.targetPort`, targetPort, 'must contain at least one letter (a-z)'));
  if (typeof targetPort === 'string' && targetPort.length > 15)
    causes.push(bad(`${field}.targetPort`, targetPort, 'must be no more than 15 characters'));
  const { nodePort: asked, ...rest } = given;
  if (!external) {
    if (asked && !before?.some((p) => p.nodePort === asked))
      causes.push({
        field: `${field}.nodePort`,
        message: "Forbidden: may not be used when `type` is 'ClusterIP'",
        reason: 'FieldValueForbidden',
      });
    return { ...rest, protocol, targetPort };
  }
  const same = before?.find((p) => p.port === given.port && (p.protocol ?? 'TCP') === protocol);
  let nodePort = asked || same?.nodePort;
  if (nodePort && (nodePort < NODE_PORT_FIRST || nodePort > NODE_PORT_LAST))
    causes.push(
      bad(
        `${field}.nodePort`,
        nodePort,
        `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_FIRST}-${NODE_PORT_LAST}`,
      ),
    );
  else if (nodePort && taken.has(`${nodePort}/${protocol}`))
    causes.push(bad(`${field}.nodePort`, nodePort, 'provided port is already allocated'));
  nodePort ||=
    Array.from({ length: 2_000 }, (_, n) => 30_100 + n).find((n) => !taken.has(`${n}/${protocol}`)) ?? NODE_PORT_LAST;
  taken.add(`${nodePort}/${protocol}`);
  return { ...rest, protocol, targetPort, nodePort };
}

function freeAddress(others: readonly Service[]): string {
  const taken = new Set(others.map((s) => s.spec.clusterIP));
  const candidates = Array.from(
    { length: 250 * 16 },
    (_, i) => `10.${100 + Math.floor(i / 250)}.${(i * 37) % 251}.${(i % 250) + 2}`,
  );
  return candidates.find((ip) => !taken.has(ip)) ?? '10.111.255.254';
}
