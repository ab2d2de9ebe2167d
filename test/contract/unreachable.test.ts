/** Last of all, by its name: a cluster's controllers take a minute to recover from such an outage. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { deployment, lab, seen, service } from './lab.ts';

const outage = process.env['TRAFFIC_PATH_OUTAGE'];

describe('contract: the API server away for 20 seconds', function () {
  this.timeout(120_000);
  if (!outage) {
    it('is only tested where TRAFFIC_PATH_OUTAGE names what stops it');
    return;
  }
  const it_ = lab();
  const component = async (act: 'stop' | 'start') => {
    const [file = '', ...args] = outage.split(' ');
    await promisify(execFile)(file, [...args, act, 'kube-apiserver']);
  };

  it('is said soon, and followed again alone', async () => {
    await it_.make(deployment('web'), service('web'));
    const live = it_.follow('web');
    await seen(live, (d) => d.verdict === 'works');
    try {
      const told = seen(live, (_, s) => s.stale && Date.now());
      const stopped = await component('stop').then(Date.now);
      const late = (await told) - stopped;
      console.log(`    said to be stale ${late} ms after the API server was gone`);
      assert.ok(late < 10_000);
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      assert.ok(live.snapshot?.stale);
    } finally {
      await component('start');
    }
    const back = Date.now();
    await seen(live, (d, s) => !s.stale && d.verdict === 'works', 30_000);
    console.log(`    current again ${Date.now() - back} ms after the API server`);
    await it_.patch('Service', 'web', { metadata: { annotations: { after: 'yes' } } });
    await seen(live, (_, s) => s.service.known && s.service.items[0]?.annotations['after'] === 'yes', 5000);
    live.dispose();
  });
});
