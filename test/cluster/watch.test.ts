import assert from 'node:assert/strict';
import { ClusterError } from '../../src/cluster/errors.ts';
import { followKind } from '../../src/cluster/feeds.ts';
import { Gate } from '../../src/cluster/gate.ts';
import type { Json } from '../../src/cluster/list.ts';
import { createClient } from '../../src/cluster/request.ts';
import type { Feed, Server } from '../../src/cluster/watch.ts';
import { FakeApi, fastTiming, refuse, until } from './fakeApi.ts';

const PODS = '/api/v1/namespaces/default/pods';
const TIMES = 20;
const pod = (name: string, more: Record<string, unknown> = {}) => ({
  metadata: { name, namespace: 'default' },
  ...more,
});

describe('watch: a list kept current', () => {
  let timing: ReturnType<typeof fastTiming>;
  let api: FakeApi;
  let target: ReturnType<FakeApi['target']>;
  let server: Server;
  let feed: Feed<string> | undefined;
  let changes = 0;

  beforeEach(async () => {
    timing = fastTiming(TIMES);
    api = new FakeApi(timing);
    await api.start();
    target = api.target();
    const client = createClient(target);
    server = { client, timing, gate: new Gate(client, timing) };
    changes = 0;
  });
  afterEach(async () => {
    feed?.dispose();
    server.gate.dispose();
    server.client.dispose();
    await until(
      () => timing.sleeping === 0 && api.sockets.size === 0,
      1000,
      () => [timing.sleeping, api.sockets.size],
    );
    await api.stop();
  });

  const nameAndMark = (object: Json) => `${(object['metadata'] as Json)['name']}${object['mark'] ?? ''}`;
  const start = (choice: object = {}) => {
    feed = followKind(server, 'Pod', { namespace: 'default', ...choice }, nameAndMark, () => changes++);
    return feed;
  };
  const items = () => (feed?.value?.known ? [...feed.value.items].sort().join(' ') : undefined);
  const shows = (expected: string, ms?: number) =>
    until(
      () => items() === expected,
      ms,
      () => feed?.value,
    );
  const watched = () =>
    until(
      () => api.watchers(PODS) === 1,
      3000,
      () => api.asked.map(({ url }) => url.href),
    );
  /** Cuts the open streams as a dying connection does, perhaps in the middle of something. */
  const cut = (last = '') => {
    for (const stream of api.streams) {
      if (last) stream.write(last);
      setTimeout(() => stream.socket?.destroy(), 5);
    }
  };

  it('lists in chunks, then tells each change, and lists only once', async () => {
    for (let i = 0; i < 620; i++) api.put(PODS, pod(`p${i}`));
    start();
    await until(() => feed?.value?.known && feed.value.items.length === 620);
    assert.deepEqual(
      api.asked
        .filter(({ url }) => url.pathname === PODS && !url.searchParams.has('watch'))
        .map(({ url }) => [url.searchParams.get('limit'), url.searchParams.get('continue')]),
      [
        ['250', null],
        ['250', '250'],
        ['250', '500'],
      ],
    );
    api.put(PODS, pod('new'));
    api.remove(PODS, 'p0');
    await until(() => feed?.value?.known && feed.value.items.includes('new') && !feed.value.items.includes('p0'));
    assert.equal(api.requests(PODS, false), 3);
  });

  it('keeps the identity of what did not change, and says nothing about it', async () => {
    api.put(PODS, pod('a'));
    start();
    await shows('a');
    await watched();
    const [before, said] = [feed?.value, changes];
    api.put(PODS, pod('a', { status: 'irrelevant to the facts' }));
    api.put(PODS, pod('b'));
    await shows('a b');
    assert.equal(changes, said + 1);
    assert.notEqual(feed?.value, before);
  });

  it('goes on from where it was after a dropped stream, half a line, garbage: without listing, without losing a change', async () => {
    api.put(PODS, pod('a'));
    start();
    for (const [i, last] of [
      '',
      '{"type":"ADDED","object":{"meta',
      'not json\n',
      '{"type":"ODD","object":{}}\n',
      '[]\n\n',
    ].entries()) {
      await watched();
      cut(last);
      await until(() => api.streams.size === 0);
      api.put(PODS, pod(`missed${i}`));
      await until(
        () => items()?.includes(`missed${i}`),
        5000,
        () => [i, feed?.value],
      );
    }
    await shows('a missed0 missed1 missed2 missed3 missed4');
    assert.equal(api.requests(PODS, false), 1);
  });

  for (const how of ['as an answer', 'as an ERROR event'] as const)
    it(`relists once when its place in history is gone, told ${how}`, async () => {
      api.put(PODS, pod('a'));
      start();
      await watched();
      const lists = api.requests(PODS, false);
      if (how === 'as an answer') {
        // The stream breaks, and meanwhile the history is cut off.
        const hold = new Set<() => void>();
        api.fault = (_, response, url) => {
          if (url.pathname !== '/version' || hold.size > 0) return false;
          hold.add(() => response.socket?.destroy());
          api.put(PODS, pod('b'));
          api.remove(PODS, 'a');
          api.compact();
          return false;
        };
        cut();
      } else {
        api.fault = (_, response, url) => {
          if (!url.searchParams.has('watch')) return false;
          api.fault = () => false;
          api.put(PODS, pod('b'));
          api.remove(PODS, 'a');
          response.end(
            `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })}\n`,
          );
          return true;
        };
        cut();
      }
      await shows('b');
      await watched();
      assert.equal(api.requests(PODS, false), lists + 1);
    });

  it('does not spin when every stream ends at once', async () => {
    api.put(PODS, pod('a'));
    api.fault = (_, response, url) => {
      if (!url.searchParams.has('watch')) return false;
      response.end();
      return true;
    };
    start();
    await shows('a');
    const from = timing.now();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const seconds = (timing.now() - from) / 1000;
    assert.ok(api.requests(PODS, true) <= seconds / 2, `${api.requests(PODS, true)} watches in ${seconds} s`);
    api.fault = () => false;
    api.put(PODS, pod('b'));
    await shows('a b');
  });

  it('renews an expired token once and goes on; a token that stays refused is trouble of the whole server', async () => {
    api.put(PODS, pod('a'));
    start();
    await watched();
    api.token = 'renewed';
    cut();
    await until(() => target.renewals === 1);
    await watched();
    api.put(PODS, pod('b'));
    await shows('a b');
    assert.equal(target.renewals, 1);
    api.token = 'never';
    cut();
    await until(() => server.gate.down);
    assert.equal(server.gate.down?.error.kind, 'credentials');
    assert.equal(items(), 'a b');
  });

  it('becomes unknown when the right is taken away, names it, asks rarely, and is known again when it is given', async () => {
    api.put(PODS, pod('a'));
    start();
    await watched();
    api.fault = (_, response, url) => {
      if (url.pathname !== PODS) return false;
      refuse(
        response,
        403,
        'pods is forbidden: User "me" cannot list resource "pods" in API group "" in the namespace "default"',
      );
      return true;
    };
    cut();
    const value = await until(() => feed?.value?.known === false && feed.value);
    assert.equal(value.why, 'forbidden: needs list pods in default');
    const verbs = ['get', 'list', 'watch'];
    assert.deepEqual(value.needs, { apiGroup: '', resource: 'pods', verbs, namespace: 'default' });
    const [asked, from] = [api.requests(PODS), timing.now()];
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const seconds = (timing.now() - from) / 1000;
    assert.ok(api.requests(PODS) - asked <= 1 + seconds / 30, `${api.requests(PODS) - asked} in ${seconds} s`);
    api.fault = () => false;
    await shows('a', 6000);
  }).timeout(12_000);

  it('looks every few seconds where listing is allowed and watching is not', async () => {
    api.put(PODS, pod('a'));
    api.fault = (_, response, url) => {
      if (!url.searchParams.has('watch')) return false;
      refuse(response, 403, 'forbidden');
      return true;
    };
    start();
    await shows('a');
    api.put(PODS, pod('b'));
    await shows('a b');
    const [asked, from] = [api.requests(PODS), timing.now()];
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.ok(api.requests(PODS) - asked <= (timing.now() - from) / 4000);
  });

  it('shows the one object where only get is allowed', async () => {
    api.put(PODS, pod('a'));
    api.fault = (_, response, url) => {
      if (url.pathname !== PODS) return false;
      refuse(response, 403, 'forbidden');
      return true;
    };
    start({ name: 'a' });
    await shows('a');
    api.put(PODS, pod('a', { mark: '!' }));
    await shows('a!');
    api.remove(PODS, 'a');
    await shows('');
  });

  it('tells that a list fails though the server answers, keeps what it had, and recovers', async () => {
    api.put(PODS, pod('a'));
    start();
    await watched();
    api.fault = (_, response, url) => {
      if (url.pathname !== PODS) return false;
      refuse(response, 500, 'etcd has no leader');
      return true;
    };
    cut();
    const trouble = await until(() => feed?.trouble);
    assert.match(trouble.why, /etcd has no leader/);
    assert.equal(items(), 'a');
    assert.equal(server.gate.down, undefined);
    api.fault = () => false;
    api.put(PODS, pod('b'));
    await shows('a b', 5000);
    assert.equal(feed?.trouble, undefined);
  });

  it('survives answers that are no lists', async () => {
    const answers = ['', 'hello', '[]', 'null', '{"items":null}', '{"items":{"a":1},"metadata":{}}'];
    api.fault = (_, response, url) => {
      if (url.pathname !== PODS || url.searchParams.has('watch') || answers.length === 0) return false;
      response.end(answers.shift());
      return true;
    };
    api.put(PODS, pod('a'));
    start();
    await shows('a', 10_000);
    assert.equal(answers.length, 0);
  }).timeout(15_000);

  it('reads no more than it may keep', async () => {
    for (let i = 0; i < 600; i++) api.put(PODS, pod(`p${String(i).padStart(3, '0')}`));
    start({ max: 300 });
    await until(() => feed?.value?.known);
    api.put(PODS, pod('zz'));
    api.put(PODS, pod('p000', { mark: '!' }));
    await until(() => feed?.value?.known && feed.value.items.includes('p000!'));
    assert.equal(feed?.value?.known && feed.value.items.length, 300);
  });

  it('a broken credential plugin is said, not thrown; it is run rarely, and not at all when nobody looks', async () => {
    let runs = 0;
    target.options = () => {
      runs++;
      return Promise.reject(new ClusterError('credentials', 'The plugin is missing.'));
    };
    start();
    await until(() => server.gate.down);
    assert.equal(server.gate.down?.why, 'The plugin is missing.');
    const seconds = 60;
    await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / TIMES));
    assert.ok(runs <= 4, `${runs} runs in a minute`);
    feed?.dispose();
    const before = runs;
    await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / TIMES));
    assert.ok(runs <= before + 1);
  }).timeout(10_000);

  it('asks nothing once nobody follows, though the server is away', async () => {
    start();
    await watched();
    api.fault = (_, response) => {
      response.socket?.destroy();
      return true;
    };
    cut();
    await until(() => server.gate.down);
    feed?.dispose();
    await until(() => timing.sleeping === 0, 3000);
    const asked = api.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(api.asked.length, asked);
  });
});
