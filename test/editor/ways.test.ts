/** The ways in and out that need no window: links, contexts on disk, live YAML, the pick list, the palette. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { parse, stringify } from 'yaml';
import { Notice } from '../../src/editor/commands.ts';
import { DemoCluster } from '../../src/editor/demo.ts';
import { COMMANDS } from '../../src/editor/manifest.ts';
import { linked } from '../../src/editor/uri.ts';
import { type Bench, onBench, sleep, startBench, until } from './host.ts';

const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand<unknown>(command, ...args);
const setting = () => vscode.workspace.getConfiguration();
const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs);

describe('without the window', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
    await vscode.extensions.getExtension('traffic-path.traffic-path')?.activate();
    // The Services view reads too, while it is seen: an earlier suite may have opened it.
    await vscode.commands.executeCommand('workbench.action.closeSidebar');
    await setting().update('trafficPath.kubeconfig', [bench.file], vscode.ConfigurationTarget.Workspace);
  });
  after(async () => {
    await run('workbench.action.closeAllEditors');
    await setting().update('trafficPath.kubeconfig', undefined, vscode.ConfigurationTarget.Workspace);
    await bench.stop();
  });

  describe('a link', () => {
    const asked: string[] = [];
    const uri = (query: string, path = '/trace') => ({ path, query });
    const follow = async (query: string, yes = true, at?: string) => {
      const { contexts } = onBench(bench);
      asked.length = 0;
      try {
        return await linked(uri(query, at), contexts, async (...said) => {
          asked.push(said.join('\n'));
          return yes;
        });
      } finally {
        contexts.dispose();
      }
    };

    it('asks before anything is connected, and says where to', async () => {
      bench.demo.test.trouble.requests.length = 0;
      const shown = await follow('context=minikube&namespace=default&name=api-service');
      assert.deepEqual(shown, { context: 'minikube', namespace: 'default', name: 'api-service' });
      assert.equal(asked.length, 1);
      for (const word of ['default/api-service', 'minikube', bench.demo.url]) assert.ok(asked[0]?.includes(word), word);
      assert.equal(bench.demo.test.connections, 0);
      assert.deepEqual(bench.demo.test.trouble.requests, []);
    });

    it('without a context means the current one, without a namespace `default`', async () =>
      assert.deepEqual(await follow('name=api-service'), {
        context: 'minikube',
        namespace: 'default',
        name: 'api-service',
      }));

    it('leads nowhere when the user does not want it', async () =>
      assert.equal(await follow('name=api-service', false), undefined));

    it('that makes no sense is told so, and asks nothing', async () => {
      const bad = [
        ['', /names no Service/],
        ['name=UPPER', /names no Service/],
        ['name=a%2Fb%2Fc', /names no Service/],
        ['name=x&namespace=%24(rm)', /names no Service/],
        ['name=api-service&context=elsewhere', /context "elsewhere", which your kubeconfig does not have/],
      ] as const;
      for (const [query, says] of bad) {
        const says1 = (error: unknown) => error instanceof Notice && says.test(error.message);
        await assert.rejects(follow(query), says1, query);
        assert.deepEqual(asked, []);
      }
      await assert.rejects(follow('name=api-service', true, '/delete'), Notice);
    });
  });

  describe('the context in use', () => {
    const withCurrent = (current: string) => {
      const config = parse(bench.demo.kubeconfig) as { contexts: { name: string }[] };
      const contexts = ['minikube', 'second', 'third'].map((name) => ({ ...config.contexts[0], name }));
      return stringify({ ...config, contexts, 'current-context': current });
    };
    after(async () => {
      await bench.write(bench.demo.kubeconfig);
      await sleep(1500); // followed by now: what is opened next is not cancelled by it
    });

    it('follows kubectl within 2 s, by an atomic rename too; whoever switched last counts', async () => {
      await bench.write(withCurrent('minikube'));
      const { contexts } = onBench(bench);
      let told = 0;
      contexts.onChange(() => told++);
      const current = async () => (await contexts.current())?.key;
      const follows = async (name: string) => {
        await sleep(1100); // a look at the file as it is now
        const before = told;
        await bench.write(withCurrent(name));
        await until(`a change to ${name}`, () => told > before || undefined, 2000);
        assert.equal(await current(), name);
      };
      try {
        assert.equal(await current(), 'minikube');
        await contexts.choose('second');
        assert.equal(await current(), 'second');
        await follows('third');
        await follows('minikube'); // not "second": that choice is over
        await contexts.choose('second');
        assert.equal(await current(), 'second');
      } finally {
        contexts.dispose();
      }
    });

    it('is chosen by the command, from a list', async () => {
      await bench.write(withCurrent('minikube'));
      await setting().update('trafficPath.kubeconfig', bench.file, vscode.ConfigurationTarget.Workspace);
      await run('trafficPath.trace', { context: 'minikube', namespace: 'default', name: 'api-service' });
      await until('the panel', () => tabs().find((t) => t.label === 'api-service'));
      const count = () => tabs().filter((t) => t.label.startsWith('api-service')).length; // one of another context says so
      assert.equal(count(), 1);
      await sleep(2500); // a changed file is followed within 2 s
      const done = run('trafficPath.switchContext');
      await sleep(1000);
      await run('workbench.action.quickOpenSelectNext');
      await run('workbench.action.acceptSelectedQuickOpenItem');
      await done;
      // The Service of the panel that was open, in the other context.
      await until('a second panel', () => count() === 2 || undefined);
      await run('workbench.action.closeAllEditors');
    });
  });

  describe('Open as YAML', () => {
    const at = '/api/v1/namespaces/default/services/web';
    const object = { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }], selector: { app: 'web' } } };
    const shown = () =>
      vscode.window.visibleTextEditors.find((e) => e.document.uri.scheme === 'traffic-path')?.document;
    const says = (text: RegExp, ms = 8000) =>
      until(String(text), () => (text.test(shown()?.getText() ?? '') ? true : undefined), ms);

    it('is live while it is looked at, and says when it is not', async () => {
      await bench.change('/api/v1/namespaces/default/services', {
        method: 'POST',
        body: { apiVersion: 'v1', kind: 'Service', ...object },
      });
      await run('trafficPath.openYaml', {
        is: 'service',
        context: { key: 'minikube' },
        row: { namespace: 'default', name: 'web' },
      });
      await says(/app: web/);
      assert.equal(shown()?.languageId, 'yaml');
      await bench.change(at, { method: 'PATCH', body: { spec: { selector: { app: 'other' } } } });
      await says(/app: other/);
      await bench.change(at, { method: 'DELETE' });
      await says(/^# Not live since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: .*web.*[\s\S]*app: other/);
    });

    it('is never edited, and asks nothing once it is closed', async () => {
      const document = shown();
      assert.ok(document);
      await run('workbench.action.closeAllEditors');
      await until('closed', () => shown() === undefined || undefined);
      await sleep(200);
      bench.asked();
      await sleep(3500);
      assert.deepEqual(
        bench.asked().filter((line) => line.includes('/services/web')),
        [],
      );
    });

    it('of nothing is told once, as a command that fails is', async () => {
      const nothing = { is: 'service', context: { key: 'minikube' }, row: { namespace: 'default', name: 'nothing' } };
      await run('trafficPath.openYaml', nothing);
      assert.equal(shown(), undefined);
    });
  });

  describe('the pick list', () => {
    it('of a server that does not answer is left by Escape, and its question ends', async () => {
      await setting().update('trafficPath.kubeconfig', [bench.file], vscode.ConfigurationTarget.Workspace);
      bench.demo.test.trouble.silence({ match: /\/services\?/ });
      bench.demo.test.trouble.requests.length = 0;
      const asks = () => bench.demo.test.trouble.requests.some((line) => /GET .*\/services\?/.test(line));
      const done = run('trafficPath.trace');
      await until('the question', () => asks() || undefined);
      const before = bench.demo.test.connections;
      await run('workbench.action.closeQuickOpen');
      assert.equal(await done, undefined);
      await until('its end', () => bench.demo.test.connections < before || undefined);
      bench.demo.test.trouble.calm();
      assert.deepEqual(
        tabs().map((t) => t.label),
        [],
      );
    });

    it('has the recent ones before the list is there', async () => {
      bench.demo.test.trouble.silence({ match: /\/services\?limit/ });
      const done = run('trafficPath.trace');
      await sleep(300);
      await run('workbench.action.acceptSelectedQuickOpenItem');
      bench.demo.test.trouble.calm();
      await done;
      await until('the panel', () => tabs().find((t) => t.label === 'api-service'));
      await run('workbench.action.closeAllEditors');
    });
  });

  describe('the Microsoft explorer', () => {
    it('leads from a Pod and from an Ingress to their Service', async () => {
      const explorer = vscode.extensions.getExtension<{
        nodes(kind: string, name: string, namespace: string): unknown;
      }>('ms-kubernetes-tools.vscode-kubernetes-tools');
      assert.ok(explorer);
      const { nodes } = await explorer.activate();
      const { items } = (await bench.change('/api/v1/namespaces/default/pods', {
        query: { labelSelector: 'app=api' },
      })) as { items: { metadata: { name: string } }[] };
      await run('trafficPath.trace', nodes('Pod', items[0]?.metadata.name ?? '', 'default'));
      await until('the panel', () => tabs().find((t) => t.label === 'api-service'));
      await run('workbench.action.closeAllEditors');
      const service = { name: 'api-service', port: { number: 8080 } };
      const spec = { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] } }] };
      const body = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'shop' }, spec };
      await bench.change('/apis/networking.k8s.io/v1/namespaces/default/ingresses', { method: 'POST', body });
      await run('trafficPath.trace', nodes('Ingress', 'shop', 'default'));
      await until('the panel', () => tabs().find((t) => t.label === 'api-service'));
      await run('workbench.action.closeAllEditors');
    });
  });

  describe('the demo cluster', () => {
    it('started while the one before still ends keeps its kubeconfig', async () => {
      const { contexts, log } = onBench(bench);
      const folder = vscode.Uri.file(path.join(path.dirname(bench.file), 'storage'));
      const start = async () => ({
        kubeconfig: bench.demo.kubeconfig,
        url: bench.demo.url,
        stop: () => Promise.resolve(),
      });
      const slow = async () => ({ ...(await start()), stop: () => sleep(300).then(() => {}) });
      let starts = 0;
      const extension = { globalStorageUri: folder } as vscode.ExtensionContext;
      const demo = new DemoCluster(extension, contexts, log, () => (starts++ === 0 ? slow() : start()));
      await demo.start();
      assert.equal((await contexts.current())?.key, 'demo/minikube');
      const stopping = demo.stop();
      await until('no demo', async () => ((await contexts.current())?.key === 'minikube' ? true : undefined));
      await demo.start();
      await stopping;
      contexts.reload();
      assert.equal((await contexts.current())?.key, 'demo/minikube');
      await demo.close();
      assert.deepEqual(readdirSync(folder.fsPath), []);
      contexts.dispose();
    });
  });

  describe('the palette', () => {
    it('runs every command that it shows always without an argument', async () => {
      for (const [id, declaration] of Object.entries(COMMANDS)) {
        if ('palette' in declaration) continue;
        let ended = false;
        const done = run(id).then(() => {
          ended = true;
        });
        await until(id, async () => {
          if (!ended) await run('workbench.action.closeQuickOpen');
          return ended || undefined;
        });
        await done;
      }
      // What they said to the log; where it is, is known of code-server only.
      await sleep(500);
      const logs = readdirSync(tmpdir(), { recursive: true, withFileTypes: true })
        .filter((e) => e.isFile() && e.name === 'Traffic Path.log')
        .map((e) => readFileSync(path.join(e.parentPath, e.name), 'utf8'));
      assert.ok(logs.length > 0 || !process.env['TMPDIR']);
      assert.doesNotMatch(logs.join('\n'), /\[error\]/);
    });
  });
});
