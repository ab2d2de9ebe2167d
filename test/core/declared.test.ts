/** `target-port-not-declared` is worth knowing, and nothing more. */
import assert from 'node:assert/strict';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { trace } from '../../src/core/trace.ts';
import { type Obj, snapshot } from './build.ts';
import { endpoint, node, pod, service, slice } from './objects.ts';

function look(...ports: Obj[][]) {
  const pods = ports.map((p, i) =>
    pod(`api-${i}`, `10.244.0.${5 + i}`, { spec: { containers: [{ name: 'api', image: 'api', ports: p }] } }),
  );
  const to = slice(
    'web',
    pods.map((_, i) => endpoint(`10.244.0.${5 + i}`, `api-${i}`)),
    { ports: [{ name: '', protocol: 'TCP', port: 9999 }] },
  );
  const web = service('web', { ports: [{ protocol: 'TCP', port: 80, targetPort: 9999 }] });
  const d = diagnose(
    trace(snapshot({ objects: [web, node('minikube', '192.168.49.2'), ...pods, to], name: 'web' }), {
      kind: 'cluster',
    }),
  );
  assert.equal(d.verdict, 'works');
  return d.findings.map((f) => [f.code, f.level, f.hop, ...(f.alsoHops ?? [])].join(' '));
}

describe('a targetPort that is a number', () => {
  const said = 'target-port-not-declared note container/api-0/api';
  it('is noted when the pods declare other ports only', () => {
    assert.deepEqual(look([{ containerPort: 8080 }]), [said]);
    assert.deepEqual(look([{ containerPort: 8080 }], [{ containerPort: 9999, protocol: 'UDP' }]), [
      `${said} container/api-1/api`,
    ]);
  });
  it('is not when a pod declares it, or declares nothing', () => {
    assert.deepEqual(look([{ containerPort: 8080 }, { containerPort: 9999 }]), []);
    assert.deepEqual(look([]), []);
    assert.deepEqual(look([{ containerPort: 8080 }], []), []);
  });
});
