// How large what ships is, and how long VS Code waits for it at activation.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { median, type Row } from './row.ts';

const KiB = 1024;

/** The files that are loaded with `entry`, and not only when something asks for them. */
function loadedWith(metafile: Metafile, entry: string): string[] {
  const seen = new Set<string>([entry]);
  for (const file of seen) {
    for (const { path: target, kind } of metafile.outputs[file]?.imports ?? [])
      if (kind !== 'dynamic-import' && metafile.outputs[target]) seen.add(target);
  }
  return [...seen];
}

const entryOf = (metafile: Metafile, source: string) =>
  Object.keys(metafile.outputs).find((file) => metafile.outputs[file]?.entryPoint === source);

/** Sizes and import time; `folder` holds what was built. */
export function bundles(folder: string, metafile: Metafile): Row[] {
  const entry = entryOf(metafile, 'src/extension.ts');
  if (!entry) throw new Error('there is no src/extension.ts');
  const size = (files: readonly string[]) =>
    files.reduce((sum, each) => sum + (metafile.outputs[each]?.bytes ?? 0), 0) / KiB;
  const atActivation = loadedWith(metafile, entry);
  const heavy = Object.keys(metafile.outputs).filter((file) =>
    Object.keys(metafile.outputs[file]?.inputs ?? {}).some((input) =>
      input.includes('node_modules/@kubernetes/client-node/'),
    ),
  );
  const notActivation = (file: string) => !atActivation.includes(file);
  const forbidden = atActivation.filter((file) =>
    Object.keys(metafile.outputs[file]?.inputs ?? {}).some((input) => /node_modules\/(@kubernetes|yaml)\//.test(input)),
  );
  const kubernetes = new Set(heavy.flatMap((file) => loadedWith(metafile, file)).filter(notActivation));
  return [
    { what: 'host bundle loaded at activation', value: size(atActivation), unit: 'KiB', limit: 60 },
    { what: 'files of it that hold Kubernetes or YAML packages', value: forbidden.length, unit: 'files', limit: 0 },
    { what: 'chunk with @kubernetes/client-node', value: size([...kubernetes]), unit: 'KiB', limit: 2253 },
    {
      what: 'import of the activation bundle',
      value: importTime(path.join(folder, 'extension.js')),
      unit: 'ms',
      limit: 30,
      peer: { name: 'import of client-node', value: importTime('@kubernetes/client-node'), limit: 1 },
    },
    {
      what: 'script of the page',
      value: statSync(path.join(folder, 'page/main.js')).size / KiB,
      unit: 'KiB',
      limit: 1229,
    },
  ];
}

/** Milliseconds until the module is imported, in a fresh process each time; `vscode` is a double that does nothing. */
function importTime(module: string): number {
  const preload = new URL('./noVSCode.mjs', import.meta.url).href;
  const script = `const s=performance.now(); await import(${JSON.stringify(module)}); console.log(performance.now()-s); process.exit()`;
  const once = () =>
    Number(
      execFileSync(process.execPath, ['--import', preload, '--input-type=module', '-e', script], { encoding: 'utf8' }),
    );
  return median(Array.from({ length: 7 }, once));
}

/** For the page of the bench: the text of a built file. */
export const builtText = (folder: string, name: string) => readFileSync(path.join(folder, name), 'utf8');
