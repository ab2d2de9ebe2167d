/** Rules one by one, where a scenario would be too coarse: the turning points. */
import assert from 'node:assert/strict';
import { onlyPort } from '../../src/cli/trace.ts';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { differences, distance, farness, nearest } from '../../src/core/diagnosis/near.ts';
import { nodeFromApi } from '../../src/core/fromApi.ts';
import type { Diagnosis } from '../../src/core/path.ts';
import { toReport } from '../../src/core/report.ts';
import { toText } from '../../src/core/reportText.ts';
import { trace } from '../../src/core/trace.ts';
import { at, type Build, type Obj, snapshot } from './build.ts';
import { endpoint, pod, service, slice, tutorial } from './objects.ts';

const look = (objects: Obj[], more: Omit<Build, 'objects'> = {}): Diagnosis =>
  diagnose(trace(snapshot({ objects, ...more }), { kind: 'cluster' }));
const codes = (d: Diagnosis) => d.findings.filter((f) => f.from === 'everywhere').map((f) => `${f.level} ${f.code}`);

/** The moment `seconds` before the facts were read. */
const ago = (seconds: number) => new Date(Date.parse(at) - seconds * 1000).toISOString().replace('.000', '');

function oneUnready(startedSecondsAgo: number, probe: Obj, lostReadySecondsAgo?: number, failures?: number): Diagnosis {
  const down = { ready: false, serving: false, terminating: false };
  const events = failures
    ? [
        {
          kind: 'Event',
          metadata: { namespace: 'default' },
          type: 'Warning',
          reason: 'Unhealthy',
          count: failures,
          lastTimestamp: ago(1),
          message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
          involvedObject: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'uid-a' },
        },
      ]
    : [];
  return look([
    service('api-service'),
    slice('api-service', [endpoint('10.244.0.5', 'a', { conditions: down })]),
    pod('a', '10.244.0.5', {
      spec: {
        containers: [
          {
            name: 'api',
            image: 'i',
            ports: [{ containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/', port: 8080 }, ...probe },
          },
        ],
      },
      status: {
        conditions: [
          {
            type: 'ContainersReady',
            status: 'False',
            lastTransitionTime: ago(lostReadySecondsAgo ?? startedSecondsAgo + 2),
          },
        ],
        containerStatuses: [
          {
            name: 'api',
            ready: false,
            started: true,
            restartCount: 0,
            state: { running: { startedAt: ago(startedSecondsAgo) } },
          },
        ],
      },
    }),
    ...events,
  ]);
}

describe('readiness-failing', () => {
  const probe = { initialDelaySeconds: 5, periodSeconds: 10, failureThreshold: 3 };
  it('leaves a container the time that its own probe allows', () => {
    assert.deepEqual(codes(oneUnready(34, probe)), ['note startup-unfinished']);
    assert.match(oneUnready(34, probe).findings[0]?.says ?? '', /1 s more/);
    assert.deepEqual(codes(oneUnready(35, probe)), ['error readiness-failing']);
  });
  it('does not wait when the container was ready before', () => {
    assert.deepEqual(codes(oneUnready(20, probe, 3)), ['error readiness-failing']);
  });
  it('does not wait when the kubelet has counted the failures', () => {
    assert.deepEqual(codes(oneUnready(20, probe, undefined, 2)), ['note startup-unfinished']);
    assert.deepEqual(codes(oneUnready(20, probe, undefined, 3)), ['error readiness-failing']);
  });
  it('is not said of a pod that is being deleted', () => {
    const objects = tutorial();
    for (const o of objects) if (o['kind'] === 'Pod') (o['metadata'] as Obj)['deletionTimestamp'] = at;
    assert.deepEqual(codes(look(objects)), []);
  });
});

describe('container-crashing', () => {
  const crash = (state: Obj, lastState: Obj, ready = false, started = false) =>
    codes(
      look([
        service('api-service'),
        slice('api-service', []),
        pod('a', '10.244.0.5', {
          ready,
          status: { containerStatuses: [{ name: 'api', ready, started, restartCount: 3, state, lastState }] },
        }),
      ]),
    );
  const ended = { terminated: { reason: 'Error', exitCode: 1 } };
  it('holds through the whole cycle: ended, backing off, running again', () => {
    assert.deepEqual(crash(ended, ended), ['error container-crashing']);
    assert.deepEqual(crash({ waiting: { reason: 'CrashLoopBackOff' } }, ended), ['error container-crashing']);
    assert.deepEqual(crash({ running: { startedAt: ago(1) } }, ended), ['error container-crashing']);
  });
  it('ends when the container has lived for a minute: then its readiness is the trouble', () => {
    assert.deepEqual(crash({ running: { startedAt: ago(59) } }, ended, false, true), ['error container-crashing']);
    assert.deepEqual(crash({ running: { startedAt: ago(61) } }, ended, false, true), ['error readiness-failing']);
  });
  it('ends when the container is ready again', () => {
    assert.deepEqual(crash({ running: { startedAt: ago(60) } }, ended, true, true), []);
  });
  it('says that a process which ends with 0 does not serve', () => {
    const d = look([
      service('api-service'),
      slice('api-service', []),
      pod('a', '10.244.0.5', {
        ready: false,
        status: {
          containerStatuses: [
            {
              name: 'api',
              ready: false,
              restartCount: 2,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { reason: 'Completed', exitCode: 0 } },
            },
          ],
        },
      }),
    ]);
    assert.match(d.findings[0]?.says ?? '', /ends instead of serving/);
  });
});

describe('what may not be read', () => {
  it('is never said to be missing', () => {
    const broken = [service('api-service', { selector: { app: 'other' } }), slice('api-service', [])];
    for (const forbidden of [['pods'], ['pods', 'workloads'], ['services'], ['pods', 'endpointslices']] as const) {
      const d = look(broken, { forbidden, namespace: 'default', name: 'api-service' });
      assert.deepEqual(codes(d), [], forbidden.join());
      assert.notEqual(d.verdict, 'works');
      assert.ok(d.path.unknown.length > 0);
    }
  });
  it('leaves the level to the pods when slices are unknown', () => {
    const d = look([service('api-service'), pod('a', '10.244.0.5'), pod('b', '10.244.0.6', { ready: false })], {
      forbidden: ['endpointslices'],
    });
    assert.deepEqual(codes(d), ['warning readiness-failing']);
  });
});

describe('image-pull-failed', () => {
  const says = (message: string, reason = 'ErrImagePull') =>
    look([
      service('api-service'),
      slice('api-service', []),
      pod('a', '10.244.0.5', {
        ready: false,
        status: {
          phase: 'Pending',
          containerStatuses: [{ name: 'api', ready: false, state: { waiting: { reason, message } } }],
        },
      }),
    ]).findings[0];
  const image = 'traffic-path/api:v0.1';
  // Messages as containerd, CRI-O and Docker write them.
  it('quotes the registry and not the frames around it', () => {
    const tail = (message: string) => /cannot be pulled(?: \((.*)\))?\.$/.exec(says(message)?.says ?? '')?.[1] ?? '';
    const resolve = `failed to pull and unpack image "docker.io/${image}": failed to resolve reference "docker.io/${image}"`;
    assert.equal(
      tail(`rpc error: code = NotFound desc = ${resolve}: docker.io/${image}: not found`),
      `docker.io/${image}: not found`,
    );
    assert.equal(
      tail(`${resolve}: failed to do request: Head "https://reg.test/v2/": dial tcp: lookup reg.test: no such host`),
      'failed to do request: Head "https://reg.test/v2/": dial tcp: lookup reg.test: no such host',
    );
    assert.equal(
      tail(`rpc error: code = Unknown desc = Error response from daemon: pull access denied for ${image}`),
      `pull access denied for ${image}`,
    );
    assert.equal(
      tail('rpc error: code = DeadlineExceeded desc = context deadline exceeded'),
      'context deadline exceeded',
    );
    assert.equal(tail(`Back-off pulling image "${image}"`), '');
  });
  it('has a fix that fits the answer', () => {
    assert.match(
      says('pull access denied, repository does not exist or may require authorization')?.try ?? '',
      /imagePullSecret/,
    );
    assert.match(says('dial tcp: lookup reg.test: no such host')?.try ?? '', /cannot reach the registry/);
    assert.match(says(`${image}: not found`)?.try ?? '', /name or tag/);
    assert.match(says('', 'InvalidImageName')?.says ?? '', /not a valid image name/);
    assert.match(says('', 'ErrImageNeverPull')?.says ?? '', /imagePullPolicy is Never/);
  });
});

describe('load-balancer-pending', () => {
  const pending = (createdSecondsAgo: number, server: string, events: Obj[] = []) => {
    const lb = service('api-service', { type: 'LoadBalancer' });
    (lb['metadata'] as Obj)['creationTimestamp'] = ago(createdSecondsAgo);
    const facts = snapshot({ objects: [lb, ...tutorial().slice(1), ...events], connection: { server } });
    return diagnose(trace({ ...facts, nodes: { known: true, items: [] } }, { kind: 'laptop' })).findings.map(
      (f) => `${f.level} ${f.code}`,
    );
  };
  const eks = 'https://abc.gr7.eu-west-1.eks.amazonaws.com';
  it('gives a cloud five minutes, unless an event complains', () => {
    const event = {
      kind: 'Event',
      metadata: { namespace: 'default' },
      type: 'Warning',
      reason: 'SyncLoadBalancerFailed',
      message: 'no subnets',
      involvedObject: { kind: 'Service', namespace: 'default', name: 'api-service' },
    };
    assert.deepEqual(pending(60, eks), ['note load-balancer-pending']);
    assert.deepEqual(pending(60, eks, [event]), ['error load-balancer-pending']);
    assert.deepEqual(pending(301, eks), ['error load-balancer-pending']);
    assert.deepEqual(pending(60, 'https://127.0.0.1:6443'), ['error load-balancer-pending']);
  });
  it('takes OpenShift for a cloud only where its nodes are of one', () => {
    const found = (providerID: string) => {
      const lb = service('api-service', { type: 'LoadBalancer' });
      (lb['metadata'] as Obj)['creationTimestamp'] = ago(60);
      const machine = {
        kind: 'Node',
        metadata: { name: 'minikube', labels: { 'node.openshift.io/os_id': 'rhcos' } },
        spec: { providerID },
      };
      const facts = snapshot({ objects: [lb, ...tutorial().slice(1)] });
      const nodes = { known: true, items: [nodeFromApi(machine)] } as const;
      const { findings } = diagnose(trace({ ...facts, nodes }, { kind: 'laptop' }));
      return findings.find((f) => f.code === 'load-balancer-pending');
    };
    assert.equal(found('aws:///eu-west-1a/i-0')?.level, 'note');
    assert.match(found('aws:///eu-west-1a/i-0')?.try ?? '', /cloud's controller/);
    assert.equal(found('baremetalhost:///openshift-machine-api/x')?.level, 'error');
    assert.match(found('baremetalhost:///openshift-machine-api/x')?.try ?? '', /MetalLB/);
  });
});

describe('10,000 endpoints', () => {
  /** Every second of the pods cannot pull its image. */
  const many = (n: number) => {
    const ip = (k: number) => `10.${200 + (k >> 16)}.${(k >> 8) & 255}.${k & 255}`;
    const all = Array.from({ length: n }, (_, k) => k);
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' };
    const stuck = {
      ready: false,
      status: { phase: 'Pending', containerStatuses: [{ name: 'api', ready: false, state: { waiting } }] },
    };
    const good = all.filter((k) => k % 2 === 0);
    const slices = Array.from({ length: Math.ceil(good.length / 100) }, (_, s) =>
      slice(
        'api-service',
        good.slice(s * 100, s * 100 + 100).map((k) => endpoint(ip(k), `p${k}`)),
        { suffix: `s${s}` },
      ),
    );
    const pods = all.map((k) => pod(`p${k}`, ip(k), k % 2 === 0 ? {} : stuck));
    return trace(snapshot({ objects: [service('api-service'), ...slices, ...pods] }), { kind: 'cluster' });
  };
  it('one cause in thousands of pods is one finding', function () {
    this.timeout(60_000);
    const path = many(10_000);
    const d = diagnose(path);
    assert.deepEqual(codes(d), ['warning image-pull-failed']);
    assert.equal((d.findings[0]?.alsoHops?.length ?? 0) + 1, 5000);
    assert.equal(d.path.hops.filter((h) => h.status === 'warning' && h.kind === 'container').length, 5000);
    assert.ok(toText(toReport(d)).split('\n').length < 80, 'the text is still one that a person reads');
  });
});

describe('nearness', () => {
  it('counts edits, a swap as one', () => {
    assert.deepEqual(
      [
        ['a', 'a'],
        ['api', 'apj'],
        ['api', 'pai'],
        ['api', 'apis'],
        ['', 'abc'],
      ].map(([a = '', b = '']) => distance(a, b)),
      [0, 1, 1, 1, 3],
    );
  });
  it('offers what was probably meant, nearest first', () => {
    assert.deepEqual(nearest('api-servce', ['db', 'api', 'api-service', 'api-server']), ['api-service', 'api-server']);
    assert.deepEqual(nearest('db', ['db2', 'dbs', 'web']), []);
    assert.deepEqual(nearest('web', ['api', 'webs', 'web-frontend']), ['webs']);
  });
  it('prefers a wrong value to a missing key, and Object.prototype has no labels', () => {
    assert.ok(farness({ app: 'web' }, { app: 'database' }) < farness({ app: 'web' }, { tier: 'web' }));
    assert.deepEqual(differences({ constructor: 'x' }, {}), [{ key: 'constructor', wants: 'x' }]);
  });
});

describe('liveness-killing', () => {
  const ended = (exitCode: number) => ({ terminated: { exitCode, reason: 'Error', finishedAt: ago(60) } });
  const with_ = (
    failures: number,
    secondsAgo: number,
    exitCode = 137,
    probe: Obj | undefined = { httpGet: { port: 8080 } },
  ) =>
    codes(
      look([
        service('s'),
        pod('a', '10.244.0.5', {
          ready: false,
          spec: { containers: [{ name: 'api', image: 'i', ...(probe ? { livenessProbe: probe } : {}) }] },
          status: {
            containerStatuses: [
              {
                name: 'api',
                ready: false,
                restartCount: 2,
                state: { waiting: { reason: 'CrashLoopBackOff' } },
                lastState: ended(exitCode),
              },
            ],
          },
        }),
        {
          kind: 'Event',
          metadata: { namespace: 'default' },
          type: 'Warning',
          reason: 'Unhealthy',
          count: failures,
          lastTimestamp: ago(secondsAgo),
          message: 'Liveness probe failed: HTTP probe failed with statuscode: 404',
          involvedObject: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'uid-a' },
        },
      ]),
    );
  it('is told from a crash by failures enough, shortly before the end', () => {
    for (const code of [0, 1, 137, 143]) assert.deepEqual(with_(3, 62, code), ['error liveness-killing']);
    assert.deepEqual(with_(2, 62), ['error container-crashing']);
    assert.deepEqual(with_(9, 600), ['error container-crashing']);
  });
});

describe('what a finding offers and quotes', () => {
  const twoPorts = (more: Obj) => ({
    ...more,
    ports: [
      { name: 'a', protocol: 'TCP', port: 53, targetPort: 'http' },
      { name: 'b', protocol: 'UDP', port: 53, targetPort: 'domain' },
    ],
  });
  const ports = (...of: Obj[]) => ({ spec: { containers: [{ name: 'api', image: 'i', ports: of }] } });
  const http = { name: 'http', containerPort: 8080, protocol: 'TCP' };
  const udp = { name: 'domains', containerPort: 5353, protocol: 'UDP' };

  it('no patch where the number is not unique, also when only one of the ports was asked for', () => {
    const facts = snapshot({ objects: [service('dup', twoPorts({})), pod('a', '10.244.0.5', ports(http, udp))] });
    for (const asked of [facts, onlyPort(facts, '53/UDP')]) {
      const [found] = diagnose(trace(asked, { kind: 'cluster' })).findings;
      assert.equal(found?.code, 'target-port-name-missing');
      assert.match(found?.command ?? '', /edit service dup$/);
      assert.match(found?.try ?? '', /`domains`/);
    }
  });
  it('a name of another protocol is not offered', () => {
    const [found] = look([
      service('s', { ports: [{ protocol: 'UDP', port: 53, targetPort: 'domain' }] }),
      pod('a', '10.244.0.5', ports(http)),
    ]).findings;
    assert.match(found?.says ?? '', /they name: http \(TCP\)/);
    assert.doesNotMatch(`${found?.try} ${found?.command}`, /http|8080/);
  });
  it('scaled to zero: nothing is quoted of another workload', () => {
    const deployment = (name: string, app: string, replicas: number) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'default', uid: name },
      spec: { replicas, template: { metadata: { labels: { app } } } },
    });
    for (const replicas of [0, 2]) {
      const [found] = look([service('s'), deployment('zero', 'api', replicas), deployment('cfg', 'apj', 1)]).findings;
      assert.equal(found?.code, replicas === 0 ? 'scaled-to-zero' : 'workload-makes-no-pods');
      assert.doesNotMatch(JSON.stringify(found), /cfg/);
    }
  });
});
