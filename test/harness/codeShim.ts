#!/usr/bin/env node
// Stands in for the program of a desktop VS Code, for @vscode/test-electron: takes the same arguments and runs the suite in
// code-server and a headless browser. Exit code 0: the suite ran and passed.
import path from 'node:path';
import { format } from 'node:util';
import { startVSCode } from './vscode.ts';

const value = (name: string) =>
  process.argv.flatMap((argument) => (argument.startsWith(`--${name}=`) ? [argument.slice(name.length + 3)] : []));
const tests = value('extensionTestsPath');
// The page's URL can name one extension to develop; others are linked into the extensions folder.
const [extension = '', ...others] = value('extensionDevelopmentPath');
const workspace = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? process.cwd();

/** What mocha prints; the rest of what goes through the same channel is VS Code's own talk. */
const isReport = (type: string, text: string) =>
  type === 'log' || /^ *(✔|\d+\)|\d+ (passing|failing|pending))|^ {2,}\S/.test(text);

const vscode = await startVSCode({ driver: true, link: others });
let code = 1;
try {
  const { page } = vscode;
  const ended = new Promise<number>((resolve, reject) => {
    page.on('crash', () => reject(new Error("VS Code's page crashed.")));
    void page.exposeFunction('codeAutomationExit', resolve);
  });
  await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
    const text = format(...args);
    if (process.env['VSCODE_LOG'] || isReport(type, text)) process.stdout.write(`${text}\n`);
  });
  const payload = [
    ['extensionDevelopmentPath', vscode.remote(extension)] as const,
    ...tests.map((file) => ['extensionTestsPath', vscode.remote(file)] as const),
  ];
  await page.goto(vscode.url(path.resolve(workspace), payload));
  code = await ended;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
} finally {
  await vscode.stop();
}
process.exit(code);
