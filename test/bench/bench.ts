// npm run bench [-- NAME …]: the budgets of the design, each measured beside a peer in one run. Fails on nothing and hides nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildAll } from '../../esbuild.mjs';
import { bundles } from './bundles.ts';
import { Bench, refresh, servicesList } from './cluster.ts';
import { page } from './page.ts';
import { pictures } from './pictures.ts';
import { type Measure, print } from './row.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'traffic-path-bench-'));
let bench: Bench | undefined;
const big = async () => {
  bench ??= await Bench.start();
  return bench;
};

const measures: readonly (readonly [string, Measure])[] = [
  ['bundles', async () => bundles(folder, (await buildAll(folder)).host)],
  ['refresh', async () => refresh(await big())],
  ['Services list', async () => servicesList(await big())],
  ['pictures', async () => pictures(await big())],
  ['page', async () => page(folder, await big())],
];

console.log('| what | ours | peer | ratio | limit | |\n|---|---|---|---|---|---|');
for (const [name, measure] of measures) {
  if (process.argv.length > 2 && name !== 'bundles' && !process.argv.includes(name)) continue;
  try {
    for (const row of await measure()) console.log(print(row));
  } catch (error) {
    console.log(`| ${name} | not measured: ${error instanceof Error ? error.message.split('\n')[0] : error} | | | | |`);
  }
}
bench?.stop();
rmSync(folder, { recursive: true, force: true });
