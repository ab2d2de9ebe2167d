/** A panel's life, with the page played by the test: whatever happens meanwhile is a clear state, and nothing is left of it. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ToPage } from '../../src/core/messages.ts';
import { TrafficPanel } from '../../src/editor/panel.ts';
import { type Bench, onBench, sleep, startBench, until } from './host.ts';

/** A webview panel without a window. As VS Code's own, it refuses everything once it is disposed. */
class Page {
  readonly posted: ToPage[] = [];
  readonly #messages = new vscode.EventEmitter<unknown>();
  readonly #disposed = new vscode.EventEmitter<void>();
  readonly #state = new vscode.EventEmitter<never>();
  #over = false;
  title = '';
  readonly onDidDispose = this.#disposed.event;
  readonly onDidChangeViewState = this.#state.event;
  readonly webview = {
    onDidReceiveMessage: this.#messages.event,
    postMessage: async (message: ToPage) => {
      this.#alive();
      this.posted.push(message);
      return true;
    },
  };
  get visible(): boolean {
    this.#alive();
    return true;
  }
  get last(): ToPage | undefined {
    return this.posted.at(-1);
  }
  send(message: unknown): void {
    this.#messages.fire(message);
  }
  close(): void {
    this.#over = true;
    this.#disposed.fire();
  }
  #alive(): void {
    if (this.#over) throw new Error('Webview is disposed');
  }
}

describe('a panel', () => {
  let bench: Bench;
  let parts: ReturnType<typeof onBench>;
  const rejections: unknown[] = [];
  const note = (error: unknown) => rejections.push(error);

  const open = (name = 'api-service', context = 'minikube') => {
    const page = new Page();
    new TrafficPanel(
      page as unknown as vscode.WebviewPanel,
      { context, namespace: name === 'kube-dns' ? 'kube-system' : 'default', name },
      { ...parts, act: async () => {} },
    );
    page.send({ type: 'ready' });
    return page;
  };
  const drawn = (page: Page) =>
    until('a picture', () => (page.last?.type === 'picture' ? page.last.picture : undefined));
  const empty = (page: Page, title: RegExp) =>
    until(String(title), () => (page.last?.type === 'empty' && title.test(page.last.title) ? page.last : undefined));

  before(async () => {
    bench = await startBench();
    process.on('unhandledRejection', note);
  });
  after(async () => {
    process.off('unhandledRejection', note);
    await bench.stop();
  });
  beforeEach(() => {
    parts = onBench(bench);
  });
  afterEach(async () => {
    bench.demo.test.trouble.calm();
    parts.contexts.dispose();
    await until('no connection is left', () => bench.demo.test.connections === 0 || undefined);
    assert.deepEqual(rejections.splice(0), []);
  });

  it('says what it waits for, then offers a way out, and leaves nothing when it is closed meanwhile', async () => {
    bench.demo.test.trouble.silence();
    const page = open();
    const said = await until('what it waits for', () =>
      page.posted.find((m) => m.type === 'empty' && m.text.includes(bench.demo.url)),
    );
    assert.equal(said.type === 'empty' && said.kind, 'loading');
    const way = await until('a way out', () =>
      page.last?.type === 'empty' && page.last.actions.length > 0 ? page.last : undefined,
    );
    assert.equal(way.kind, 'loading');
    assert.match(way.text, /Still waiting/);
    assert.deepEqual(
      way.actions.map((a) => a.id),
      ['switch-context', 'show-log'],
    );
    assert.ok(bench.demo.test.connections > 0);
    page.close();
    const { length } = page.posted;
    bench.demo.test.trouble.calm();
    await sleep(300);
    assert.equal(page.posted.length, length);
  });

  it('draws what a slow server says in the end', async () => {
    bench.demo.test.trouble.delay(400);
    const page = open();
    await drawn(page);
    assert.ok(page.posted.some((m) => m.type === 'empty' && m.kind === 'loading'));
    page.close();
  });

  it('ends its watches when it is closed, while another goes on', async () => {
    const [one, other] = [open(), open('kube-dns')];
    await Promise.all([drawn(one), drawn(other)]);
    await sleep(300);
    const both = bench.demo.test.connections;
    one.close();
    await until('fewer connections', () => bench.demo.test.connections < both || undefined);
    assert.equal(parts.knowledge.of('minikube').diagnoses.length, 1);
    const { length } = other.posted;
    const selector = { selector: { 'k8s-app': 'nothing' } };
    await bench.change('/api/v1/namespaces/kube-system/services/kube-dns', {
      method: 'PATCH',
      body: { spec: selector },
    });
    await until('the other follows', () =>
      other.posted.slice(length).some((m) => m.type === 'picture' && m.picture.verdict === 'broken') ? true : undefined,
    );
    other.close();
    await until('no watch', () => bench.demo.test.connections <= 4 || undefined);
  });

  it('follows the kubeconfig: its context gone is said, its context back is drawn', async () => {
    const page = open();
    await drawn(page);
    await bench.write(bench.demo.kubeconfig.replaceAll('minikube', 'other'));
    const said = await empty(page, /does not lead to a cluster/);
    assert.match(said.text, /minikube/);
    assert.equal(parts.knowledge.of('minikube').diagnoses.length, 0);
    await bench.write(bench.demo.kubeconfig);
    await drawn(page);
    page.close();
  });

  it('keeps its picture when the kubeconfig breaks, and says file and line; a new one says the same', async () => {
    const page = open();
    await drawn(page);
    const { length } = page.posted;
    await bench.write('apiVersion: v1\ncontexts: [oops\nusers: {');
    await until('a banner', () =>
      page.last?.type === 'picture' && page.last.picture.banners.some((b) => /kubeconfig.*at line \d/.test(b.text))
        ? true
        : undefined,
    );
    assert.ok(page.posted.slice(length).every((m) => m.type === 'picture'));
    const fresh = onBench(bench).contexts;
    assert.match(await fresh.whyNone(), /cannot be read: .*kubeconfig is not valid YAML at line \d/);
    fresh.dispose();
    await bench.write(bench.demo.kubeconfig);
    await until('no banner', () =>
      page.last?.type === 'picture' && page.last.picture.banners.length === 0 ? true : undefined,
    );
    page.close();
  });

  it('stays as it is when another context is chosen', async () => {
    await bench.write(bench.demo.kubeconfig);
    const page = open();
    await drawn(page);
    const { length } = page.posted;
    await parts.contexts.choose('minikube');
    await sleep(200);
    assert.ok(page.posted.slice(length).every((m) => m.type === 'picture'));
    page.close();
  });

  it('says that the demo cluster does not run any more, offers to start it, and recovers when it is', async () => {
    await parts.contexts.setDemo(bench.file);
    const page = open('api-service', 'demo/minikube');
    await drawn(page);
    await parts.contexts.setDemo(undefined);
    const said = await empty(page, /demo cluster does not run/);
    assert.equal(said.actions.find((a) => a.primary)?.id, 'start-demo');
    await parts.contexts.setDemo(bench.file);
    await drawn(page);
    page.close();
  });

  it('takes no message after it was closed', async () => {
    const page = open();
    await drawn(page);
    page.send({ type: 'ready' });
    page.send({ type: 'select', node: null });
    page.close();
    await sleep(100);
  });
});
