import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { followKubeconfig, type Kubeconfig, loadKubeconfig, type Sources } from '../../src/cluster/kubeconfig.ts';
import { Workshop } from './servers.ts';

describe('where a kubeconfig is looked for', () => {
  const workshop = new Workshop();
  const named = (name: string, current = name) => `
kind: Config
current-context: ${current}
contexts: [{ name: ${name}, context: { cluster: ${name}, user: ${name} } }]
clusters: [{ name: ${name}, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: ${name}, user: { token: t } }]
`;

  beforeEach(() => {
    for (const dir of ['home/.kube', 'more', 'home/.minikube/profiles/mini'])
      mkdirSync(workshop.file(dir), { recursive: true });
    workshop.write('home/.kube/config', named('home'));
    workshop.write('env', named('env'));
    workshop.write('companion', named('companion'));
    workshop.write('more/a.yaml', named('a'));
    workshop.write('more/b.yaml', named('b'));
  });

  after(() => workshop.close());

  const load = (sources: Partial<Sources>): Promise<Kubeconfig> =>
    loadKubeconfig({
      inClusterDir: workshop.file('none'),
      ...sources,
      env: { HOME: workshop.file('home'), ...sources.env },
    });
  const names = async (sources: Partial<Sources>) => (await load(sources)).contexts.map(({ name }) => name);

  it('the setting, the companion, KUBECONFIG, the home folder: the first that is set', async () => {
    const env = { KUBECONFIG: workshop.file('env') };
    const companion = workshop.file('companion');
    assert.deepEqual(await names({ env, companion, setting: workshop.file('more/a.yaml') }), ['a']);
    assert.deepEqual(await names({ env, companion }), ['companion']);
    assert.deepEqual(await names({ env, companion: '', setting: [] }), ['env']);
    assert.deepEqual(await names({}), ['home']);
    assert.deepEqual(await names({ env: { KUBECONFIG: delimiter } }), ['home']);
    assert.deepEqual(await names({ env: { KUBECONFIG: workshop.file('gone') } }), []);
    assert.deepEqual(await names({ env: { HOME: '', USERPROFILE: workshop.file('home') } }), ['home']);
  });

  it('the setting may hold several paths, globs and ~', async () => {
    assert.deepEqual(await names({ setting: [workshop.file('env'), workshop.file('more/*.yaml')] }), ['a', 'b', 'env']);
    assert.deepEqual(await names({ setting: '~/.kube/config' }), ['home']);
    assert.deepEqual(await names({ setting: relative('.', workshop.file('env')) }), ['env']);
    const { current } = await load({ setting: [workshop.file('more/*.yaml'), workshop.file('env')] });
    assert.equal(current, 'a');
    mkdirSync(workshop.file('Program Files (x86)'), { recursive: true });
    workshop.write('Program Files (x86)/a', named('x86'));
    assert.deepEqual(await names({ setting: workshop.file('Program Files (x86)/a') }), ['x86']);
    const { warnings } = await load({ setting: workshop.file('more/*.none') });
    assert.match(warnings.join(), /more\/\*\.none matches no file\./);
  });

  it('a file that the user named and that is not there is told', async () => {
    const { contexts, warnings, target } = await load({ setting: [workshop.file('gone'), workshop.file('env')] });
    assert.deepEqual(
      contexts.map(({ name }) => name),
      ['env'],
    );
    assert.match(warnings.join(), /gone cannot be read: there is no such file/);
    await assert.rejects(target('x'), /There is no context "x" in \S+gone, \S+env\. \S+gone cannot be read/);
  });

  it('what cannot be chosen is said with file and reason', async () => {
    await assert.rejects(
      (await load({ env: { KUBECONFIG: workshop.file('gone') } })).target(),
      /No context is defined \(looked in \S+gone\)/,
    );
    workshop.write('env', named('env', '""'));
    await assert.rejects(
      (await load({ env: { KUBECONFIG: workshop.file('env') } })).target(),
      /No current context is set in \S+env/,
    );
    workshop.write('env', named('env').replace('cluster: env,', 'cluster: lost,'));
    await assert.rejects(
      (await load({ env: { KUBECONFIG: workshop.file('env') } })).target(),
      /"env" in \S+env names cluster "lost", which is not/,
    );
    workshop.write('env', named('env').replace('user: env }', 'user: lost }'));
    await assert.rejects((await load({ env: { KUBECONFIG: workshop.file('env') } })).target(), /names user "lost"/);
    workshop.write('env', named('env').replace('server: "https://127.0.0.1:1"', 'server: "ftp://x"'));
    await assert.rejects((await load({ env: { KUBECONFIG: workshop.file('env') } })).target(), /no http\(s\) URL/);
  });

  it('the facts say what tells the provider: extensions and minikube’s driver', async () => {
    const extension = '[{ name: context_info, extension: { provider: minikube.sigs.k8s.io } }]';
    workshop.write(
      'env',
      named('mini').replace('user: mini }', `user: mini, namespace: shop, extensions: ${extension} }`),
    );
    workshop.write('home/.minikube/profiles/mini/config.json', '{"Name":"mini","Driver":"docker"}');
    const env = { KUBECONFIG: workshop.file('env') };
    const { facts, namespace } = await (await load({ env })).target();
    assert.deepEqual(facts, {
      context: 'mini',
      cluster: 'mini',
      server: 'https://127.0.0.1:1',
      user: 'mini',
      kubeconfig: workshop.file('env'),
      extensions: ['context_info', 'minikube.sigs.k8s.io'],
      insecureSkipTlsVerify: false,
      minikube: { profile: 'mini', driver: 'docker', file: workshop.file('home/.minikube/profiles/mini/config.json') },
    });
    assert.equal(namespace, 'shop');
    const chosen = await (await load({ env, setting: workshop.file('env') })).target();
    assert.equal(chosen.facts.explicit, true, 'kubectl by itself would not look there');
    const moved = await (await load({ env: { ...env, MINIKUBE_HOME: workshop.file('more') } })).target();
    assert.equal(moved.facts.minikube, undefined);
  });

  describe('and followed', () => {
    it('through a write, an atomic rename, a removal and a return, each within 2 s', async function () {
      this.timeout(20_000);
      const seen: string[] = [];
      const sources = { env: { KUBECONFIG: workshop.file('env') }, inClusterDir: workshop.file('none') };
      const following = followKubeconfig(sources, ({ current }) => seen.push(current));
      await sleep(300);
      const shows = async (change: () => void, current: string) => {
        const before = seen.length;
        change();
        const deadline = Date.now() + 2000;
        while (seen.length === before && Date.now() < deadline) await sleep(20);
        assert.deepEqual(seen.slice(before), [current]);
      };
      await shows(() => void workshop.write('env', named('written')), 'written');
      await shows(() => {
        workshop.write('env.tmp', named('renamed'));
        renameSync(workshop.file('env.tmp'), workshop.file('env'));
      }, 'renamed');
      await shows(() => rmSync(workshop.file('env')), '');
      await shows(() => void workshop.write('env', named('back')), 'back');
      // The same again means nothing new.
      workshop.write('env', named('back'));
      await sleep(1500);
      assert.equal(seen.at(-1), 'back');
      assert.equal(seen.length, 4);
      following.dispose();
      workshop.write('env', named('unseen'));
      await sleep(1500);
      assert.equal(seen.length, 4);
    });

    it('with new files that a glob finds, which is not asked each second', async function () {
      this.timeout(10_000);
      const found: Record<number, readonly string[]> = {};
      const sources = { env: {}, setting: workshop.file('more/*.yaml') };
      const following = [1000, 60_000].map((every) =>
        followKubeconfig(
          sources,
          ({ contexts }) => {
            found[every] = contexts.map(({ name }) => name);
          },
          every,
        ),
      );
      await sleep(300);
      workshop.write('more/c.yaml', named('c'));
      await sleep(3000);
      assert.deepEqual([found[1000], found[60_000]], [['a', 'b', 'c'], undefined]);
      // What is known is looked at each second all the same.
      workshop.write('more/a.yaml', named('new'));
      await sleep(2000);
      for (const each of following) each.dispose();
      assert.deepEqual(found[60_000]?.slice(-1), ['new']);
    });
  });
});
