// `vscode` outside VS Code: everything that its types name is there and does nothing. For measuring imports only.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const types = readFileSync(new URL('../../node_modules/@types/vscode/index.d.ts', import.meta.url), 'utf8');
const names = new Set(
  [...types.matchAll(/^\s{0,4}export (?:class|enum|namespace|const) (\w+)/gm)].map((match) => match[1]),
);
const source = `const any = new Proxy(function () {}, {
  get: (target, key) => (key === 'prototype' ? target.prototype : key === Symbol.toPrimitive ? () => '' : any),
  apply: () => any, construct: () => ({}) });
${[...names].map((name) => `export const ${name} = any;`).join('\n')}`;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: 'vscode:double', format: 'module', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === 'vscode:double' ? { format: 'module', source, shortCircuit: true } : next(url, context),
});
