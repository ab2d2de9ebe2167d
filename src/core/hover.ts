/** What a subject is, in Markdown: the answer of a hover. Pure: from what is known already, or from one look-up's answer. */
import type { Diagnosis, Finding } from './path.ts';
import type { PodFacts } from './podFacts.ts';
import type { ServiceName } from './snapshot.ts';
import type { Subject } from './subject.ts';

/** A row of the Services list, as far as a hover needs it. */
export interface ListedService extends ServiceName {
  readonly type: string;
  readonly clusterIP: string;
  readonly externalIP: string;
  readonly ports: string;
}

/** Who an address belongs to, as one look-up told. */
export interface FoundOwner {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly note: string;
  readonly services: readonly ServiceName[];
}

/** What a hover shows. */
export interface Answer {
  /** `Pod default/api-server-x`. */
  readonly title: string;
  readonly lines: readonly string[];
  readonly findings: readonly Finding[];
  /** Services whose path can be traced from here, the likeliest first. */
  readonly services: readonly ServiceName[];
}

/** Answers from traces and the Services list, without a request. Undefined: nothing is known of it. */
export function answerFrom(
  subject: Subject,
  diagnoses: readonly Diagnosis[],
  rows: readonly ListedService[],
  namespace: string,
): Answer | undefined {
  for (const diagnosis of diagnoses) {
    const answer = fromDiagnosis(subject, diagnosis, namespace);
    if (answer) return subject.is === 'address' ? withAllServices(answer, subject.address, diagnoses) : answer;
  }
  const row = rows.find((r) => isRow(subject, r, namespace));
  return row && fromRow(row);
}

/** Several Services may lead to one pod. Which ones are traced is known, which others there are is not: "at least". */
function withAllServices(answer: Answer, address: string, diagnoses: readonly Diagnosis[]): Answer {
  if (!answer.title.startsWith('Pod ')) return answer;
  const services = diagnoses.flatMap(({ path }) => {
    const { pods, namespace, name } = path.snapshot;
    // A snapshot holds the pods that the selector matches or a slice names, and no others.
    const leads = pods.known && pods.items.some((p) => p.podIPs.includes(address) && !p.hostNetwork);
    return leads ? [{ namespace, name }] : [];
  });
  if (services.length === 0) return { ...answer, services };
  return { ...answer, lines: [...answer.lines, `Behind at least ${services.map(code).join(', ')}`], services };
}

/** Answers from what a look-up found. */
export function answerOf(owner: FoundOwner): Answer {
  const isService = owner.kind === 'Service';
  const self = { namespace: owner.namespace ?? '', name: owner.name };
  return {
    title: titleOf(owner.kind, owner.name, owner.namespace),
    lines: [
      plain(owner.note),
      ...(owner.kind === 'Pod' && owner.services.length === 0 ? ['No Service leads to it.'] : []),
      ...(owner.services.length > 0 && !isService ? [`Behind ${owner.services.map(code).join(', ')}`] : []),
    ],
    findings: [],
    services: isService ? [self] : owner.services,
  };
}

/** The answer as Markdown. `link` gives the address of the command link for a Service. */
export function hoverMarkdown(answer: Answer, link: (service: ServiceName) => string): string {
  const findings = answer.findings.map(
    (f) => `${SIGNS[f.level]} **${plain(f.code)}**: ${plain(f.says)}  \n${plain(f.try)}`,
  );
  const links = answer.services.slice(0, 5).map((s) => {
    const name = answer.services.length > 1 ? ` to ${plain(`${s.namespace}/${s.name}`)}` : '';
    return `[$(type-hierarchy-sub) Trace Traffic Path${name}](${link(s)})`;
  });
  return [`**${plain(answer.title)}**`, ...answer.lines.filter(Boolean), ...findings, links.join(' · ')]
    .filter(Boolean)
    .join('\n\n');
}

const SIGNS = { error: '$(error)', warning: '$(warning)', note: '$(info)' } as const;

function fromDiagnosis(subject: Subject, diagnosis: Diagnosis, namespace: string): Answer | undefined {
  const { path, findings } = diagnosis;
  const { service, snapshot } = path;
  const self = { namespace: snapshot.namespace, name: snapshot.name };
  const about = (hops: readonly string[]) => findings.filter((f) => hops.includes(f.hop));
  if (service && subject.is !== 'node-port' && isService(subject, diagnosis, namespace)) {
    const ports = service.ports.map(portText).join(', ');
    const endpoints = path.hops.find((h) => h.id === 'endpoints')?.note;
    return {
      title: titleOf('Service', service.name, service.namespace),
      lines: [
        [service.type, ipText(service.clusterIPs.join(', ')), ports].filter(Boolean).map(plain).join(' · '),
        endpoints ? `Endpoints: ${plain(endpoints)}` : '',
      ],
      findings: findings.filter((f) => f.level !== 'note'),
      services: [self],
    };
  }
  if (subject.is === 'node-port') {
    const port = service?.ports.find((p) => p.nodePort === subject.port);
    if (!service || !port) return undefined;
    return {
      title: `nodePort ${subject.port} → Service ${service.namespace}/${service.name}`,
      lines: [`Every node answers on ${subject.port}/${port.protocol} for port ${plain(portText(port))}.`],
      findings: about(['node-port', `node-port/${subject.port}`, 'service']),
      services: [self],
    };
  }
  if (subject.is !== 'address') return undefined;
  const pod = snapshot.pods.known
    ? snapshot.pods.items.find((p) => p.podIPs.includes(subject.address) && !p.hostNetwork)
    : undefined;
  if (pod) {
    const hops = path.hops.filter((h) => h.id === `pod/${pod.name}` || h.id.startsWith(`container/${pod.name}/`));
    return {
      title: titleOf('Pod', pod.name, pod.namespace),
      lines: [podLine(pod)],
      findings: about(hops.map((h) => h.id)),
      services: [self],
    };
  }
  const node = snapshot.nodes.known
    ? snapshot.nodes.items.find((n) => n.addresses.some((a) => a.address === subject.address))
    : undefined;
  if (!node) return undefined;
  const ready = node.conditions.find((c) => c.type === 'Ready');
  const port = service?.ports.find((p) => p.nodePort !== undefined && p.nodePort === subject.port);
  return {
    title: titleOf('Node', node.name),
    lines: [
      [
        ready?.status === 'True' ? 'ready' : 'not ready',
        node.roles.join(', '),
        node.osImage,
        `kubelet ${node.kubeletVersion}`,
      ]
        .filter(Boolean)
        .map(plain)
        .join(' · '),
      port ? `Port ${port.nodePort} is the nodePort of ${code(self)}` : '',
    ],
    findings: about([`node/${node.name}`, `node-port/${subject.port ?? ''}`]),
    services: port ? [self] : [],
  };
}

function isService(subject: Subject, { path }: Diagnosis, namespace: string): boolean {
  const { service } = path;
  if (!service) return false;
  if (subject.is === 'service')
    return subject.name === service.name && (subject.namespace ?? namespace) === service.namespace;
  if (subject.is !== 'address') return false;
  const external = service.loadBalancerIngress.map((i) => i.ip);
  return [...service.clusterIPs, ...service.externalIPs, ...external].includes(subject.address);
}

function isRow(subject: Subject, row: ListedService, namespace: string): boolean {
  if (subject.is === 'service') return subject.name === row.name && (subject.namespace ?? namespace) === row.namespace;
  if (subject.is === 'node-port') return new RegExp(`:${subject.port}/`).test(row.ports);
  return row.clusterIP === subject.address || row.externalIP.split(',').includes(subject.address);
}

function fromRow(row: ListedService): Answer {
  return {
    title: titleOf('Service', row.name, row.namespace),
    lines: [
      [row.type, ipText(row.clusterIP), row.ports]
        .filter((s) => s && s !== '<none>')
        .map(plain)
        .join(' · '),
    ],
    findings: [],
    services: [{ namespace: row.namespace, name: row.name }],
  };
}

function podLine(pod: PodFacts): string {
  const ready = pod.conditions.find((c) => c.type === 'Ready');
  const since = ready?.since ? ` since ${ready.since.replace('T', ' ').replace('Z', ' UTC')}` : '';
  const state = pod.deletedAt ? 'terminating' : ready?.status === 'True' ? `ready${since}` : `not ready${since}`;
  const labels = Object.entries(pod.labels).map(([k, v]) => `${k}=${v}`);
  const restarts = pod.containers.reduce((n, c) => n + c.restartCount, 0);
  return [
    state,
    pod.phase === 'Running' ? '' : pod.phase,
    restarts > 0 ? `${restarts} restarts` : '',
    ...labels.slice(0, 3),
    pod.nodeName ? `node ${pod.nodeName}` : 'on no node',
  ]
    .filter(Boolean)
    .map(plain)
    .join(' · ');
}

const portText = (p: { port: number; targetPort: number | string; nodePort?: number; protocol: string }) =>
  `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol} → ${p.targetPort}`;
const ipText = (clusterIP: string) => (clusterIP === 'None' ? 'headless (no ClusterIP)' : clusterIP);
const titleOf = (kind: string, name: string, namespace?: string) =>
  `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
/** Nothing of a name can end the span that it stands in. */
const code = (s: ServiceName) => `Service \`${`${s.namespace}/${s.name}`.replace(/[`\r\n]/g, ' ')}\``;
/** Markdown's own signs and `$(icon)` stay what they are: text. */
const plain = (s: string) => s.replace(/[\\`*_{}[\]<>()#+!|$~&]/g, '\\$&').replace(/[\r\n]+/g, ' ');
