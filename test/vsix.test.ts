import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate'; // reads the .vsix, which is a zip
import { root } from './harness/modules.mjs';
import { packExtension } from './harness/package.ts';

/** Exactly what a user downloads. Chunks carry a hash of their content; pictures of README and walkthrough are counted as one. */
const expected = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/LICENSE.txt',
  'extension/changelog.md',
  'extension/dist/ThirdPartyNotices.txt',
  'extension/dist/chunks/*.js',
  'extension/dist/cli.js',
  'extension/dist/extension.js',
  'extension/dist/page/codicon.css',
  'extension/dist/page/codicon.ttf',
  'extension/dist/page/main.js',
  'extension/dist/page/style.css',
  'extension/media/*',
  'extension/package.json',
  'extension/readme.md',
];

describe('the .vsix', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'traffic-path-vsix-'));
  let files: Record<string, Uint8Array> = {};
  before(async () => {
    const file = path.join(folder, 'traffic-path.vsix');
    await packExtension(file);
    files = unzipSync(readFileSync(file));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what ships and nothing else', () => {
    const names = Object.keys(files).map((name) =>
      name
        .replace(/dist\/chunks\/[\w.-]+\.js$/, 'dist/chunks/*.js')
        .replace(/media\/(walkthrough\/)?[\w.-]+\.(svg|png|md)$/, 'media/*'),
    );
    assert.deepEqual([...new Set(names)].sort(), expected);
  });

  it('names no picture in its README that does not ship', () => {
    const text = Buffer.from(files['extension/readme.md'] ?? []).toString();
    assert.match(text, /^# Traffic Path$/m);
    assert.doesNotMatch(text, /media\/screenshots/);
  });

  it('names no path of the machine that built it', () => {
    const found = Object.entries(files).filter(([, bytes]) => Buffer.from(bytes).includes(root));
    assert.deepEqual(
      found.map(([name]) => name),
      [],
    );
  });

  it('has every file that its package.json names', () => {
    const manifest = Buffer.from(files['extension/package.json'] ?? []).toString();
    const named = [...manifest.matchAll(/"(?:\.\/)?((?:media|dist|l10n)\/[\w./-]+\.\w+)"/g)].map(
      (match) => `extension/${match[1]}`,
    );
    assert.ok(named.includes('extension/dist/extension.js'));
    assert.deepEqual(
      named.filter((name) => !files[name]),
      [],
    );
  });

  it('needs no package at run time: everything is bundled', () => {
    const manifest = JSON.parse(Buffer.from(files['extension/package.json'] ?? []).toString());
    assert.equal(manifest.dependencies, undefined);
  });
});
