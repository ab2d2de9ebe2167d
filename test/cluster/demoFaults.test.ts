/** The whole line, from the demo cluster through the ordinary client to the finding: each fault is named, and it alone. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../src/cluster/connect.ts';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import type { Diagnosis } from '../../src/core/path.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { trace } from '../../src/core/trace.ts';
import { startDemo } from '../../src/demo/demo.ts';
import { FAULTS, type Fault } from '../../src/demo/faults.ts';

/** Where each is drawn, as docs/findings.md says. */
const PLACE: Readonly<Record<Fault, RegExp>> = {
  'service-not-found': /^service$/,
  'selector-matches-nothing': /^service$/,
  'scaled-to-zero': /^service$/,
  'target-port-name-missing': /^endpoints$/,
  'selectorless-no-endpoints': /^service$/,
  'readiness-failing': /^container\/.*\/api$/,
  'image-pull-failed': /^container\/.*\/api$/,
  'container-crashing': /^container\/.*\/api$/,
  'pod-unschedulable': /^pod\//,
  'load-balancer-pending': /^load-balancer\//,
  'node-not-reachable': /^node\/minikube$/,
  'tunnel-needed': /^tunnel\/minikube-service$/,
};

/** A computer outside the node's network, wherever the test runs. */
const elsewhere = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  laptop: { platform: 'darwin', wsl: false, addresses: [{ interface: 'en0', cidr: '192.168.1.20/24' }] },
});

async function diagnosisOf(fault: Fault): Promise<Diagnosis> {
  const demo = await startDemo({ fault: [fault] });
  const folder = await mkdtemp(join(tmpdir(), 'traffic-path-'));
  try {
    await writeFile(join(folder, 'config'), demo.kubeconfig);
    const kubeconfig = await loadKubeconfig({ env: { KUBECONFIG: join(folder, 'config') } });
    const target = await kubeconfig.target();
    const cluster = connect(target);
    const snapshot = await cluster.trace({ namespace: 'default', name: 'api-service' }).first();
    cluster.dispose();
    target.dispose();
    return diagnose(trace(elsewhere(snapshot), { kind: 'laptop' }));
  } finally {
    await demo.stop();
    await rm(folder, { recursive: true });
  }
}

describe('the demo cluster with a fault', () => {
  for (const fault of FAULTS) {
    it(`${fault} is named, at its hop, and no other error`, async function () {
      this.timeout(20_000);
      const { findings } = await diagnosisOf(fault);
      const errors = findings.filter((f) => f.level === 'error');
      assert.deepEqual(
        errors.map((f) => f.code),
        [fault],
      );
      assert.match(errors[0]?.hop ?? '', PLACE[fault]);
    });
  }
});
