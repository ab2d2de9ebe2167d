/** The command line against the demo cluster: outputs, exit codes, what it says when something is wrong, how it ends. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Demo, startDemo } from '../../src/demo/demo.ts';
import { ask } from '../demo/client.ts';

const cli = resolve('src/cli.ts');

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('command line', function () {
  this.timeout(30_000);
  let demo: Demo;
  let folder: string;
  let kubeconfig: string;

  before(async () => {
    demo = await startDemo();
    folder = await mkdtemp(join(tmpdir(), 'traffic-path-cli-'));
    kubeconfig = join(folder, 'config');
    await writeFile(kubeconfig, demo.kubeconfig);
  });
  after(async () => {
    await demo?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess =>
    spawn(process.execPath, [cli, ...args], {
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfig, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const finish = (child: ChildProcess): Promise<Ran> =>
    new Promise((done) => {
      let out = '';
      let err = '';
      child.stdout?.on('data', (d) => {
        out += d;
      });
      child.stderr?.on('data', (d) => {
        err += d;
      });
      child.on('close', (code) => {
        // Whatever it did, nobody's secret is in what it printed, and no stack.
        assert.ok(!`${out}${err}`.includes(demo.token), 'the token was printed');
        assert.doesNotMatch(err, /^\s+at .+:\d+:\d+/m);
        done({ code, out, err });
      });
    });
  const run = (...args: string[]) => finish(start(args));

  it('trace -o json: the tutorial’s numbers, with evidence on every hop', async () => {
    const { code, out, err } = await run('trace', 'default/api-service', '-o', 'json');
    assert.equal(code, 0, err);
    const report = JSON.parse(out);
    assert.equal(report.schema, 'traffic-path/1');
    assert.equal(report.verdict, 'works');
    const kinds = report.entrances.map((e: { kind: string }) => e.kind);
    assert.ok(kinds.includes('node-port') && kinds.includes('cluster-ip'), kinds);
    for (const value of ['10.96.123.45', '30080', '10.244.0.5', '10.244.0.6', 'app=api', 'minikube'])
      assert.ok(out.includes(value), value);
    for (const hop of report.hops) assert.ok(hop.evidence.length > 0, hop.id);
  });

  it('trace: text has no colour in a pipe, and has it when forced', async () => {
    const plain = await run('trace', 'api-service');
    assert.ok(plain.out.includes('api-service 10.96.123.45:8080'), plain.out);
    assert.ok(!plain.out.includes('\u001b'));
    const colour = await finish(start(['trace', 'api-service'], { FORCE_COLOR: '1' }));
    assert.ok(colour.out.includes('\u001b[32m'));
  });

  it('trace -o mermaid and -o markdown', async () => {
    const mermaid = await run('trace', 'svc/api-service', '-o', 'mermaid');
    assert.match(mermaid.out, /^flowchart /);
    const markdown = await run('trace', 'api-service', '-n', 'default', '-o', 'markdown');
    assert.match(markdown.out, /```mermaid\nflowchart/);
  });

  it('--from and --port narrow it', async () => {
    const { out } = await run('trace', 'kube-system/kube-dns', '--port', '53/UDP', '--from', 'cluster', '-o', 'json');
    const report = JSON.parse(out);
    assert.deepEqual([...new Set(report.entrances.map((e: { port: string }) => e.port))], ['53/UDP']);
    assert.ok(report.entrances.every((e: { client: string }) => e.client === 'cluster'));
  });

  it('exit codes: 1 broken, 3 unknown, 2 wrong use or no cluster', async () => {
    const cases: readonly (readonly [number, readonly string[], RegExp])[] = [
      [1, ['trace', 'default/nope'], /^$/],
      [3, ['trace', 'shop/payments'], /^$/],
      [2, ['trace', 'a/b/c'], /NAME or NAMESPACE\/NAME/],
      [2, ['trace', 'default/api-service', '-n', 'shop'], /names namespace default, and -n says shop/],
      [2, ['trace', 'Api_Service'], /"Api_Service" can be the name of no Service/],
      [2, ['demo', '--port', new URL(demo.url).port], /^Port \d+ is in use on this computer: .*\n$/],
      [2, ['demo', '--kubeconfig', join(folder, 'no', 'file')], /there is no folder [^()]*\n$/],
      [0, ['--version'], /^$/],
      [2, ['trace', 'api-service', '--port', '81'], /has no port 81; it has 8080\/TCP/],
      [2, ['trace', 'api-service', '--from', 'moon'], /laptop, cluster, pod\/NAME or node\/NAME/],
      [2, ['trace', 'api-service', '-o', 'xml'], /xml/],
      [2, ['trace'], /service/],
      [2, ['frobnicate'], /frobnicate/],
      [2, ['trace', 'api-service', '--context', 'nowhere'], /nowhere/],
      [2, ['trace', 'api-service', '--kubeconfig', join(folder, 'none')], /none/],
      [0, ['--help'], /^$/],
    ];
    for (const [code, args, says] of cases) {
      const ran = await run(...args);
      assert.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
      assert.match(ran.err, says, args.join(' '));
    }
  });

  it('an API server that is away: exit 2 and a sentence', async () => {
    const away = join(folder, 'away');
    await writeFile(away, demo.kubeconfig.replace(demo.url, 'https://127.0.0.1:9'));
    const { code, err } = await run('trace', 'api-service', '--kubeconfig', away);
    assert.equal(code, 2);
    assert.match(err, /127\.0\.0\.1:9/);
  });

  it('trace --role: who may read Services alone gets a Role that, applied, leaves nothing unknown', async () => {
    const group = 'rbac.authorization.k8s.io';
    const make = async (o: { kind: string; metadata: { namespace?: string } }) => {
      const within = o.metadata.namespace ? `namespaces/${o.metadata.namespace}/` : '';
      const path = `/apis/${group}/v1/${within}${o.kind.toLowerCase()}s`;
      const made = await ask(demo, path, { method: 'POST', body: o });
      assert.equal(made.status, 201, JSON.stringify(made.json));
    };
    const metadata = { name: 'services-only', namespace: 'default' };
    const rules = [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] }];
    const apiVersion = `${group}/v1`;
    await make({ apiVersion, kind: 'Role', metadata, rules } as Parameters<typeof make>[0]);
    const roleRef = { apiGroup: group, kind: 'Role', name: 'services-only' };
    const subjects = [{ apiGroup: group, kind: 'User', name: 'jane@corp' }];
    await make({ apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects } as Parameters<typeof make>[0]);
    const jane = join(folder, 'jane');
    await writeFile(jane, demo.kubeconfig.replace(/^( *)token: .*/m, '$&\n$1as: jane@corp'));
    const asked = await run('trace', 'api-service', '--kubeconfig', jane, '--role');
    assert.equal(asked.code, 3, asked.err);
    assert.match(asked.out, /name: "jane@corp"/);
    for (const document of parseAllDocuments(asked.out)) await make(document.toJS());
    const { code, out } = await run('trace', 'api-service', '--kubeconfig', jane, '-o', 'json');
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out).unknown, []);
    const more = await run('trace', 'api-service', '--kubeconfig', jane, '--role');
    assert.equal(more.out, '');
    assert.match(more.err, /no Role is needed/);
  });

  it('contexts and services as JSON', async () => {
    const contexts = JSON.parse((await run('contexts', '-o', 'json')).out);
    assert.deepEqual(Object.keys(contexts[0]), ['name', 'cluster', 'server', 'user', 'namespace', 'current', 'file']);
    assert.equal(contexts[0].name, 'minikube');
    const services = JSON.parse((await run('services', '-o', 'json', '--findings')).out);
    const api = services.find((s: { name: string }) => s.name === 'api-service');
    assert.deepEqual(api, {
      namespace: 'default',
      name: 'api-service',
      type: 'NodePort',
      ports: '8080:30080/TCP',
      worst: null,
      verdict: 'works',
    });
    const quick = JSON.parse((await run('services', '-o', 'json', '--no-findings', '-n', 'default')).out);
    assert.ok(
      quick.every((s: { verdict: unknown; namespace: string }) => s.verdict === null && s.namespace === 'default'),
    );
  });

  it('trace --watch ends on Ctrl-C with what it saw last', async () => {
    const child = start(['trace', 'api-service', '--watch', '-o', 'json']);
    const ended = finish(child);
    await new Promise((ready) => child.stdout?.once('data', ready));
    child.kill('SIGINT');
    const { code, out } = await ended;
    assert.equal(code, 0);
    assert.equal(JSON.parse(out.split('\n')[0] ?? '').verdict, 'works');
  });

  it('trace --watch: each print has its time, and only news is printed', async () => {
    const type = 'application/merge-patch+json';
    const path = '/api/v1/namespaces/shop/services/cart';
    const annotate = (v: string) =>
      ask(demo, path, { method: 'PATCH', type, body: { metadata: { annotations: { v } } } });
    const child = start(['trace', 'shop/cart', '--watch']);
    let out = '';
    child.stdout?.on('data', (d) => {
      out += d;
    });
    const ended = finish(child);
    const prints = () => [...out.matchAll(/^--- \d{4}-\d\d-\d\dT[\d:.]+Z$/gm)].length;
    const until = async (n: number) => {
      for (let i = 0; i < 100 && prints() < n; i++) await new Promise((go) => setTimeout(go, 50));
      assert.equal(prints(), n, out);
    };
    await until(1);
    await annotate('1');
    await new Promise((go) => setTimeout(go, 500));
    assert.equal(prints(), 1, out);
    const { ports } = (await ask(demo, path)).json.spec;
    await ask(demo, path, { method: 'PATCH', type, body: { spec: { ports: [{ ...ports[0], port: 4343 }] } } });
    await until(2);
    child.kill('SIGINT');
    await ended;
    await ask(demo, path, { method: 'PATCH', type, body: { spec: { ports } } });
  });

  it('trace --watch --port: says so when the port goes', async () => {
    const type = 'application/merge-patch+json';
    const path = '/api/v1/namespaces/shop/services/cart';
    const ports = (port: number) => ({ spec: { ports: [{ name: 'tcp', port, targetPort: port }] } });
    const before = (await ask(demo, path)).json.spec.ports;
    const child = start(['trace', 'shop/cart', '--watch', '--port', String(before[0].port), '-o', 'json']);
    const ended = finish(child);
    await new Promise((ready) => child.stdout?.once('data', ready));
    await ask(demo, path, { method: 'PATCH', type, body: ports(4242) });
    const { code, err } = await ended;
    assert.equal(code, 2);
    assert.match(err, /has no port .*; it has 4242\/TCP/);
    await ask(demo, path, { method: 'PATCH', type, body: { spec: { ports: before } } });
  });

  it('demo -- CMD: KUBECONFIG is set, its exit code is passed on, nothing stays', async () => {
    const script = 'console.log(process.env.KUBECONFIG); process.exit(7)';
    const { code, out } = await run('demo', '--', process.execPath, '-e', script);
    assert.equal(code, 7);
    assert.equal(existsSync(out.trim()), false);
    assert.equal((await run('demo', '--', 'no-such-program-here')).code, 127);
  });

  it('demo --fault breaks it: the report names the fault, exit 1', async () => {
    const traced = [process.execPath, cli, 'trace', 'api-service', '-o', 'json'];
    const { code, out } = await run('demo', '--fault', 'selector-matches-nothing', '--', ...traced);
    assert.equal(code, 1);
    assert.equal(JSON.parse(out).findings[0].code, 'selector-matches-nothing');
    const unknown = await run('demo', '--fault', 'nonsense', '--', 'true');
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /nonsense/);
  });

  it('demo --kubeconfig FILE: a new file for its owner alone, gone afterwards, never over another', async () => {
    const file = join(folder, 'demo-config');
    const child = start(['demo', '--kubeconfig', file]);
    const ended = finish(child);
    await new Promise((ready) => child.stdout?.once('data', ready));
    assert.equal((await stat(file)).mode & 0o077, 0);
    assert.match(await readFile(file, 'utf8'), /current-context/);
    const second = await run('demo', '--kubeconfig', file);
    assert.equal(second.code, 2);
    assert.match(second.err, /exists and is left alone/);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
    assert.equal(existsSync(file), false);
  });
});
