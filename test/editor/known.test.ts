/** Hovers: no request for what a trace knows; else one bounded look-up, kept for a while, ended with its hover. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Hovers } from '../../src/editor/hovers.ts';
import { type Bench, onBench, sleep, startBench, until } from './host.ts';

const setting = () => vscode.workspace.getConfiguration();

describe('a hover', () => {
  let bench: Bench;
  const text = async (document: vscode.TextDocument, word: string) => {
    const position = document.positionAt(document.getText().indexOf(word) + 1);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      position,
    );
    return hovers
      .flatMap(({ contents }) => contents.map((each) => (typeof each === 'string' ? each : each.value)))
      .join('\n');
  };
  const open = (content: string, language = 'yaml') => vscode.workspace.openTextDocument({ language, content });
  const podOf = async (app: string, namespace = 'kube-system') => {
    const list = (await bench.change(`/api/v1/namespaces/${namespace}/pods`, {
      query: { labelSelector: `k8s-app=${app}` },
    })) as { items: { status: { podIP: string } }[] };
    return list.items[0]?.status.podIP ?? '';
  };

  before(async () => {
    bench = await startBench();
    await vscode.extensions.getExtension('traffic-path.traffic-path')?.activate();
    // The Services view reads too, while it is seen: an earlier suite may have opened it.
    await vscode.commands.executeCommand('workbench.action.closeSidebar');
    await setting().update('trafficPath.kubeconfig', [bench.file], vscode.ConfigurationTarget.Workspace);
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await setting().update('trafficPath.kubeconfig', undefined, vscode.ConfigurationTarget.Workspace);
    await bench.stop();
  });

  it('asks nothing about what an open trace knows', async () => {
    await vscode.commands.executeCommand('trafficPath.trace', 'default/api-service');
    const known = 'pod: 10.244.0.5\nip: 10.96.123.45\nnode: 127.0.0.1\nname: http://api-service.default.svc:8080/\n';
    const document = await open(`${known}at: 10.244.0.6:8080\n`);
    await until('the trace', async () => ((await text(document, '10.244.0.5')) ? true : undefined));
    await sleep(500); // what the trace itself still reads
    bench.asked();
    for (const word of ['10.244.0.5', '10.96.123.45', 'api-service', '10.244.0.6'])
      assert.match(await text(document, word), /api-se/, word);
    assert.deepEqual(bench.asked(), []);
  });

  it('asks nothing about what the Services view has listed', async () => {
    const parts = onBench(bench);
    const rows = await (await parts.contexts.cluster('minikube')).services(undefined);
    parts.knowledge.learnRows('minikube', rows);
    const dns = rows.find((r) => r.name === 'kube-dns')?.clusterIP ?? '';
    const node = 'kind: Service\napiVersion: v1\nmetadata: {name: x}\nspec: {ports: [{port: 80, nodePort: 30080}]}\n';
    const document = await open(`${node}---\nip: ${dns}\nurl: http://kube-dns.kube-system.svc/\n`);
    const hovers = new Hovers(parts);
    bench.asked();
    for (const [word, says] of [
      [dns, /kube-system\/kube-dns/],
      ['kube-dns.kube', /kube-system\/kube-dns/],
      ['30080', /default\/api-service/],
    ] as const) {
      const position = document.positionAt(document.getText().indexOf(word) + 1);
      const hover = await hovers.provideHover(document, position, new vscode.CancellationTokenSource().token);
      assert.match((hover?.contents[0] as vscode.MarkdownString | undefined)?.value ?? '', says, word);
    }
    assert.deepEqual(bench.asked(), []);
    hovers.dispose();
    parts.contexts.dispose();
  });

  it('looks up an address that is not known, once, with a handful of requests', async () => {
    const ip = await podOf('kube-dns');
    const document = await open(`dial ${ip}:53 failed\n`, 'log');
    bench.asked();
    assert.match(await text(document, ip), /Pod kube-system\/coredns/);
    const asked = bench.asked();
    assert.ok(asked.length >= 2 && asked.length <= 4, asked.join('\n'));
    for (const line of asked) assert.match(line, /fieldSelector=|limit=/);
    assert.match(await text(document, ip), /Pod kube-system\/coredns/);
    assert.deepEqual(bench.asked(), []);
  });

  it('asks for a Service by its name alone', async () => {
    const document = await open('url: http://kube-dns.kube-system.svc:53\nno: http://nobody.here.svc/\n');
    bench.asked();
    for (let i = 0; i < 2; i++) {
      assert.match(await text(document, 'kube-dns'), /Service kube-system\/kube-dns/);
      assert.equal(await text(document, 'nobody'), '');
    }
    assert.deepEqual(bench.asked(), [
      'GET /api/v1/namespaces/kube-system/services/kube-dns',
      'GET /api/v1/namespaces/here/services/nobody',
    ]);
  });

  it('asks about nothing that is no address and no name', async () => {
    const document = await open('kind: ConfigMap\nversion: 1.2.3\nword: hello\nmac: 00:1b:44:11:3a:b7\n');
    bench.asked();
    for (const word of ['ConfigMap', '1.2.3', 'hello', '00:1b']) assert.equal(await text(document, word), '', word);
    assert.deepEqual(bench.asked(), []);
  });

  it('ends its look-up when it is left', async () => {
    const parts = onBench(bench);
    const hovers = new Hovers(parts);
    const document = await open('a: 10.244.9.9\nb: http://some.where.svc/\n');
    await (await parts.contexts.cluster('minikube')).namespaces();
    for (const [word, asks] of [
      ['10.244.9.9', /podIP/],
      ['some', /services\/some/],
    ] as const) {
      bench.demo.test.trouble.silence({ match: /fieldSelector|services/ });
      bench.asked();
      const before = bench.demo.test.connections;
      const token = new vscode.CancellationTokenSource();
      const position = document.positionAt(document.getText().indexOf(word) + 1);
      const answer = hovers.provideHover(document, position, token.token);
      await until('the question', () => bench.asked().some((line) => asks.test(line)) || undefined);
      token.cancel();
      assert.equal(await answer, undefined);
      await until('no open question', () => bench.demo.test.connections <= before || undefined, 2000);
      bench.demo.test.trouble.calm();
      // Left is not answered: the next one asks again.
      const again = await hovers.provideHover(document, position, new vscode.CancellationTokenSource().token);
      assert.equal(again, undefined); // nobody has it
      assert.ok(bench.asked().some((line) => asks.test(line)));
    }
    hovers.dispose();
    parts.contexts.dispose();
  });

  it('and the links work in a Helm template', async () => {
    const template = `{{- if .Values.enabled }}
apiVersion: v1
kind: Service
metadata:
  name: api-service
  labels: {{- include "chart.labels" . | nindent 4 }}
spec:
  clusterIP: 10.96.123.45
  ports:
    {{- range .Values.ports }}
    - port: {{ .port }}
    {{- end }}
{{- end }}
`;
    const document = await open(template, 'helm');
    assert.equal(document.languageId, 'helm');
    const found = await until('an answer', async () => (await text(document, '10.96.123.45')) || undefined);
    assert.match(found, /Service default\/api-service/);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
      10,
    );
    assert.deepEqual(
      lenses.map((l) => l.command?.arguments),
      [[{ namespace: 'default', name: 'api-service' }]],
    );
  });
});
