/**
 * No cry of wolf: public applications that work have no error and no warning, on any of their Services; and each broken in
 * one way has one error, the right one. Their manifests lie beside the checkout (`../shared/apps`), they are not ours.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { serviceFromApi, workloadFromApi } from '../../src/core/fromApi.ts';
import type { Diagnosis } from '../../src/core/path.ts';
import { podFromApi } from '../../src/core/podFromApi.ts';
import { trace } from '../../src/core/trace.ts';
import { type Obj, objectsOf, snapshot } from './build.ts';
import { endpoint, kubeProxy, node, slice } from './objects.ts';

const folder = new URL('../../../shared/apps/', import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith('.yaml')) : [];

describe('public applications', () => {
  if (files.length === 0) it.skip('skipped: not there (../shared/apps)');
  for (const file of files) {
    const manifests = objectsOf(readFileSync(new URL(file, folder), 'utf8'));
    for (const service of manifests.filter((o) => o['kind'] === 'Service').map(serviceFromApi)) {
      const look = (change: (o: Obj) => void = () => {}, ready = true): Diagnosis => {
        const objects = structuredClone(manifests);
        for (const o of objects) change(o);
        const facts = snapshot({ objects: running(objects, ready), namespace: service.namespace, name: service.name });
        return diagnose(trace(facts, { kind: 'cluster' }));
      };
      const worst = (d: Diagnosis) => d.findings.filter((f) => f.level !== 'note').map((f) => `${f.level} ${f.code}`);
      const mine = (o: Obj) =>
        o['kind'] === 'Service' &&
        serviceFromApi(o).name === service.name &&
        serviceFromApi(o).namespace === service.namespace;
      const spec = (o: Obj) => o['spec'] as Obj;

      it(`${file} ${service.namespace}/${service.name} works`, () => {
        const diagnosis = look();
        assert.deepEqual(worst(diagnosis), []);
        assert.equal(diagnosis.verdict, 'works');
      });
      it(`${file} ${service.namespace}/${service.name}: one letter off in the selector`, () => {
        const [key, value] = Object.entries(service.selector)[0] ?? ['', ''];
        const d = look((o) => {
          if (mine(o)) spec(o)['selector'] = { ...service.selector, [key]: `${value}x` };
        });
        assert.deepEqual(worst(d), ['error selector-matches-nothing']);
        assert.match(d.findings[0]?.says ?? '', new RegExp(`has ${key}=${value} instead of ${key}=${value}x`));
      });
      it(`${file} ${service.namespace}/${service.name}: scaled to zero`, () => {
        const d = look((o) => {
          if (o['kind'] === 'Deployment') spec(o)['replicas'] = 0;
        });
        assert.deepEqual(worst(d), ['error scaled-to-zero']);
      });
      it(`${file} ${service.namespace}/${service.name}: a targetPort that nobody names`, () => {
        const d = look((o) => {
          if (mine(o)) for (const p of spec(o)['ports'] as Obj[]) p['targetPort'] = 'nowhere';
        });
        assert.deepEqual([...new Set(worst(d))], ['error target-port-name-missing']);
        assert.equal(d.findings.filter((f) => f.level === 'error').length, service.ports.length);
      });
      it(`${file} ${service.namespace}/${service.name}: not ready for an hour`, () => {
        assert.deepEqual([...new Set(worst(look(undefined, false)))], ['error readiness-failing']);
      });
    }
  }
});

/** What a cluster makes of manifests when all goes well: pods, slices, load balancer addresses. */
function running(objects: Obj[], ready: boolean): Obj[] {
  const made: Obj[] = [];
  for (const o of objects.filter((x) => x['kind'] === 'Deployment')) {
    const { namespace, name, wanted } = workloadFromApi(o);
    (o['metadata'] as Obj)['uid'] = `uid-${name}`;
    const template = (o['spec'] as Obj)['template'] as { metadata: Obj; spec: Obj };
    for (let k = 0; k < (wanted ?? 1); k++)
      made.push(podOf(namespace, `${name}-${k}`, `10.244.${made.length >> 8}.${made.length + 1}`, template, ready));
  }
  const pods = made.map(podFromApi);
  for (const o of objects.filter((x) => x['kind'] === 'Service')) {
    const service = serviceFromApi(o);
    Object.assign(o['spec'] as Obj, { clusterIP: '10.96.0.50', clusterIPs: ['10.96.0.50'] });
    if (service.type === 'LoadBalancer') o['status'] = { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } };
    const mine = pods.filter(
      (p) => p.namespace === service.namespace && Object.entries(service.selector).every(([k, v]) => p.labels[k] === v),
    );
    const ports = service.ports.flatMap((p) => {
      const named = mine.flatMap((x) => x.containers.flatMap((c) => c.ports)).find((x) => x.name === p.targetPort);
      const port = typeof p.targetPort === 'number' ? p.targetPort : named?.containerPort;
      return port === undefined ? [] : [{ name: p.name, protocol: p.protocol, port }];
    });
    const conditions = { ready, serving: ready, terminating: false };
    const s = slice(
      service.name,
      mine.map((p) => endpoint(p.podIPs[0] ?? '', p.name, { nodeName: 'node-1', conditions })),
      { ports },
    );
    (s['metadata'] as Obj)['namespace'] = service.namespace;
    made.push(s);
  }
  return [...objects, ...made, node('node-1', '10.0.0.4'), ...kubeProxy('', ['node-1'])];
}

function podOf(
  namespace: string,
  name: string,
  ip: string,
  template: { metadata: Obj; spec: Obj },
  ready: boolean,
): Obj {
  const state = (c: Obj) => ({
    name: c['name'],
    ready,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: '2025-12-31T22:00:00Z' } },
  });
  const init = (c: Obj) => ({
    name: c['name'],
    ready: true,
    started: false,
    restartCount: 0,
    state: { terminated: { exitCode: 0, reason: 'Completed' } },
  });
  const { containers, initContainers } = template.spec as { containers: Obj[]; initContainers?: Obj[] };
  return {
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      uid: `uid-${name}`,
      labels: template.metadata['labels'],
      creationTimestamp: '2025-12-31T22:00:00Z',
    },
    spec: { ...template.spec, nodeName: 'node-1' },
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type, k) => ({
        type,
        status: ready || k < 2 ? 'True' : 'False',
      })),
      containerStatuses: containers.map(state),
      initContainerStatuses: (initContainers ?? []).map(init),
    },
  };
}
