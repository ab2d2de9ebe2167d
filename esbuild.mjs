// Builds what ships, into dist/: the extension, the command line and the page. `--watch` builds the host again on each change.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
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

/**
 * Builds everything into `outdir` and returns esbuild's accounts of the host's files and of the page's.
 * @param {string} outdir
 * @returns {Promise<{ host: import('esbuild').Metafile, page: import('esbuild').Metafile }>}
 */
export async function buildAll(outdir = path.join(root, 'dist')) {
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build(host(outdir));
  const { buildPage } = await import('./webview/build.mjs');
  const page = await buildPage({ outdir: path.join(outdir, 'page'), minify: true });
  await writeFile(path.join(outdir, 'ThirdPartyNotices.txt'), notices(metafile, page));
  return { host: metafile, page };
}

/** The licences of all packages that went into the bundles: most ask that their text goes where their code goes. */
function notices(...metafiles) {
  const files = metafiles.flatMap((each) => Object.keys(each.inputs));
  // Of a/node_modules/b/node_modules/@c/d/file.js the package is the last one; greedy matching finds it.
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean);
  folders.push('node_modules/@vscode/codicons');
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(path.join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? readFileSync(path.join(root, folder, file), 'utf8').trim() : `Licence: ${license}`;
    return `${name} ${version}\n\n${text}\n`;
  });
  return `Traffic Path contains these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll();
  if (process.argv.includes('--watch')) await (await context(host(path.join(root, 'dist')))).watch();
}
