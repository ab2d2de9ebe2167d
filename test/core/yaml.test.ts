/** Manifests while somebody writes them: the object and the field under the cursor, and never an exception. */
import assert from 'node:assert/strict';
import { pointedAt, type Subject } from '../../src/core/subject.ts';
import { Manifest, withoutTemplates } from '../../src/core/yaml.ts';

/** A text with `|` where the cursor is. */
function at(marked: string): { text: string; offset: number } {
  const offset = marked.indexOf('|');
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}
const field = (marked: string) => {
  const { text, offset } = at(marked);
  return new Manifest(text).fieldAt(offset);
};
const subject = (marked: string, language: 'manifest' | 'log' = 'manifest'): Subject | undefined => {
  const { text, offset } = at(marked);
  return pointedAt(text, offset, language === 'manifest' ? new Manifest(text) : undefined)?.subject;
};

const service = `apiVersion: v1
kind: Service
metadata:
  name: api-service
  namespace: shop
spec:
  type: NodePort
  selector: { app: api }
  ports:
    - port: 8080
      targetPort: http
      nodePort: 30080
`;

describe('the objects of a manifest', () => {
  const names = (text: string) => new Manifest(text).objects.map((o) => `${o.kind} ${o.namespace ?? ''}/${o.name}`);

  it('finds each document of a file', () => {
    assert.deepEqual(names(`${service}---\n# a comment\n---\nkind: Deployment\nmetadata: {name: api}\n`), [
      'Service shop/api-service',
      'Deployment /api',
    ]);
  });

  it('finds the items of a List, and of a List in JSON', () => {
    const items = [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }];
    const list = { apiVersion: 'v1', kind: 'List', items };
    assert.deepEqual(names(JSON.stringify(list, null, 2)), ['Service /a']);
    assert.deepEqual(names('kind: List\nitems:\n- kind: Service\n  metadata:\n    name: b\n'), ['Service /b']);
  });

  it('begins an object at its first field', () => {
    const text = `# first\n---\n${service}`;
    assert.equal(new Manifest(text).objects[0]?.start, text.indexOf('apiVersion'));
  });

  it('reads a half-written file as far as it goes', () => {
    assert.deepEqual(names(`${service}    - port: [\n`), ['Service shop/api-service']);
    assert.deepEqual(names('kind: Service\nmetadata:\n  name: half\n  labels:\n    app'), ['Service /half']);
    assert.deepEqual(names(`${service}---\nkind: Service\nmetadata:\n\tname: tab\n`).slice(0, 1), [
      'Service shop/api-service',
    ]);
  });

  it('reads around Helm templates and takes no name from one', () => {
    const text = `{{- if .Values.on }}
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    {{- include "chart.labels" . | nindent 4 }}
spec:
  ports:
    - port: {{ .Values.port }}
{{- end }}
---
kind: Service
metadata:
  name: {{ include "chart.fullname" . }}-api
`;
    assert.deepEqual(names(text), ['Service /web']);
    assert.equal(withoutTemplates(text).length, text.length);
  });

  it('keeps templates of several lines in place', () => {
    const text = `a: {{ tpl\n  "x"\n  . }}\nkind: Service\nmetadata: {name: n}\n`;
    assert.equal(withoutTemplates(text).length, text.length);
    assert.deepEqual(names(text), ['Service /n']);
  });

  it('never throws, whatever the text', () => {
    const texts = [
      '',
      '\0',
      '&a *a',
      '*missing',
      '{{',
      '{{ }',
      '%YAML 9.9\n---\nx',
      '? [a]: b',
      '- - - {',
      '<<: *x\n',
      '!!binary x',
      '"\\u12',
      'a: &x {b: *x}',
      '\u{1F600}: \u202E',
      '---\n---\n...',
      '|',
      '[[[[[[[[',
      'k: !tag',
      `{"kind":"Service","metadata":{"name":`,
    ];
    for (let cut = 0; cut < service.length; cut += 7) texts.push(service.slice(0, cut));
    for (const text of texts) {
      const manifest = new Manifest(text);
      assert.ok(Array.isArray(manifest.objects));
      for (let i = 0; i <= text.length; i++) manifest.fieldAt(i);
    }
  });
});

describe('the field under the cursor', () => {
  it('has its path and its object', () => {
    const f = field(service.replace('30080', '300|80'));
    assert.deepEqual(f?.path, ['spec', 'ports', 0, 'nodePort']);
    assert.equal(f?.value, '30080');
    assert.equal(f?.onKey, false);
    assert.equal(f?.object?.name, 'api-service');
  });

  it('knows a key from a value', () => {
    assert.equal(field(service.replace('nodePort', 'node|Port'))?.onKey, true);
  });

  it('is in the second document when the cursor is', () => {
    const f = field(`${service}---\nkind: Pod\nmetadata:\n  name: p|od\n`);
    assert.equal(f?.object?.kind, 'Pod');
    assert.deepEqual(f?.path, ['metadata', 'name']);
  });

  it('is nothing between the lines', () => {
    assert.equal(field('a: b\n\n|\n\nc: d\n'), undefined);
  });
});

describe('what the cursor points at', () => {
  const cases: [string, Subject | undefined, ('manifest' | 'log')?][] = [
    ['ip: 10.244.|0.5', { is: 'address', address: '10.244.0.5' }],
    ['GET http://10.96.12|3.45:8080/health 200', { is: 'address', address: '10.96.123.45', port: 8080 }, 'log'],
    ['dial tcp 10.244.0.5:80|80: refused', { is: 'address', address: '10.244.0.5', port: 8080 }, 'log'],
    ['version 1.2.|3', undefined, 'log'],
    ['300.1|.2.3', undefined, 'log'],
    ['10.1.2.3.4|.5', undefined, 'log'],
    ['at 12:34:|56 it rained', undefined, 'log'],
    ['from [fd00:10:|244::5]:8080', { is: 'address', address: 'fd00:10:244::5' }, 'log'],
    ['value: "http://api-ser|vice:8080/x"', { is: 'service', name: 'api-service', sure: false }],
    ['url: http://api-service.sh|op:8080', { is: 'service', name: 'api-service', namespace: 'shop', sure: false }],
    [
      'host: api-service.shop.s|vc.cluster.local',
      { is: 'service', name: 'api-service', namespace: 'shop', sure: true },
    ],
    ['no such host api.default.sv|c', { is: 'service', name: 'api', namespace: 'default', sure: true }, 'log'],
    [service.replace('30080', '3008|0'), { is: 'node-port', port: 30080 }],
    [service.replace('name: api', 'name: a|pi'), { is: 'service', name: 'api-service', namespace: 'shop', sure: true }],
    [
      'kind: Ingress\nspec:\n  rules:\n  - http:\n      paths:\n      - backend:\n          service:\n            name: we|b\n',
      { is: 'service', name: 'web', sure: true },
    ],
    ['kind: StatefulSet\nspec:\n  serviceName: d|b\n', { is: 'service', name: 'db', sure: true }],
    ['env:\n- name: HOST\n  value: a|pi\n', { is: 'service', name: 'api', sure: false }],
    ['metadata:\n  labels:\n    app: a|pi\n', undefined],
    ['replicas: |3', undefined],
    ['ki|nd: Service', undefined],
    ['# nothing h|ere', undefined],
  ];
  for (const [marked, expected, language] of cases)
    it(`${JSON.stringify(marked.length > 60 ? `…${marked.slice(-50)}` : marked)} → ${expected?.is ?? 'nothing'}`, () => {
      assert.deepEqual(subject(marked, language), expected);
    });
});
