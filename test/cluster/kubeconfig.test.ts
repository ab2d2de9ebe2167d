/**
 * Ours against kubectl over a corpus of kubeconfigs. What kubectl says is kept in each case's expected.json, so that the corpus
 * tests without a kubectl; with one (TRAFFIC_PATH_KUBECTL or PATH) it is asked, and UPDATE=1 keeps what it said.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { chooseContext } from '../../src/cluster/choice.ts';
import { materialOf } from '../../src/cluster/identityFiles.ts';
import { type Kubeconfig, loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import type { Entry } from '../../src/cluster/kubeconfigFile.ts';

interface Case {
  readonly kubeconfig: readonly string[];
  /** Compare what relative paths lead to. */
  readonly flatten?: boolean;
  /** Contexts to look into; all by default. */
  readonly views?: readonly string[];
}

interface Row {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
  readonly current: boolean;
}

/** A context's cluster and user as written; null: it names what is not there. */
type View = Record<string, unknown> | null;

interface Reading {
  readonly contexts: readonly Row[];
  readonly views: Readonly<Record<string, View>>;
}

interface Expected extends Reading {
  /** kubectl refuses the whole; then contexts and views are what we make of it, on purpose (docs/kubeconfig.md). */
  readonly kubectlRefuses: boolean;
  readonly warnings: readonly string[];
}

const corpus = join(import.meta.dirname, 'corpus');
const home = mkdtempSync(join(tmpdir(), 'traffic-path-home-'));
const kubectl = findKubectl();

describe('a corpus of kubeconfigs, read as kubectl reads it', () => {
  const cases = readdirSync(corpus).sort();
  after(() => rmSync(home, { recursive: true, force: true }));

  it('holds at least 40 cases', () => assert.ok(cases.length >= 40));

  for (const name of cases) {
    const dir = join(corpus, name);
    const read = (file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8'));
    const wanted: Case = read('case.json');

    it(name, async () => {
      const ours = await oursOf(dir, wanted);
      if (process.env['UPDATE'] && kubectl) update(dir, wanted, ours);
      const { contexts, views, warnings }: Expected = read('expected.json');
      assert.deepEqual({ contexts: ours.contexts, views: ours.views }, { contexts, views });
      assert.deepEqual(ours.warnings, warnings);
    });

    it(`${name}: kubectl agrees`, function () {
      this.timeout(60_000);
      if (!kubectl) {
        // The reason shows beside the skipped test.
        if (this.test) this.test.title += ' (skipped: no kubectl on PATH nor in TRAFFIC_PATH_KUBECTL)';
        this.skip();
      }
      const { contexts, views, kubectlRefuses }: Expected = read('expected.json');
      const theirs = kubectlOf(dir, wanted);
      if (kubectlRefuses) assert.equal(theirs, 'refused');
      else assert.deepEqual(theirs, { contexts, views });
    });
  }
});

/** gcloud's kubectl is a dispatcher that asks the server for its version first; the kubectls it chooses from lie beside it. */
function findKubectl(): string | undefined {
  const named = process.env['TRAFFIC_PATH_KUBECTL'] ?? 'kubectl';
  const version = spawnSync(named, ['version', '--client'], { encoding: 'utf8', env: { ...process.env, HOME: home } });
  if (version.status !== 0) return undefined;
  if (!version.stdout.includes('dispatcher')) return named;
  const path = spawnSync('sh', ['-c', 'command -v "$0"', named], { encoding: 'utf8' }).stdout.trim();
  const bin = dirname(realpathSync(path));
  const newest = readdirSync(bin)
    .filter((file) => /^kubectl\.1\.\d+$/.test(file))
    .sort()
    .at(-1);
  return newest && join(bin, newest);
}

function update(dir: string, wanted: Case, ours: Reading & { warnings: readonly string[] }): void {
  const theirs = kubectlOf(dir, wanted);
  const refuses = theirs === 'refused';
  const expected: Expected = { ...(refuses ? ours : theirs), kubectlRefuses: refuses, warnings: ours.warnings };
  writeFileSync(join(dir, 'expected.json'), `${JSON.stringify(expected, undefined, 2)}\n`);
}

async function oursOf(dir: string, { kubeconfig, flatten, views: only }: Case) {
  const env = { KUBECONFIG: kubeconfig.map((file) => join(dir, file)).join(delimiter), HOME: dir };
  const loaded = await loadKubeconfig({ env, inClusterDir: join(dir, 'no-service-account') });
  const views: Record<string, View> = {};
  for (const { name } of loaded.contexts) {
    if (!only || only.includes(name)) views[name] = await viewOf(loaded, name, flatten === true);
  }
  const contexts = loaded.contexts.map(({ server: _, file: __, ...row }) => row);
  return { contexts, views, warnings: loaded.warnings.map((warning) => warning.replaceAll(`${dir}/`, '')) };
}

async function viewOf({ entries, files, warnings }: Kubeconfig, name: string, flatten: boolean): Promise<View> {
  // minify, unlike a connection, is content with a context that names no cluster at all.
  if (!entries.contexts.get(name)?.value['cluster'] && !entries.contexts.get(name)?.value['user']) return {};
  try {
    const { cluster, user } = chooseContext(entries, name, files, warnings);
    return { cluster: await shown(cluster, flatten), ...(user ? { user: await shown(user, flatten) } : {}) };
  } catch {
    return null;
  }
}

async function shown(entry: Entry, flatten: boolean): Promise<unknown> {
  const value: Record<string, unknown> = { ...entry.value };
  for (const key of ['certificate-authority', 'client-certificate', 'client-key']) {
    if (!flatten || !value[key]) continue;
    value[`${key}-data`] = await materialOf(entry, key);
    delete value[key];
  }
  return tidy(value);
}

function kubectlOf(dir: string, { kubeconfig, flatten, views: only }: Case): Reading | 'refused' {
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    KUBECONFIG: kubeconfig.map((file) => join(dir, file)).join(delimiter),
  };
  const run = (...args: string[]) =>
    execFileSync(kubectl ?? '', ['config', ...args], { env, encoding: 'utf8', stdio: 'pipe' });
  let table: string[][];
  try {
    table = run('get-contexts')
      .trimEnd()
      .split('\n')
      .map((line) => [...line]);
  } catch {
    return 'refused';
  }
  const [header = [], ...lines] = table;
  const starts = ['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE'].map((title) => header.join('').indexOf(title));
  const contexts = lines.map((line) => {
    const cell = (n: number) =>
      line
        .slice(starts[n], starts[n + 1])
        .join('')
        .trim();
    return { name: cell(1), cluster: cell(2), user: cell(3), namespace: cell(4), current: cell(0) === '*' };
  });
  const views: Record<string, View> = {};
  for (const { name } of contexts.filter((row) => !only || only.includes(row.name))) {
    try {
      const flat = flatten ? ['--flatten'] : [];
      const view = JSON.parse(run('view', '--minify', '--raw', '-o', 'json', `--context=${name}`, ...flat));
      const cluster = view.clusters?.[0]?.cluster;
      const user = view.users?.[0]?.user;
      views[name] = { ...(cluster ? { cluster: tidy(cluster) } : {}), ...(user ? { user: tidy(user) } : {}) };
    } catch {
      views[name] = null;
    }
  }
  return { contexts, views };
}

/** Without what is empty, keys in order: kubectl prints `"args": null` for what is not written. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null && item !== '' && item !== false);
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, tidy(item)]));
}
