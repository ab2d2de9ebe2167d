/** Many pods with a fault of their own each: a list that a person can read, whatever the cluster holds. */
import assert from 'node:assert/strict';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { trace } from '../../src/core/trace.ts';
import { snapshot } from './build.ts';
import { pod, service } from './objects.ts';

describe('a cause of each pod’s own', () => {
  const each = (n: number) =>
    diagnose(
      trace(
        snapshot({
          objects: [
            service('api-service'),
            ...Array.from({ length: n }, (_, k) => {
              const waiting = { reason: 'CreateContainerConfigError', message: `secret "s${k}" not found` };
              const containerStatuses = [{ name: 'api', ready: false, state: { waiting } }];
              return pod(`p${k}`, `10.244.0.${k}`, { ready: false, status: { phase: 'Pending', containerStatuses } });
            }),
          ],
        }),
        { kind: 'cluster' },
      ),
    ).findings;
  it('is told one by one while that can be read, then together', () => {
    assert.equal(each(8).length, 8);
    const many = each(40);
    assert.equal(many.length, 9);
    assert.equal(many.flatMap((f) => [f.hop, ...(f.alsoHops ?? [])]).length, 40);
    assert.match(many[8]?.says ?? '', /^Container api in each of 32 pods .*The others of them give other reasons\.$/);
    for (const f of many.slice(0, 8)) assert.doesNotMatch(f.says, /other reasons/);
  });
});
