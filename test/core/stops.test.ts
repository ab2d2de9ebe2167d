/** Where a request ends, and that hop, entrance and finding say the same of it. */
import assert from 'node:assert/strict';
import { nodeIsThere } from '../../src/cli/trace.ts';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import type { From } from '../../src/core/path.ts';
import { trace } from '../../src/core/trace.ts';
import { type Obj, snapshot } from './build.ts';
import { endpoint, node, pod, service, slice } from './objects.ts';
import { read } from './scenario.ts';

const told = (spec: Obj, selector = 'api') =>
  diagnose(
    trace(
      snapshot({
        name: 'web',
        objects: [
          service('web', { selector: { app: selector }, ...spec }),
          node('minikube', '192.168.49.2', { labels: { 'minikube.k8s.io/name': 'minikube' } }),
          pod('a', '10.244.0.5'),
          slice('web', selector === 'api' ? [endpoint('10.244.0.5', 'a')] : []),
        ],
      }),
      { kind: 'cluster' },
    ),
  );

describe('where requests end', () => {
  it('is the first step out of a computer that reaches no node, even when the Service is broken too', () => {
    const { facts, from } = read('selector-matches-nothing');
    const d = diagnose(trace(facts, from));
    assert.equal(d.path.provider.nodesReachable, 'no');
    assert.equal(d.path.entrances[0]?.stopsAt, 'node/minikube');
    assert.match(d.sentence, /^this computer ↛ node minikube → /);
  });
  it('is the Service for a client that does reach it', () => {
    const d = told({}, 'other');
    assert.equal(d.path.entrances[0]?.status, 'broken');
    assert.equal(d.path.entrances[0]?.stopsAt, 'service');
  });
});

describe('a headless Service', () => {
  const note = (targetPort: number | string) =>
    told({
      clusterIP: 'None',
      clusterIPs: ['None'],
      ports: [{ protocol: 'TCP', port: 80, targetPort }],
    }).path.hops.find((h) => h.id === 'service')?.note ?? '';
  it('says that its port is not translated, where it differs', () => {
    assert.match(note(8080), /no rule translates its port: clients must use targetPort 8080, not 80$/);
    assert.doesNotMatch(note(80), /translates/);
  });
});

describe('internalTrafficPolicy Local', () => {
  const local = (from: From) => {
    const objects = [
      service('web', { internalTrafficPolicy: 'Local' }),
      ...['n1', 'n2'].map((n, i) => node(n, `192.168.1.10${i}`)),
      pod('a', '10.244.0.5', { node: 'n1' }),
      pod('asks', '10.244.1.5', { node: 'n2', ready: false }),
      slice('web', [endpoint('10.244.0.5', 'a', { nodeName: 'n1' })]),
    ];
    const { path } = diagnose(trace(snapshot({ name: 'web', objects }), from));
    const e = path.entrances.find((x) => x.kind === 'cluster-ip');
    const proxy = path.hops.find((h) => e?.hops.includes(h.id) && h.kind === 'kube-proxy');
    return [
      e?.status,
      proxy?.status,
      proxy?.note ?? '',
      path.hops.find((h) => h.kind === 'client' && e?.hops.includes(h.id))?.status,
    ];
  };
  it('says from which nodes, or why not from this one', () => {
    const some = ['degraded', 'warning', 'only from nodes with an endpoint: n1 (internalTrafficPolicy Local)'];
    const none = ['broken', 'error', 'drops it: node n2 has no endpoint, only n1 (internalTrafficPolicy Local)'];
    assert.deepEqual(local({ kind: 'cluster' }), [...some, 'ok']);
    assert.deepEqual(local({ kind: 'pod', name: 'nope' }), [...some, 'unknown']);
    assert.deepEqual(local({ kind: 'pod', name: 'asks' }), [...none, 'ok']);
    assert.deepEqual(local({ kind: 'node', name: 'n2' }), [...none, 'ok']);
    assert.equal(local({ kind: 'node', name: 'n1' })[0], 'works');
  });
  it('refuses a node that is not there', () => {
    const facts = snapshot({ objects: [node('minikube', '192.168.49.2')] });
    assert.throws(
      () => nodeIsThere(facts, { kind: 'node', name: 'minikub' }),
      /no such node; the cluster has minikube\./,
    );
    nodeIsThere(facts, { kind: 'node', name: 'minikube' });
    nodeIsThere({ ...facts, nodes: { known: false, why: 'forbidden' } }, { kind: 'node', name: 'ghost' });
  });
});
