/** What a report's text may not do: run in a shell, be markup in an issue, or move a terminal's cursor. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { kubectl, kubectlGet } from '../../src/core/kubectl.ts';
import { type Report, toReport } from '../../src/core/report.ts';
import { toMarkdown, toText } from '../../src/core/reportText.ts';
import { trace } from '../../src/core/trace.ts';
import { snapshot } from './build.ts';
import { tutorial } from './objects.ts';
import { read } from './scenario.ts';

const report = (name: string): Report => {
  const { facts, from } = read(name);
  return toReport(diagnose(trace(facts, from)));
};

describe('a command to paste', () => {
  it('hands every name on as it is, whatever is in it', () => {
    const names = ["it's", 'a b', '$(touch x)', '`id`', 'a"b', '*', '~', '', 'x;y', 'a\\b', '🚀', '!1', '#c', 'a\nb'];
    const facts = { ...snapshot({ objects: tutorial() }), namespace: "n's" };
    const command = kubectl(facts, 'get', ...names).replace(/^kubectl/, "printf '%s\\0'");
    const words = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).split('\0').slice(0, -1);
    assert.deepEqual(words, ['--context', 'test', '-n', "n's", 'get', ...names]);
  });
  it('names the kubeconfig that kubectl would not find: another file may have a context of the same name', () => {
    const facts = snapshot({ objects: tutorial(), connection: { kubeconfig: '/a b/demo', explicit: true } });
    assert.equal(kubectl(facts, 'get', 'pods'), "kubectl --kubeconfig '/a b/demo' --context test -n default get pods");
    const service = { apiVersion: 'v1', kind: 'Service', namespace: 'x', name: 'y' };
    assert.match(kubectlGet(service, facts.connection), /^kubectl --kubeconfig '\/a b\/demo' --context test -n x get /);
    assert.doesNotMatch(kubectlGet(service, { context: 'test', kubeconfig: '/x' }), /--kubeconfig/);
  });
  it('names context and namespace, so that it acts on what was traced', () => {
    for (const name of ['scaled-to-zero', 'selector-matches-nothing', 'container-crashing', 'target-port-name-missing'])
      assert.match(report(name).findings[0]?.command ?? '', /^kubectl --context minikube -n default /);
  });
});

describe('the report as Markdown', () => {
  const nasty = '| a `b` <img src=x onerror=alert(1)> @someone [x](http://e) **b** #1 \u001b[31m';
  const finding = { ...report('scaled-to-zero').findings[0], says: nasty, try: nasty } as Report['findings'][number];
  const evidence = [{ vantage: 'objects' as const, source: nasty, value: `${nasty}\n| x |`, at: 'now' }];
  const text = toMarkdown(
    { ...report('scaled-to-zero'), findings: [{ ...finding, evidence }] },
    'flowchart TB\n```\nout',
  );
  it('keeps the text of a cluster text', () => {
    const prose = text.replace(/^(`{3,})[\s\S]*?^\1$/gm, '');
    assert.doesNotMatch(prose, /<img|@someone|(?<!\\)\[x\]|(?<!\\)\*\*b\*\*/);
    assert.ok(!text.includes('\u001b'));
  });
  it('keeps a table row a row', () => {
    const row = text.split('\n').find((l) => l.includes('onerror') && l.startsWith('| ')) ?? '';
    assert.equal([...row.matchAll(/(?<!\\)\|/g)].length, 5);
  });
  it('keeps the diagram in its fence', () => {
    assert.equal([...text.matchAll(/^```/gm)].length % 2, 0);
    assert.match(text, /```mermaid\nflowchart TB\n'''\nout\n```/);
  });
});

describe('the report as text', () => {
  it('says within its first lines what is, whether it works, and why not', () => {
    const [sentence = '', verdict = ''] = toText(report('scaled-to-zero')).split('\n');
    assert.match(sentence, /^this computer → /);
    assert.match(verdict, /^✗ broken: Service default\/api-service has no pods because Deployment api-server/);
  });
  it('says that the cluster works and this computer does not reach it', () => {
    assert.match(toText(report('tunnel-needed')), /^✓ works: .*but this computer does not \(tunnel-needed\)$/m);
  });
  it('claims no answer where no request was sent, and says so in Markdown too', () => {
    const says =
      "s far as the cluster's objects tell, a client in the cluster reaches default/api-service; no request was sent";
    assert.ok(toText(report('tutorial')).includes(`\n✓ works: a${says}\n`));
    assert.ok(toMarkdown(report('tutorial')).includes(`\nA${says}.\n`));
  });
  it('does not blame its reading where an alias leaves the cluster', () => {
    const says = 'default/billing is an alias for a host outside the cluster; objects cannot tell whether that answers';
    assert.ok(toText(report('external-name')).includes(`\n? unknown: ${says}\n`));
  });
  it('says since when it is stale', () => {
    assert.match(toText(report('stale')), /^! Stale: these are the facts of 2025-12-31T23:59:00Z\./m);
  });
});
