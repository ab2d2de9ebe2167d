// The extension as VS Code loads it, built into a folder of its own: tests never meet a half-built dist/ of somebody's work.
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { buildAll } from '../../esbuild.mjs';
import { root } from './modules.mjs';

const shipped = ['package.json', 'package.nls.json', 'package.nls.zh-cn.json', 'l10n', 'media', 'README.md', 'LICENSE'];

/** Builds the extension into `folder`, which then can be linked into VS Code's extensions folder. */
export async function stageExtension(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of shipped) {
    const from = path.join(root, name);
    if (existsSync(from)) cpSync(from, path.join(folder, name), { recursive: true });
  }
  await buildAll(path.join(folder, 'dist'));
}
