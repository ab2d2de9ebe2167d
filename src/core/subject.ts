/** What the cursor points at, as a question to the cluster: an address, a nodePort, a Service. Pure text work. */
import type { Field, Manifest } from './yaml.ts';

/** What a person points at. */
export type Subject =
  | { readonly is: 'address'; readonly address: string; readonly port?: number }
  | { readonly is: 'node-port'; readonly port: number }
  /** `sure`: it is written where only a Service can stand, or as a DNS name; else a word that may be one's name. */
  | { readonly is: 'service'; readonly name: string; readonly namespace?: string; readonly sure: boolean };

/** The subject and the text it stands on. */
export interface Pointed {
  readonly subject: Subject;
  readonly start: number;
  readonly end: number;
}

const V4 =
  /(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::(\d{1,5}))?(?![\w.]*\.\d)(?!\w)/g;
const V6 = /(?<![\w:.])\[?((?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})\]?(?![\w.])/gi;
/** `api.shop.svc`, with or without the cluster's domain. https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ */
const DNS =
  /(?<![\w.-])([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.svc(?:\.[-a-z0-9]+)*\.?(?![\w-])/g;
const HOST =
  /(?<=:\/\/(?:[^\s/@]*@)?)([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)(?:\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?))?(?=[:/?#\s"']|$)/g;

/** What stands at an offset of a text. The manifest is given for YAML and JSON; a log has lines only. */
export function pointedAt(text: string, offset: number, manifest?: Manifest): Pointed | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const newline = text.indexOf('\n', offset);
  const line = text.slice(start, Math.min(newline === -1 ? text.length : newline, start + 4000));
  const inLine = fromLine(line, offset - start);
  if (inLine) return { ...inLine, start: inLine.start + start, end: inLine.end + start };
  const field = manifest?.fieldAt(offset);
  const subject = field && fromField(field);
  return field && subject ? { subject, start: field.start, end: field.end } : undefined;
}

function fromLine(line: string, at: number): Pointed | undefined {
  const match = (pattern: RegExp) =>
    [...line.matchAll(pattern)].find((m) => m.index <= at && at <= m.index + m[0].length);
  const pointed = (m: RegExpExecArray, subject: Subject): Pointed => ({
    subject,
    start: m.index,
    end: m.index + m[0].length,
  });
  const v4 = match(V4);
  if (v4) {
    const [address = '', port] = v4[0].split(':');
    return pointed(v4, { is: 'address', address, ...(port ? { port: Number(port) } : {}) });
  }
  const v6 = match(V6);
  // A time of day has colons too; an address has a doubled one or all eight groups.
  if (v6 && (v6[0].includes('::') || v6[1]?.split(':').length === 8) && /[0-9a-f]/i.test(v6[0]))
    return pointed(v6, { is: 'address', address: v6[1] ?? '' });
  const dns = match(DNS) ?? match(HOST);
  if (!dns) return undefined;
  const [, name = '', namespace] = dns;
  return pointed(dns, { is: 'service', name, ...(namespace ? { namespace } : {}), sure: dns[0].includes('.svc') });
}

const ends = (field: Field, ...keys: string[]) => {
  const names = field.path.filter((p) => typeof p === 'string');
  return keys.every((k, i) => names[names.length - keys.length + i] === k);
};

/** Fields that name a Service or a nodePort. Words elsewhere may be the name of one. */
function fromField(field: Field): Subject | undefined {
  const { object, value } = field;
  const namespace = object?.namespace ? { namespace: object.namespace } : {};
  if (ends(field, 'nodePort') || ends(field, 'healthCheckNodePort'))
    return /^\d{1,5}$/.test(value) || field.onKey ? nodePort(field) : undefined;
  if (field.onKey || !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) return undefined;
  const sure =
    (object?.kind === 'Service' && ends(field, 'metadata', 'name')) ||
    ends(field, 'service', 'name') || // Ingress backend
    ends(field, 'serviceName') || // StatefulSet, old Ingress
    (ends(field, 'backendRefs', 'name') && object?.kind.endsWith('Route') === true);
  const labels = field.path.some((p) => ['labels', 'matchLabels', 'selector', 'annotations'].includes(String(p)));
  if (!sure && (labels || !/[a-z]/.test(value) || value.length < 2)) return undefined;
  return { is: 'service', name: value, ...namespace, sure };
}

function nodePort(field: Field): Subject | undefined {
  const port = Number(field.value);
  return Number.isInteger(port) && port > 0 ? { is: 'node-port', port } : undefined;
}
