/**
 * Scenarios: cluster objects in, report and diagram out, compared with goldens that were read by a person.
 * `UPDATE=1` writes them again.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { toMermaid } from '../../src/core/mermaid.ts';
import { draw } from '../../src/core/picture.ts';
import { toReport } from '../../src/core/report.ts';
import { toMarkdown, toText } from '../../src/core/reportText.ts';
import { trace } from '../../src/core/trace.ts';
import { fileOf, read, scenarios } from './scenario.ts';
import { validReport } from './schema.ts';

const update = Boolean(process.env['UPDATE']);

function golden(name: string, file: string, text: string): void {
  const at = fileOf(name, file);
  if (update) writeFileSync(at, text);
  assert.ok(existsSync(at), `${name}/${file} is missing: write it with UPDATE=1, and read it`);
  assert.equal(text, readFileSync(at, 'utf8'), `${name}/${file} differs: look, then UPDATE=1`);
}

describe('scenarios', () => {
  for (const name of scenarios) {
    const { about, facts, from } = read(name);
    it(`${name}: ${about}`, () => {
      const diagnosis = diagnose(trace(facts, from));
      const report = toReport(diagnosis);
      const diagram = toMermaid(draw(diagnosis, { unfolded: [] }).diagram, { html: false });
      golden(name, 'report.json', `${JSON.stringify(report, null, 2)}\n`);
      golden(name, 'report.txt', toText(report));
      golden(name, 'diagram.mmd', `${diagram.trimEnd()}\n`);

      validReport(JSON.parse(JSON.stringify(report)));
      const hops = new Set(report.hops.map((h) => h.id));
      for (const e of report.entrances)
        for (const id of e.hops) assert.ok(hops.has(id), `entrance ${e.id} passes ${id}, which is no hop`);
      for (const h of report.hops) assert.ok(h.evidence.length > 0, `hop ${h.id} has no evidence`);
      for (const f of report.findings) {
        for (const id of [f.hop, ...(f.alsoHops ?? [])])
          assert.ok(hops.has(id), `${f.code} is at ${id}, which is no hop`);
        assert.ok(f.evidence.length > 0, `${f.code} has no evidence`);
      }
      const told = report.findings.some((f) => f.from === 'everywhere') || report.unknown.length > 0;
      assert.ok(
        told || report.verdict === 'works' || ['external-name', 'missing-fields'].includes(name),
        `${report.verdict}, and nothing says why`,
      );
      const errors = report.findings.filter((f) => f.level === 'error').map((f) => f.code);
      assert.ok(errors.length <= 1, `one cause gives one error, not ${errors.join(', ')}`);
      const prose = toMarkdown(report, diagram)
        .replace(/^(`{3,})[\s\S]*?^\1$/gm, '')
        .replace(/(`+)[\s\S]*?\1/g, '');
      assert.doesNotMatch(prose, /<script/, 'markup of a name gets into the Markdown');
    });
  }

  it('give the same for the same facts, whatever order maps are in', () => {
    const { facts, from } = read('tutorial');
    const once = JSON.stringify(toReport(diagnose(trace(facts, from))));
    assert.equal(JSON.stringify(toReport(diagnose(trace(structuredClone(facts), from)))), once);
  });
});
