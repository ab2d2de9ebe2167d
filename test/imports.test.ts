import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Which folder may import from which (DESIGN: imports go one way). `*.ts` in src/ itself are the two programs: the
 * extension knows everyone, the command line knows all but the editor.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/cluster': ['src/core'],
  'src/demo': ['src/core'],
  'src/editor': ['src/core', 'src/cluster'],
  webview: ['src/core'],
  'src/cli': ['src/core', 'src/cluster', 'src/demo'],
  'src/cli.ts': ['src/cli', 'src/core', 'src/cluster', 'src/demo'],
  'src/extension.ts': ['src/core', 'src/cluster', 'src/demo', 'src/editor'],
};
/** Who may import `vscode`: `types: []` does not stop an import of it. */
const mayUseVSCode = ['src/editor', 'src/extension.ts'];

const owner = (file: string) => Object.keys(allowed).find((each) => file === each || file.startsWith(`${each}/`));

interface Import {
  readonly file: string;
  readonly from: string;
}

/** All imports that a file names: static, dynamic, of types, and what it exports from elsewhere. */
function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8');
  const statement = /^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*'([^']+)'/gm;
  const call = /\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]/g;
  return [statement, call].flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => ({ file, from: match[1] ?? '' })),
  );
}

const files = globSync(['src/**/*.ts', 'webview/**/*.ts']).sort();
const imports = files.flatMap(importsOf);

describe('imports', () => {
  it('finds the imports that it judges', () => {
    assert.ok(files.length > 20, `only ${files.length} files`);
    assert.ok(imports.length > files.length);
  });

  it('belongs each file to a folder that has a rule', () => {
    assert.deepEqual(
      files.filter((file) => !owner(file)),
      [],
    );
  });

  it('go one way', () => {
    const wrong = imports.flatMap(({ file, from }) => {
      if (!from.startsWith('.')) return [];
      const target = owner(path.posix.normalize(path.posix.join(path.posix.dirname(file), from)));
      const mine = owner(file);
      const fine = target !== undefined && mine !== undefined && (target === mine || allowed[mine]?.includes(target));
      return fine ? [] : [`${file} imports ${from}`];
    });
    assert.deepEqual(wrong, []);
  });

  it('of vscode are only in the editor', () => {
    const wrong = imports.filter(({ file, from }) => from === 'vscode' && !mayUseVSCode.includes(owner(file) ?? ''));
    assert.deepEqual(wrong, []);
  });

  it('in core are of core alone, and of packages as pure as it is', () => {
    const wrong = imports.filter(
      ({ file, from }) => file.startsWith('src/core/') && !/^\.|^(yaml|ipaddr\.js)$/.test(from),
    );
    assert.deepEqual(wrong, []);
  });

  it('of the Kubernetes client are only in src/cluster', () => {
    const wrong = imports.filter(
      ({ file, from }) => from.startsWith('@kubernetes/') && !file.startsWith('src/cluster/'),
    );
    assert.deepEqual(wrong, []);
  });

  it('lead to where a thing is: nobody passes on what is not theirs', () => {
    const wrong = files.filter((file) => /^export\b[^'";=(]*\bfrom\s*'/m.test(readFileSync(file, 'utf8')));
    assert.deepEqual(wrong, []);
  });

  it('name the file, with its ending', () => {
    const wrong = imports.filter(({ from }) => from.startsWith('.') && !/\.(ts|css|json)$/.test(from));
    assert.deepEqual(wrong, []);
  });
});
