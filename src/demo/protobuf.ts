/**
 * Reads what `kubectl create`, `kubectl auth can-i` and `kubectl create token` send: they speak protobuf where others speak
 * JSON. Only the fields that these commands set are known; field numbers are those of generated.proto in k8s.io/api.
 */

/** Field number → name and form. `[]` in front: repeated. `map`: string to string. Another name: a message. */
type Message = Readonly<Record<number, string>>;

const MESSAGES: Readonly<Record<string, Message>> = {
  Unknown: { 1: 'typeMeta TypeMeta', 2: 'raw bytes' },
  TypeMeta: { 1: 'apiVersion', 2: 'kind' },
  Meta: { 1: 'name', 2: 'generateName', 3: 'namespace', 11: 'labels map', 12: 'annotations map' },
  Namespace: { 1: 'metadata Meta' },
  ServiceAccount: { 1: 'metadata Meta' },
  ConfigMap: { 1: 'metadata Meta', 2: 'data map' },
  Service: { 1: 'metadata Meta', 2: 'spec ServiceSpec' },
  ServiceSpec: { 1: 'ports []ServicePort', 2: 'selector map', 3: 'clusterIP', 4: 'type', 10: 'externalName' },
  ServicePort: { 1: 'name', 2: 'protocol', 3: 'port int', 4: 'targetPort IntOrString', 5: 'nodePort int' },
  IntOrString: { 1: 'type int', 2: 'intVal int', 3: 'strVal' },
  Deployment: { 1: 'metadata Meta', 2: 'spec DeploymentSpec' },
  DeploymentSpec: { 1: 'replicas int', 2: 'selector LabelSelector', 3: 'template PodTemplate' },
  LabelSelector: { 1: 'matchLabels map' },
  PodTemplate: { 1: 'metadata Meta', 2: 'spec PodSpec' },
  PodSpec: { 2: 'containers []Container' },
  Container: { 1: 'name', 2: 'image', 3: 'command []string', 4: 'args []string', 6: 'ports []ContainerPort' },
  ContainerPort: { 1: 'name', 3: 'containerPort int', 4: 'protocol' },
  Role: { 1: 'metadata Meta', 2: 'rules []PolicyRule' },
  ClusterRole: { 1: 'metadata Meta', 2: 'rules []PolicyRule' },
  PolicyRule: { 1: 'verbs []string', 2: 'apiGroups []string', 3: 'resources []string', 4: 'resourceNames []string' },
  RoleBinding: { 1: 'metadata Meta', 2: 'subjects []Subject', 3: 'roleRef RoleRef' },
  ClusterRoleBinding: { 1: 'metadata Meta', 2: 'subjects []Subject', 3: 'roleRef RoleRef' },
  Subject: { 1: 'kind', 2: 'apiGroup', 3: 'name', 4: 'namespace' },
  RoleRef: { 1: 'apiGroup', 2: 'kind', 3: 'name' },
  TokenRequest: { 1: 'metadata Meta', 2: 'spec TokenRequestSpec' },
  TokenRequestSpec: { 1: 'audiences []string', 4: 'expirationSeconds int' },
  SelfSubjectAccessReview: { 1: 'metadata Meta', 2: 'spec ReviewSpec' },
  ReviewSpec: { 1: 'resourceAttributes Resource', 2: 'nonResourceAttributes NonResource' },
  Resource: { 1: 'namespace', 2: 'verb', 3: 'group', 4: 'version', 5: 'resource', 6: 'subresource', 7: 'name' },
  NonResource: { 1: 'path', 2: 'verb' },
};

/** Each field of a message as it lies in the bytes: its number and its value. */
function* fields(bytes: Uint8Array): Generator<[number: number, value: number | Uint8Array]> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wire] = [tag >>> 3, tag & 7];
    if (wire === 0) yield [number, varint()];
    else if (wire === 2) {
      const length = varint();
      yield [number, bytes.subarray(at, at + length)];
      at += length;
    } else at += wire === 1 ? 8 : 4;
  }
}

function message(name: string, bytes: Uint8Array): Record<string, unknown> {
  const known = MESSAGES[name] ?? {};
  const made: Record<string, unknown> = {};
  for (const [number, value] of fields(bytes)) {
    const [field = '', form = 'string'] = known[number]?.split(' ') ?? [];
    if (!field) continue;
    const one = read(form.replace('[]', ''), value);
    if (form.startsWith('[]')) made[field] = [...((made[field] as unknown[] | undefined) ?? []), one];
    else if (form === 'map') made[field] = { ...(made[field] as object | undefined), ...(one as object) };
    // Go writes empty strings too; in JSON they are left out.
    else if (one !== '') made[field] = one;
  }
  return made;
}

const text = (value: number | Uint8Array) =>
  typeof value === 'number' ? String(value) : Buffer.from(value).toString();

function read(form: string, value: number | Uint8Array): unknown {
  if (typeof value === 'number' || form === 'bytes') return value;
  if (form === 'string') return text(value);
  if (form === 'map') {
    const [key, entry] = [...fields(value)].map(([, v]) => text(v));
    return { [key ?? '']: entry ?? '' };
  }
  const made = message(form, value);
  return form === 'IntOrString' ? (made['type'] === 1 ? made['strVal'] : (made['intVal'] ?? 0)) : made;
}

/** The object, or undefined when its kind is none of those above. */
export function fromProtobuf(bytes: Uint8Array): object | undefined {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'k8s\0') return undefined;
  const { typeMeta, raw } = message('Unknown', bytes.subarray(4)) as { typeMeta?: { kind?: string }; raw?: Uint8Array };
  const kind = typeMeta?.kind ?? '';
  return Object.hasOwn(MESSAGES, kind) && raw ? { ...typeMeta, ...message(kind, raw) } : undefined;
}
