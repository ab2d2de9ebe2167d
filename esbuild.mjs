// Builds what ships, into dist/: the extension, the command line and the page. `--watch` builds again on each change.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { build, context } from 'esbuild';

const watch = process.argv.includes('--watch');

/** ESM bundles call `require` where a CommonJS dependency does. */
const banner = {
  js: "import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);",
};

/** The host: small at activation; what it imports lazily (client-node, YAML, the demo cluster) becomes chunks of their own. */
const host = {
  entryPoints: ['src/extension.ts', 'src/cli.ts'].filter((file) => existsSync(file)),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external: ['vscode'],
  chunkNames: 'chunks/[name]-[hash]',
  banner,
  minify: true,
  keepNames: true,
  sourcemap: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

await rm('dist', { recursive: true, force: true });
if (watch) {
  await (await context(host)).watch();
} else {
  await build(host);
}
if (existsSync('webview/build.mjs')) {
  const { buildPage } = await import('./webview/build.mjs');
  await buildPage({ watch });
}
