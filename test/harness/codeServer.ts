// code-server carries the whole of VS Code for the browser. It has a folder of its own in the cache: it is large, takes
// minutes to build, and none of its packages belong among ours.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './modules.mjs';
import { inPlace, run, step, sweep } from './steps.mjs';
import { cache, ensureBuildTools } from './system.ts';

const version = '4.139.1';

/** code-server's folder, installed first when it is not there yet. */
export async function ensureCodeServer(): Promise<string> {
  const home = path.join(cache, `code-server-${version}-node${process.versions.modules}`);
  const folder = path.join(home, 'node_modules', 'code-server');
  await sweep(home);
  if (existsSync(folder)) return folder;
  if (process.platform === 'win32') {
    throw new Error('code-server does not run on Windows: set VSCODE_PATH to the Code.exe of a desktop VS Code.');
  }
  await ensureBuildTools();
  await mkdir(cache, { recursive: true });
  await step(`code-server ${version}, once (about 2 minutes, 617 MB in ${cache})`, () =>
    inPlace(home, async (place) => {
      await mkdir(place, { recursive: true });
      await writeFile(path.join(place, 'package.json'), JSON.stringify({ private: true }));
      const headers = path.join(root, `node_modules/node/node_modules/node-${process.platform}-${process.arch}`);
      await run('npm', ['install', '--no-audit', '--no-fund', `code-server@${version}`], {
        cwd: place,
        env: {
          ...withoutNpm(process.env),
          // Its packages are built for the Node that will run it, with the headers that came with it.
          ...(existsSync(path.join(headers, 'include')) && { npm_config_nodedir: headers }),
          // npm 12 runs install scripts only of packages that a project approved; code-server installs a tree of its own.
          npm_config_dangerously_allow_all_scripts: 'true',
        },
      });
    }),
  );
  return folder;
}

/** What the npm that started us says of itself and its Node: code-server's set-up takes it for the npm that runs it. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { npm_config_user_agent: _, npm_node_execpath: __, npm_execpath: ___, NODE: ____, ...rest } = env;
  return rest;
}
