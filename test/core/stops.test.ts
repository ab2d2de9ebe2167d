/** Where a request ends, and that hop, entrance and finding say the same of it. */
import assert from 'node:assert/strict';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
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
