import assert from 'node:assert/strict';
import type { LiveTrace } from '../../src/cluster/cluster.ts';
import type { Diagnosis } from '../../src/core/path.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { deployment, lab, seen, service } from './lab.ts';
import { type Witness, witness } from './witness.ts';

describe('contract: the trace follows its Service within a second', function () {
  this.timeout(120_000);
  const it_ = lab();
  const late: number[] = [];
  let live: LiveTrace;
  let pods: Witness;
  let slices: Witness;
  let services: Witness;

  before(async () => {
    await it_.make(deployment('web'), service('web'));
    live = it_.follow('web');
    await seen(live, (d) => d.verdict === 'works');
    const at = (path: string) => witness(it_.client, path.replace('NS', it_.namespace));
    pods = await at('/api/v1/namespaces/NS/pods');
    slices = await at('/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices');
    services = await at('/api/v1/namespaces/NS/services');
  });
  after(() => {
    for (const each of [pods, slices, services]) each?.stop();
    live?.dispose();
    const sorted = [...late].sort((a, b) => a - b);
    console.log(
      `    from change to snapshot: median ${sorted[sorted.length >> 1]} ms, worst ${sorted.at(-1)} ms of ${sorted.length}`,
    );
  });

  /** Compares when the plain watch heard of a change with when the snapshot shows it. */
  async function follows(heard: Promise<number>, shows: (d: Diagnosis, s: Snapshot) => boolean): Promise<void> {
    const shown = seen(live, (d, s) => shows(d, s) && Date.now());
    const ms = Math.max(0, (await shown) - (await heard));
    late.push(ms);
    // The figures are printed; what fails is only what cannot come from a watch (without one we look every 5 s).
    assert.ok(ms < 4000, `${ms} ms after the API server told`);
  }
  const podsOf = (s: Snapshot) => (s.pods.known ? s.pods.items : []);
  const ready = (s: Snapshot) =>
    s.slices.known ? s.slices.items.flatMap(({ endpoints }) => endpoints).filter((e) => e.ready).length : 0;

  it('scaled: new pods, then their endpoints', async () => {
    const names = new Set<string>();
    const second = pods.when((pod, type) => type === 'ADDED' && names.add(pod.metadata.name).size === 2);
    const three = slices.when(
      (slice) => slice.endpoints?.filter((e: { conditions: { ready: boolean } }) => e.conditions.ready).length === 3,
    );
    const appear = follows(second, (_, s) => podsOf(s).length === 3);
    const serve = follows(three, (d, s) => ready(s) === 3 && d.verdict === 'works');
    await it_.patch('Deployment', 'web', { spec: { replicas: 3 } });
    await appear;
    await serve;
  });

  it('a pod deleted: terminating at once, then gone, then replaced', async () => {
    assert.ok(live.snapshot);
    const name = podsOf(live.snapshot)[0]?.name ?? '';
    const leaving = pods.when((pod) => pod.metadata.name === name && pod.metadata.deletionTimestamp);
    const gone = pods.when((pod, type) => pod.metadata.name === name && type === 'DELETED');
    const shownLeaving = follows(leaving, (_, s) =>
      podsOf(s).every((pod) => pod.name !== name || pod.deletedAt !== undefined),
    );
    const shownGone = follows(gone, (_, s) => podsOf(s).every((pod) => pod.name !== name));
    await it_.remove('Pod', name);
    await shownLeaving;
    await shownGone;
    await seen(live, (d, s) => ready(s) === 3 && d.verdict === 'works');
  });

  it('a pod labelled away from the selector leaves the path', async () => {
    assert.ok(live.snapshot);
    const name = podsOf(live.snapshot)[0]?.name ?? '';
    const away = pods.when((pod) => pod.metadata.name === name && pod.metadata.labels.app === 'elsewhere');
    const shown = follows(away, (_, s) => podsOf(s).every((pod) => pod.name !== name));
    await it_.patch('Pod', name, { metadata: { labels: { app: 'elsewhere' } } });
    await shown;
    await it_.remove('Pod', name);
  });

  it('a wrong image: the rollout is stuck and says why, the old pods still serve', async () => {
    const image = 'traffic-path/api:no-such';
    const failed = pods.when((pod) =>
      pod.status?.containerStatuses?.some((c: { image: string; state: { waiting?: { reason: string } } }) =>
        /ErrImagePull|ImagePullBackOff|ErrImageNeverPull/.test(c.state.waiting?.reason ?? ''),
      ),
    );
    const shown = follows(failed, (d) => d.findings.some(({ code }) => code === 'image-pull-failed'));
    const container = {
      name: 'api',
      image,
      imagePullPolicy: 'IfNotPresent',
      ports: [{ name: 'http', containerPort: 8080 }],
    };
    await it_.patch('Deployment', 'web', { spec: { template: { spec: { containers: [container] } } } });
    await shown;
    await seen(live, (d) => d.verdict === 'degraded' || d.verdict === 'works');
  });

  it('the selector changed: other pods at once, named as the cause', async () => {
    const changed = services.when((s) => s.spec.selector?.app === 'wbe');
    const shown = follows(changed, (d) => d.findings.some(({ code }) => code === 'selector-matches-nothing'));
    await it_.patch('Service', 'web', { spec: { selector: { app: 'wbe' } } });
    await shown;
    const back = services.when((s, type) => type === 'MODIFIED' && s.spec.selector?.app === 'web');
    const again = follows(back, (_, s) => podsOf(s).length > 0);
    await it_.patch('Service', 'web', { spec: { selector: { app: 'web' } } });
    await again;
  });

  it('scaled to zero, and back', async () => {
    await it_.patch('Deployment', 'web', { spec: { replicas: 0 } });
    await seen(live, (d, s) => podsOf(s).length === 0 && d.findings.some(({ code }) => code === 'scaled-to-zero'));
    assert.ok(live.snapshot?.workloads.known);
    assert.deepEqual(
      live.snapshot.workloads.items.map(({ kind, wanted }) => [kind, wanted]),
      [['Deployment', 0]],
    );
  });

  it('the Service deleted, then made again', async () => {
    const gone = services.when((s, type) => type === 'DELETED' && s.metadata.name === 'web');
    const shown = follows(gone, (d) => d.findings.some(({ code }) => code === 'service-not-found'));
    await it_.remove('Service', 'web');
    await shown;
    assert.ok(live.snapshot?.otherServices.known && live.snapshot.otherServices.items.length > 0);
    const made = services.when((s, type) => type === 'ADDED' && s.metadata.name === 'web');
    const back = follows(made, (_, s) => s.service.known && s.service.items.length === 1);
    await it_.make(service('web'));
    await back;
  });

  it('the list of Services follows, too', async () => {
    const list = it_.cluster.watchServices(it_.namespace);
    const has = (name: string) =>
      new Promise<void>((resolve) => {
        const look = () =>
          list.value?.known && list.value.items.some((row) => row.name === name && row.ports === '80/TCP') && resolve();
        list.onChange(look);
        look();
      });
    await has('web');
    await it_.make(service('later'));
    await has('later');
    list.dispose();
  });
});
