// npm run package: builds the extension and packs it into a .vsix that VS Code installs.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
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
}

if (import.meta.main) {
  const file = path.join(root, 'traffic-path.vsix');
  await packExtension(file);
}
