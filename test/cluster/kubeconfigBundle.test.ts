import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'esbuild';

describe('the official client', () => {
  it('is a chunk of its own, loaded on first use', async function () {
    this.timeout(60_000);
    const cluster = join(import.meta.dirname, '../../src/cluster');
    const { metafile } = await build({
      entryPoints: [join(cluster, 'kubeconfig.ts'), join(cluster, 'request.ts')],
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      minify: true,
      outdir: 'nowhere',
      write: false,
      metafile: true,
    });
    const outputs = new Map(Object.entries(metafile.outputs));
    const loaded = (path: string, lazily: boolean, seen = new Set<string>()): Set<string> => {
      const output = outputs.get(path);
      if (!output || seen.has(path)) return seen;
      seen.add(path);
      for (const each of output.imports) if (lazily || each.kind !== 'dynamic-import') loaded(each.path, lazily, seen);
      return seen;
    };
    const sizeOf = (paths: Iterable<string>) =>
      [...paths].reduce((sum, path) => sum + (outputs.get(path)?.bytes ?? 0), 0);
    const entry = [...outputs].find(([, { entryPoint }]) => entryPoint?.endsWith('kubeconfig.ts'))?.[0] ?? '';
    const atOnce = loaded(entry, false);
    const inputs = [...atOnce].flatMap((path) => Object.keys(outputs.get(path)?.inputs ?? {}));
    assert.ok(inputs.some((path) => path.includes('node_modules/yaml/')));
    assert.deepEqual(
      inputs.filter((path) => /client-node|openid-client|proxy-agent/.test(path)),
      [],
    );
    assert.ok(sizeOf(atOnce) < 250 * 1024, `${sizeOf(atOnce)} bytes`);
    const all = loaded(entry, true);
    assert.ok(
      [...all].some((path) =>
        Object.keys(outputs.get(path)?.inputs ?? {}).some((input) => input.includes('client-node')),
      ),
    );
    assert.ok(sizeOf(all) < 2.2 * 1024 * 1024, `${sizeOf(all)} bytes`);
  });
});
