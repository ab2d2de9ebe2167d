// npm run package: builds the extension and packs it into a .vsix that VS Code installs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'; // the .vsix is a zip
import { root } from './modules.mjs';

/** Packs the extension into `file`; vsce runs `vscode:prepublish` first, which builds it. */
export async function packExtension(file: string): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  await createVSIX({
    cwd: root,
    packagePath: file,
    dependencies: false,
    skipLicense: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  withoutPictures(file);
}

/** The README's pictures do not ship, and VS Code's page of an extension shows none from its folder: they are taken out of it. */
function withoutPictures(file: string): void {
  const files = unzipSync(readFileSync(file));
  const name = 'extension/readme.md';
  const text = strFromU8(files[name] ?? new Uint8Array());
  const words = text.replace(/^## What you see in a minute\n[\s\S]*?(?=^## )/m, '').replace(/^!\[.*\)\n\n/gm, '');
  writeFileSync(file, zipSync({ ...files, [name]: strToU8(words) }));
}

if (import.meta.main) {
  const file = path.join(root, 'traffic-path.vsix');
  await packExtension(file);
}
