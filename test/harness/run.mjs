// node run.mjs FILE [ARGUMENTS]: sets up node_modules when that is needed, then runs FILE on Node 24.
// Every script of package.json goes through here, so each works in a fresh clone.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureModules, node24, root } from './modules.mjs';

const [file, ...args] = process.argv.slice(2);
try {
  await ensureModules();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}

// Ctrl-C reaches the child as well; it decides when to end. Said first: a signal can come as soon as the child is there.
let child;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT') child?.kill(signal);
  });
}
child = spawn(node24, [path.resolve(root, file), ...args], {
  // File names in the arguments are meant from where the user stands; npm itself moves to the checkout.
  cwd: file.startsWith('src/') ? (process.env.INIT_CWD ?? process.cwd()) : root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}` },
});
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
