// Builds what ships, into dist/: the extension, the command line and the page. `--watch` builds the host again on each change.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * What every bundle that runs in Node has in common; Node 22 is the extension host of the oldest VS Code in `engines`.
 * @type {import('esbuild').BuildOptions}
 */
export const forNode = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external: ['vscode'],
  // In an ES module, CommonJS packages that ask for Node's own modules need a `require`.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
};

/** The host: small at activation; what it imports lazily (client-node, YAML, the demo cluster) becomes chunks of their own. */
const host = (outdir) => ({
  ...forNode,
  entryPoints: ['src/extension.ts', 'src/cli.ts'].filter((file) => existsSync(path.join(root, file))),
  outdir,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  metafile: true,
});

/** Builds everything into `outdir` and returns esbuild's accounts of the host's files and of the page's. */
export async function buildAll(outdir = path.join(root, 'dist')) {
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build(host(outdir));
  const { buildPage } = await import('./webview/build.mjs');
  const page = await buildPage({ outdir: path.join(outdir, 'page'), minify: true });
  return { host: metafile, page };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll();
  if (process.argv.includes('--watch')) await (await context(host(path.join(root, 'dist')))).watch();
}
