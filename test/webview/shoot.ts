/** Pictures of the page, to look at: `node test/webview/shoot.ts FOLDER [FIXTURE|scenario/NAME[@select=HOP][@unfold][@inside] …] [--theme NAME …] [--narrow]`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { boxId } from '../../src/core/boxes.ts';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import type { View } from '../../src/core/diagram.ts';
import { draw } from '../../src/core/picture.ts';
import { trace } from '../../src/core/trace.ts';
import { read } from '../core/scenario.ts';
import { type FixtureName, fixtures } from './fixtures.ts';
import { startSite } from './page.ts';
import { type ThemeName, themes } from './themes.ts';

const [folder = '.', ...rest] = process.argv.slice(2);
const wanted = rest.filter((a) => !a.startsWith('--'));
const chosen = rest.flatMap((a) => (a.startsWith('--theme=') ? a.slice(8).split(',') : [])) as ThemeName[];
const narrow = rest.includes('--narrow');

const ofScenario = (name: string) => {
  const { facts, from } = read(name);
  return diagnose(trace(facts, from));
};

const site = await startSite();
await mkdir(folder, { recursive: true });
for (const each of wanted.length > 0 ? wanted : Object.keys(fixtures)) {
  const [name = '', ...flags] = each.split('@');
  const diagnosis = name.startsWith('scenario/') ? ofScenario(name.slice(9)) : fixtures[name as FixtureName]();
  for (const theme of chosen.length > 0 ? chosen : (Object.keys(themes) as ThemeName[])) {
    const open = await site.open(narrow ? { theme, width: 300, height: 800 } : { theme });
    const hop = flags.find((f) => f.startsWith('select='))?.slice(7);
    const from = flags.includes('inside') ? { from: 'cluster' as const } : {};
    let view: View = { unfolded: [], ...from, ...(hop ? { selected: boxId(hop) } : {}) };
    if (flags.includes('unfold')) {
      const fold = draw(diagnosis, view).diagram.nodes.find((n) => n.folds);
      view = { ...view, unfolded: fold ? [fold.id] : [] };
    }
    await open.send({ type: 'picture', picture: draw(diagnosis, view) });
    await open.page.waitForTimeout(150);
    await open.page.screenshot({
      path: join(folder, `${each.replaceAll(/[@=/]/g, '_')}-${theme}${narrow ? '-narrow' : ''}.png`),
      fullPage: narrow,
    });
    const violations = await open.violations();
    if (violations.length > 0) console.error(each, theme, violations);
    await open.close();
  }
}
await site.close();
