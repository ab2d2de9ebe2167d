/** "Go to Manifest": the place in the workspace's YAML or JSON files where an object is written. */
import { ProgressLocation, Range, Selection, TextEditorRevealType, type Uri, window, workspace } from 'vscode';
import type { ObjectRef } from '../core/path.ts';
import { Notice } from './commands.ts';

/** More files than this are not read: a workspace that large has its own search. */
const MOST_FILES = 3000;
const DECODER = new TextDecoder();

interface Found {
  readonly uri: Uri;
  readonly start: number;
  readonly end: number;
}

/** Opens the file and selects the object; asks when several write it. */
export async function goToManifest(object: ObjectRef): Promise<void> {
  const found = await window.withProgress(
    { location: ProgressLocation.Window, title: `Looking for ${object.kind} ${object.name}…` },
    () => find(object),
  );
  const items = found.map((f) => ({ label: workspace.asRelativePath(f.uri), found: f }));
  if (items.length === 0)
    throw new Notice(`No YAML or JSON file of this workspace writes ${object.kind} ${object.name}.`);
  const chosen = items.length === 1 ? items[0] : await window.showQuickPick(items, { placeHolder: 'Which one?' });
  if (!chosen) return;
  const document = await workspace.openTextDocument(chosen.found.uri);
  const editor = await window.showTextDocument(document);
  const start = document.positionAt(chosen.found.start);
  editor.selection = new Selection(start, start);
  editor.revealRange(
    new Range(start, document.positionAt(chosen.found.end)),
    TextEditorRevealType.InCenterIfOutsideViewport,
  );
}

async function find(object: ObjectRef): Promise<Found[]> {
  const { Manifest } = await import('../core/yaml.ts');
  const files = await workspace.findFiles('**/*.{yaml,yml,json}', '**/{node_modules,.git}/**', MOST_FILES);
  const all = await Promise.all(
    files.map(async (uri) => {
      const bytes = await workspace.fs.readFile(uri).then(
        (b) => b,
        () => undefined,
      );
      const text = bytes ? DECODER.decode(bytes) : '';
      if (!text.includes(object.name) || !text.includes(object.kind)) return [];
      return new Manifest(text).objects
        .filter((o) => o.kind === object.kind && o.name === object.name)
        .filter((o) => !o.namespace || !object.namespace || o.namespace === object.namespace)
        .map(({ start, end }) => ({ uri, start, end }));
    }),
  );
  return all.flat();
}
