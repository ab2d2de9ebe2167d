/** Builds the page: one script, one style sheet, the icon font. esbuild.mjs and the page's tests call it. */
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const icons = join(here, '../node_modules/@vscode/codicons/dist');

/**
 * Mermaid loads each kind of diagram and each layout by a dynamic import; in one file esbuild would take them all in
 * (5.2 MB). The page draws flowcharts with dagre: the rest become empty modules that nothing asks for.
 */
const onlyFlowcharts = {
  name: 'only-flowcharts',
  setup(build) {
    build.onResolve({ filter: /.*/ }, (args) => {
      if (args.kind !== 'dynamic-import' || !args.importer.includes('mermaid')) return undefined;
      return /\/(flowDiagram|dagre|sizeCapture)-/.test(args.path)
        ? undefined
        : { path: args.path, namespace: 'left-out' };
    });
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'export const diagram = {}',
      loader: 'js',
    }));
  },
};

/** Writes main.js, style.css, codicon.css and codicon.ttf to `outdir`. */
export async function buildPage({ outdir, minify }) {
  await mkdir(outdir, { recursive: true });
  const [result] = await Promise.all([
    build({
      entryPoints: [join(here, 'main.ts'), join(here, 'style.css')],
      outdir,
      bundle: true,
      minify,
      format: 'iife',
      target: 'es2023',
      metafile: true,
      logLevel: 'warning',
      plugins: [onlyFlowcharts],
    }),
    copyFile(join(icons, 'codicon.css'), join(outdir, 'codicon.css')),
    copyFile(join(icons, 'codicon.ttf'), join(outdir, 'codicon.ttf')),
  ]);
  return result.metafile;
}
