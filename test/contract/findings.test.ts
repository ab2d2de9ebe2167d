import assert from 'node:assert/strict';
import type { Diagnosis, Finding } from '../../src/core/path.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { deployment, diagnosis, lab, type Manifest, seen, service } from './lab.ts';

interface Case {
  readonly code: string;
  readonly made: (name: string) => readonly Manifest[];
  /** Which Service is traced, when it is not the one made. */
  readonly traced?: (name: string) => string;
  readonly hop: RegExp;
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  { code: 'service-not-found', made: (n) => [service(n)], traced: (n) => `${n}x`, hop: /^service$/, says: /not-found/ },
  {
    code: 'selector-matches-nothing',
    made: (n) => [deployment(n), service(n, { selector: { app: `${n}-api` } })],
    hop: /^service$/,
    says: /selector/,
  },
  { code: 'scaled-to-zero', made: (n) => [deployment(n, { replicas: 0 }), service(n)], hop: /^service$/, says: /0/ },
  {
    code: 'target-port-name-missing',
    made: (n) => [deployment(n), service(n, { ports: [{ name: 'http', port: 80, targetPort: 'htpp' }] })],
    hop: /^(endpoints|service)$/,
    says: /htpp/,
  },
  {
    code: 'selectorless-no-endpoints',
    made: (n) => [service(n, { selector: undefined })],
    hop: /^(endpoints|service)$/,
    says: /selector/,
  },
  {
    code: 'readiness-failing',
    made: (n) => [deployment(n, { env: { FAIL_READY: 'true' } }), service(n)],
    hop: /^container\//,
    says: /ready/i,
  },
  {
    code: 'image-pull-failed',
    made: (n) => [deployment(n, { image: 'traffic-path/api:v9.9' }), service(n)],
    hop: /^container\//,
    says: /traffic-path\/api:v9\.9/,
  },
  {
    code: 'container-crashing',
    made: (n) => [deployment(n, { env: { CRASH: 'true' } }), service(n)],
    hop: /^container\//,
    says: /exit|crash/i,
  },
  {
    code: 'pod-unschedulable',
    made: (n) => [deployment(n, { pod: { nodeSelector: { disk: 'none-such' } } }), service(n)],
    hop: /^pod\//,
    says: /node/,
  },
  {
    code: 'load-balancer-pending',
    made: (n) => [deployment(n), service(n, { type: 'LoadBalancer' })],
    hop: /^(load-balancer|service)/,
    says: /pending/,
  },
  {
    code: 'tunnel-needed',
    made: (n) => [deployment(n), service(n, { type: 'NodePort' })],
    hop: /^(tunnel|node)/,
    says: /cannot reach/,
  },
];

/** One cause, one error: what else is an error beside the one that was made. */
const others = ({ findings }: Diagnosis, code: string): string[] =>
  findings
    .filter((f) => f.level !== 'note' && f.code !== code && !(f.from === 'laptop' && code !== 'tunnel-needed'))
    .map((f) => f.code);

describe('contract: each fault, made for real', function () {
  this.timeout(120_000);
  const it_ = lab();

  for (const { code, made, traced, hop, says } of cases)
    it(code, async function () {
      const name = code;
      await it_.make(...made(name));
      const live = it_.follow(traced?.(name) ?? name);
      try {
        const reach = reachable(await live.first());
        if (code === 'tunnel-needed' && reach === 'unknown') this.skip();
        if (code === 'tunnel-needed' && reach === 'yes') {
          // A computer that can send to the nodes needs no tunnel, and must not be told to open one.
          const found = await seen(live, (d) => d.verdict === 'works' && d);
          assert.ok(!found.findings.some((f) => f.code === code));
          return;
        }
        const named = (d: Diagnosis) => d.findings.find((f) => f.code === code && f.level === 'error');
        await seen(live, (d) => named(d) && others(d, code).length === 0);
        // And so it stays: no symptom joins it a moment later.
        await new Promise((resolve) => setTimeout(resolve, 1500));
        assert.ok(live.snapshot);
        const d = diagnosis(live.snapshot);
        const finding = named(d) as Finding;
        assert.ok(finding, `${code} is still named; now: ${d.findings.map((f) => f.code)}`);
        assert.deepEqual(others(d, code), []);
        assert.match(finding.hop, hop);
        assert.match(`${finding.says} ${finding.try} ${finding.code}`, says);
        assert.ok(finding.evidence.length > 0);
        assert.ok(
          d.path.hops.some(({ id }) => id === finding.hop),
          `hop ${finding.hop} is in the path`,
        );
        assert.equal(d.verdict, finding.from === 'laptop' ? 'works' : 'broken');
      } finally {
        live.dispose();
      }
    });

  it('node-not-reachable', async function () {
    await it_.make(deployment('nnr'), service('nnr', { type: 'NodePort' }));
    const live = it_.follow('nnr');
    const snapshot = await seen(live, (d, s) => d.verdict === 'works' && s);
    live.dispose();
    if (reachable(snapshot) !== 'no') this.skip();
    // The same cluster seen as kind's: what was minikube's own is left out of the facts, for kind has no tunnel command.
    const d = diagnosis(asKind(snapshot));
    const finding = d.findings.find(({ code }) => code === 'node-not-reachable');
    assert.equal(finding?.level, 'error');
    assert.match(finding.hop, /^node\//);
    assert.deepEqual(
      d.findings.filter(({ level }) => level !== 'note').map(({ code }) => code),
      ['node-not-reachable'],
    );
  });

  it('nothing is wrong: nothing is said', async () => {
    await it_.make(deployment('fine', { replicas: 2 }), service('fine'));
    const live = it_.follow('fine');
    const d = await seen(live, (now) => now.verdict === 'works' && now);
    live.dispose();
    assert.deepEqual(
      d.findings.filter(({ level }) => level !== 'note').map(({ code }) => code),
      [],
    );
  });
});

const reachable = (snapshot: Snapshot) => diagnosis(snapshot).path.provider.nodesReachable;

function asKind(snapshot: Snapshot): Snapshot {
  const { minikube: _, ...connection } = snapshot.connection;
  const nodes = snapshot.nodes.known ? snapshot.nodes.items : [];
  return {
    ...snapshot,
    connection: { ...connection, context: 'kind-test', cluster: 'kind-test', extensions: [] },
    nodes: {
      known: true,
      items: nodes.map((node) => ({
        ...node,
        labels: Object.fromEntries(Object.entries(node.labels).filter(([key]) => !key.startsWith('minikube'))),
        providerID: `kind://docker/test/${node.name}`,
      })),
    },
  };
}
