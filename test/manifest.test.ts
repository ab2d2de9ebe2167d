/** package.json and the tables in code say the same. `UPDATE=1` rewrites package.json's commands and menus from the tables. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  COMMANDS,
  CONTEXT_KEYS,
  type CommandDeclaration,
  EXPLORER_NODES,
  MENUS,
  SETTINGS,
  VIEW,
} from '../src/editor/manifest.ts';

const file = new URL('../package.json', import.meta.url);
const read = () => JSON.parse(readFileSync(file, 'utf8'));
const declarations: [string, CommandDeclaration][] = Object.entries(COMMANDS);

const commands = declarations.map(([command, c]) => ({
  command,
  title: c.title,
  category: c.category,
  ...(c.icon ? { icon: c.icon } : {}),
}));
const menus = {
  commandPalette: declarations.flatMap(([command, c]) => (c.palette ? [{ command, when: c.palette }] : [])),
  ...MENUS,
};

describe('package.json', () => {
  before(() => {
    if (!process.env['UPDATE']) return;
    const pkg = read();
    pkg.contributes = { ...pkg.contributes, commands, menus };
    writeFileSync(file, `${JSON.stringify(pkg, null, 2)}\n`);
  });

  it('declares the commands of the table, with their titles', () => {
    assert.deepEqual(read().contributes.commands, commands);
  });

  it('shows them in the menus of the table', () => {
    assert.deepEqual(read().contributes.menus, menus);
  });

  it('names only commands that exist in walkthrough, welcome views and menus', () => {
    const named = [...JSON.stringify(read().contributes).matchAll(/command:([\w.]+)/g)].map((m) => m[1] ?? '');
    assert.ok(named.length > 0);
    for (const c of named.filter((n) => n.startsWith('trafficPath.')))
      assert.ok(c in COMMANDS, `${c} is not a command of this extension`);
  });

  it('has walkthrough steps that end by commands and languages that there are', () => {
    const [walkthrough, ...others] = read().contributes.walkthroughs;
    assert.deepEqual(others, []);
    const events: string[] = walkthrough.steps.flatMap((s: { completionEvents: string[] }) => s.completionEvents);
    assert.equal(events.length, walkthrough.steps.length);
    for (const event of events)
      assert.ok(event === 'onLanguage:yaml' || event.replace('onCommand:', '') in COMMANDS, event);
  });

  it('has each command in the palette, by itself or when its thing is there', () => {
    const known = [...Object.values(CONTEXT_KEYS), "activeWebviewPanelId == 'trafficPath.path'"];
    for (const [id, { palette }] of declarations)
      assert.ok(palette === undefined || known.includes(palette.replace(/^!/, '')), `${id}: ${palette}`);
  });

  it('offers the trace on the explorer’s nodes that lead to a Service, and on no others', () => {
    const pattern = new RegExp(/=~ \/(.*)\/i$/.exec(EXPLORER_NODES)?.[1] ?? '', 'i');
    for (const kind of ['service', 'pod', 'deployment', 'ingress'])
      for (const value of [`vsKubernetes.resource.${kind}`, `vsKubernetes.resource.${kind}k8s-watchable`])
        assert.match(value, pattern);
    for (const kind of ['serviceaccount', 'secret', 'podsecuritypolicy', 'ingressclass', 'node'])
      assert.doesNotMatch(`vsKubernetes.resource.${kind}`, pattern);
  });

  it('declares the settings of the table, each with its default and a description', () => {
    const declared = read().contributes.configuration.properties;
    assert.deepEqual(
      Object.keys(declared).sort(),
      Object.values(SETTINGS)
        .map((s) => s.key)
        .sort(),
    );
    for (const s of Object.values(SETTINGS)) {
      assert.deepEqual(declared[s.key].default, s.default, s.key);
      assert.ok(declared[s.key].markdownDescription?.length > 40, `${s.key} has no description`);
    }
  });

  it('keeps settings that name a file or a program from a workspace that is not trusted', () => {
    const { untrustedWorkspaces } = read().capabilities;
    assert.equal(untrustedWorkspaces.supported, 'limited');
    assert.deepEqual(
      untrustedWorkspaces.restrictedConfigurations,
      Object.values(SETTINGS)
        .filter((s) => s.restricted)
        .map((s) => s.key),
    );
  });

  it('has a welcome text for each state in which the Services view is empty', () => {
    const whens = read().contributes.viewsWelcome.map((w: { view: string; when: string }) => `${w.view} ${w.when}`);
    for (const state of ['no-kubeconfig', 'unreachable', 'no-rights', 'no-services', 'no-match'])
      assert.ok(
        whens.some((w: string) => w.startsWith(VIEW) && w.includes(`'${state}'`)),
        state,
      );
  });

  it('names files that exist: icons and walkthrough pictures', () => {
    const pkg = read();
    const files = [pkg.icon, ...[...JSON.stringify(pkg.contributes).matchAll(/"(media\/[^"]+)"/g)].map((m) => m[1])];
    for (const f of files) assert.ok(existsSync(new URL(`../${f}`, import.meta.url)), String(f));
  });
});
