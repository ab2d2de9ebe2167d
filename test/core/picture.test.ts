/** What is drawn: invariants over every scenario and every choice, then the rules one by one. */
import assert from 'node:assert/strict';
import { actionText, objectOf } from '../../src/core/actions.ts';
import { boxId } from '../../src/core/boxes.ts';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import type { View } from '../../src/core/diagram.ts';
import type { Picture } from '../../src/core/messages.ts';
import type { Diagnosis } from '../../src/core/path.ts';
import { draw } from '../../src/core/picture.ts';
import { trace } from '../../src/core/trace.ts';
import { diagnosis, finding, fixtures } from '../webview/fixtures.ts';
import { read, scenarios } from './scenario.ts';

const closed: View = { unfolded: [] };
const titles = (p: Picture) => p.diagram.nodes.map((n) => n.title);
const nodeAt = (p: Picture, hop: string) => {
  const node = p.diagram.nodes.find((n) => n.hop === hop);
  assert.ok(node, `${hop} is not drawn among ${p.diagram.nodes.map((n) => n.hop).join(', ')}`);
  return node;
};
const edge = (p: Picture, from: string, to: string) =>
  p.diagram.edges.find((e) => e.from === boxId(from) && e.to === boxId(to));

function whole(p: Picture, d: Diagnosis): void {
  const ids = p.diagram.nodes.map((n) => n.id);
  const lanes = new Set(p.diagram.lanes.map((l) => l.id));
  assert.equal(new Set(ids).size, ids.length, 'two boxes have one name');
  for (const n of p.diagram.nodes)
    assert.ok(lanes.has(n.lane), `${n.hop} stands in lane ${n.lane}, which is not drawn`);
  for (const l of p.diagram.lanes) assert.ok(l.parent === undefined || lanes.has(l.parent), `${l.id} is in no lane`);
  for (const e of p.diagram.edges) assert.ok(ids.includes(e.from) && ids.includes(e.to), 'a line ends nowhere');
  assert.deepEqual(
    p.details.map((x) => x.node),
    ids,
  );
  for (const x of p.details) assert.ok(x.evidence.length > 0, `${x.node} does not say how it is known`);
  const tied = new Set(p.diagram.edges.filter((e) => e.style !== 'order').flatMap((e) => [e.from, e.to]));
  const chosen = d.path.entrances.find((e) => e.id === p.view.entrance);
  for (const n of p.diagram.nodes) {
    assert.ok(!chosen || tied.has(n.id) || p.view.unfolded.length > 0, `${n.hop} hangs in the air (${chosen?.id})`);
  }
  for (const f of p.findings) {
    if (
      f.level === 'error' &&
      f.port === undefined &&
      chosen?.kind !== 'port-forward' &&
      chosen?.kind !== 'pod-ip' &&
      chosen
    ) {
      assert.ok(f.node, `${f.code} is drawn nowhere (${chosen.id})`);
    }
  }
}

describe('a picture', () => {
  for (const name of scenarios) {
    it(`of ${name} is whole for every choice`, () => {
      const { facts, from } = read(name);
      const d = diagnose(trace(facts, from));
      whole(draw(d, closed), d);
      for (const e of d.path.entrances) {
        const view: View = { port: e.port, entrance: e.id, from: e.client, unfolded: [] };
        const p = draw(d, view);
        assert.equal(p.view.entrance, e.id);
        whole(p, d);
      }
    });
  }

  it('draws the tutorial from laptop to containers, in order', () => {
    const p = draw(fixtures.tutorial(), closed);
    assert.deepEqual(
      p.diagram.nodes.map((n) => n.kind),
      ['client', 'node', 'node-port', 'kube-proxy', 'service', 'pod', 'container', 'pod', 'container'],
    );
    assert.deepEqual(
      p.diagram.lanes.map((l) => l.title),
      [
        'Your computer',
        'Container network of minikube · 192.168.49.0/24',
        'Node minikube · 192.168.49.2',
        'Cluster network',
        'Pod network · 10.244.0.0/24',
      ],
    );
    assert.equal(edge(p, 'service', 'pod/api-server-7d9f8c5b4-x2x7k')?.label, '1 in 2');
  });

  it('draws what an entrance skips, with the reason on the line', () => {
    const p = draw(fixtures.tunnel(), { entrance: 'minikube-service/8080', unfolded: [] });
    assert.equal(nodeAt(p, 'node-port/30080').status, 'skipped');
    assert.deepEqual(
      [edge(p, 'client', 'node/minikube')?.style, edge(p, 'client', 'node/minikube')?.label],
      ['skipped', 'ssh leads straight to the ClusterIP'],
    );
    assert.equal(edge(p, 'node-port/30080', 'kube-proxy/minikube')?.style, 'skipped');
  });

  it('draws an entrance that works before one that does not, and one that runs before one that is offered', () => {
    assert.equal(draw(fixtures.tunnel(), closed).view.entrance, 'minikube-service/8080');
    assert.equal(draw(fixtures['tunnel-needed'](), closed).view.entrance, 'node-port/30080');
  });

  it('shows the tunnel that is needed beside the way that ends', () => {
    const p = draw(fixtures['tunnel-needed'](), closed);
    assert.equal(edge(p, 'client', 'node/minikube')?.stops, 'here');
    assert.equal(edge(p, 'kube-proxy/minikube', 'service')?.stops, 'before');
    assert.equal(edge(p, 'client', 'tunnel/minikube-service')?.label, 'does not run');
    assert.equal(p.findings.find((f) => f.code === 'tunnel-needed')?.node, boxId('tunnel/minikube-service'));
  });

  it('tells nobody inside the cluster what is only true for this computer', () => {
    assert.deepEqual(draw(fixtures['tunnel-needed'](), { from: 'cluster', unfolded: [] }).findings, []);
  });

  it('tells the fault of a port that is not chosen, and which port to choose', () => {
    const { facts, from } = read('target-port-name-one-of-two');
    const d = diagnose(trace(facts, from));
    const bad = d.findings.find((f) => f.level === 'error')?.port;
    const good = d.path.service?.ports.map((p) => `${p.port}/${p.protocol}`).find((p) => p !== bad);
    assert.ok(bad && good);
    const told = (port: string) => draw(d, { port, unfolded: [] }).findings.map((f) => [f.level, f.port]);
    assert.deepEqual(told(good)[0], ['error', bad]);
    assert.deepEqual(told(bad)[0], ['error', undefined]);
  });

  it('draws a pod that is left out, its container dry too', () => {
    const p = draw(fixtures.degraded(), closed);
    const pod = 'pod/api-server-7d9f8c5b4-q4nfx';
    assert.deepEqual([edge(p, 'service', pod)?.style, edge(p, 'service', pod)?.label], ['left-out', 'not ready']);
    assert.equal(edge(p, pod, 'container/api-server-7d9f8c5b4-q4nfx/api')?.style, 'left-out');
  });

  it('keeps what is chosen only while it is there', () => {
    const selected = boxId('pod/api-server-7d9f8c5b4-q4nfx');
    assert.equal(draw(fixtures.degraded(), { selected, unfolded: [] }).view.selected, selected);
    assert.equal(draw(fixtures.tutorial(), { selected, unfolded: [] }).view.selected, undefined);
    assert.equal(draw(fixtures.tutorial(), { port: '1/TCP', entrance: 'gone', unfolded: [] }).view.port, '8080/TCP');
  });

  it('folds 200 pods by node and state, those that are not ready apart', () => {
    const p = draw(fixtures['pods-200'](), closed);
    assert.ok(p.diagram.nodes.length <= 20, `${p.diagram.nodes.length} boxes`);
    const folds = p.diagram.nodes.filter((n) => n.folds);
    assert.deepEqual(
      folds.map((n) => n.title),
      ['67 of 67 ready', '64 of 67 ready', '66 of 66 ready'],
    );
    assert.equal(p.diagram.nodes.filter((n) => n.kind === 'pod' && !n.folds && n.status === 'error').length, 3);
    assert.equal(p.diagram.edges.find((e) => e.to === folds[0]?.id)?.label, '67 in 197');
  });

  it('unfolds a fold and folds it again', () => {
    const d = fixtures['pods-200']();
    const [fold] = draw(d, closed).diagram.nodes.filter((n) => n.folds);
    assert.ok(fold);
    const open = draw(d, { unfolded: [fold.id] });
    whole(open, d);
    assert.equal(nodeAt(open, fold.hop).id, fold.id);
    assert.equal(nodeAt(open, fold.hop).note, '30 of 67 shown · click to fold');
    assert.equal(open.diagram.nodes.length - draw(d, closed).diagram.nodes.length, 30);
    assert.deepEqual(open.details.find((x) => x.node === fold.id)?.actions[0]?.id, 'fold');
    assert.deepEqual(draw(d, closed), draw(d, { unfolded: [] }));
  });

  it('shares the room when many folds are open', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e', 'f'];
    const pods = Array.from({ length: 300 }, (_, i) => ({
      name: `p${i}`,
      ip: `10.244.${i % 6}.${i}`,
      node: nodes[i % 6] ?? 'a',
      ...(i % 2 ? {} : { leftOut: 'not ready' }),
    }));
    const d = diagnosis({ nodes, pods });
    const folds = draw(d, closed).diagram.nodes.filter((n) => n.folds);
    const open = draw(d, { unfolded: folds.map((n) => n.id) });
    whole(open, d);
    assert.ok(open.diagram.nodes.length <= 110, `${open.diagram.nodes.length} boxes`);
    assert.match(nodeAt(open, folds[0]?.hop ?? '').note, /^10 of 50 shown/);
  });

  it('draws 10,000 pods in few boxes, even unfolded', function () {
    this.timeout(30_000);
    const d = fixtures['pods-10000']();
    const all = draw(d, closed)
      .diagram.nodes.filter((n) => n.folds)
      .map((n) => n.id);
    const p = draw(d, { unfolded: all });
    assert.ok(p.diagram.nodes.length <= 80, `${p.diagram.nodes.length} boxes`);
    assert.ok(JSON.stringify(p).length < 100_000, 'the page is sent what it draws, not what is folded away');
    assert.ok(titles(draw(d, closed)).includes('9,950 of 10,000 ready'));
  });

  it('says the day of what is stale since before midnight', () => {
    const d = fixtures.stale();
    const { stale, at } = d.path.snapshot;
    const said = (now: string) =>
      draw({ ...d, path: { ...d.path, snapshot: { ...d.path.snapshot, at: now } } }, closed).banners[0]?.text ?? '';
    assert.match(said(at), /^Not live since \d\d:\d\d:\d\d UTC/);
    assert.ok(said('2099-01-01T00:00:00Z').startsWith(`Not live since ${stale?.since.slice(0, 10)} `));
  });
  it('says in banners what is stale, unreadable and unsafe, and offers the Role', () => {
    const kinds = (d: Diagnosis) => draw(d, closed).banners.map((b) => b.kind);
    assert.deepEqual(kinds(fixtures.stale()), ['stale']);
    assert.deepEqual(kinds(fixtures.insecure()), ['insecure']);
    assert.deepEqual(kinds(fixtures['unknown-rights']()), ['rights']);
    assert.deepEqual(
      draw(fixtures['unknown-rights'](), closed).banners[0]?.actions.map((a) => a.id),
      ['copy-role'],
    );
  });
});

describe('an action', () => {
  it('copies the address and the kubectl command of its hop', () => {
    const d = fixtures.tutorial();
    assert.equal(actionText(d, draw(d, closed), boxId('service'), 'copy-address'), '10.96.123.45:8080');
    assert.equal(
      actionText(d, draw(d, closed), boxId('service'), 'copy-kubectl'),
      'kubectl --context minikube -n default get service/api-service -o yaml',
    );
    assert.equal(actionText(d, draw(d, closed), 'nothing', 'copy-address'), undefined);
  });

  it('is about the box that is drawn, though a pod in a fold has the same id', () => {
    // Two names with one hash, found by trying.
    const [hidden, shown] = ['api-b00c21b1e', 'api-f53cfee8e'];
    assert.equal(boxId(`pod/${hidden}`), boxId(`pod/${shown}`));
    const many = Array.from({ length: 40 }, (_, i) => ({ name: `api-${i}`, ip: `10.244.1.${i}` }));
    const pods = [{ name: hidden, ip: '10.244.0.5' }, ...many, { name: shown, ip: '10.244.0.6', leftOut: 'not ready' }];
    const d = diagnosis({ pods });
    const p = draw(d, closed);
    assert.ok(!p.diagram.nodes.some((n) => n.hop === `pod/${hidden}`));
    const { id } = nodeAt(p, `pod/${shown}`);
    assert.equal(objectOf(d, p, id)?.name, shown);
    assert.match(actionText(d, p, id, 'copy-address') ?? '', /^10\.244\.0\.6/);
  });

  it('copies the command of the finding at its hop, also from a pod that stands for it', () => {
    const command = "kubectl logs 'x'";
    const also = finding('readiness-failing', 'pod/api-server-7d9f8c5b4-x2x7k', 'It fails.', {
      command,
      alsoHops: ['pod/api-server-7d9f8c5b4-k8wqz'],
    });
    const d = diagnosis({ findings: [also] });
    const node = boxId('pod/api-server-7d9f8c5b4-k8wqz');
    const details = draw(d, closed).details.find((x) => x.node === node);
    assert.deepEqual(
      details?.findings.map((f) => f.code),
      ['readiness-failing'],
    );
    assert.equal(details?.actions[0]?.id, 'copy-command/readiness-failing');
    assert.equal(actionText(d, draw(d, closed), node, 'copy-command/readiness-failing'), command);
  });

  it('stands beside the evidence of the hop and of its findings, each with its time', () => {
    const fault = finding('selector-matches-nothing', 'service', 'It selects nothing.');
    const since = '2025-12-31T23:59:00Z';
    const d = diagnosis({ findings: [fault, fault], over: { stale: { since, why: 'It does not answer.' } } });
    const evidence = draw(d, closed).details.find((x) => x.node === boxId('service'))?.evidence ?? [];
    assert.equal(evidence.filter((e) => e.value === 'It selects nothing.').length, 1);
    assert.ok(evidence.length > 1);
    for (const e of evidence) assert.equal(e.at, since, 'what is stale was not seen just now');
    const client = draw(d, closed).details.find((x) => x.node === boxId('client'))?.evidence[0];
    assert.equal(client?.at, client?.vantage === 'laptop' ? d.path.snapshot.at : since);
  });

  it('quotes what a shell would read', () => {
    const d = diagnosis({ name: "a'; rm -rf ~; echo '" });
    const text = actionText(d, draw(d, closed), boxId('service'), 'copy-kubectl');
    assert.match(text ?? '', /'service\/a'\\''; rm -rf ~; echo '\\'''/);
  });
});
