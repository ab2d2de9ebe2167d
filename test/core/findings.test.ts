/** Codes are public: those in the code, in docs/findings.md and in the scenarios are the same ones. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { Report } from '../../src/core/report.ts';
import { fileOf, scenarios } from './scenario.ts';

const rules = new URL('../../src/core/diagnosis/', import.meta.url);
const source = readdirSync(rules, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.ts'))
  .map((f) => readFileSync(new URL(f, rules), 'utf8'));
/** Words in quotes that look like a code, where a finding gets its code. */
const inCode = new Set(
  source.flatMap((s) => [
    ...[...s.matchAll(/\bcode: (?:[^,\n]*\? )?'([a-z-]+)'(?: : '([a-z-]+)')?/g)].flatMap((m) => [m[1], m[2]]),
    ...[...s.matchAll(/outside\(\s*c,\s*'([a-z-]+)'/g)].map((m) => m[1]),
  ]),
);
inCode.delete(undefined);

const docs = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8');
const rows = [...docs.matchAll(/^\| `([a-z-]+)` \| ([a-z, ]+) \| ([a-z, -]+) \|/gm)];
const found = scenarios.flatMap((name) => {
  const report = JSON.parse(readFileSync(fileOf(name, 'report.json'), 'utf8')) as Report;
  return report.findings.map((f) => ({ ...f, kind: report.hops.find((h) => h.id === f.hop)?.kind ?? '' }));
});

describe('findings', () => {
  it('are all documented, and nothing else is', () => {
    assert.deepEqual(rows.map((r) => r[1]).sort(), [...inCode].sort());
  });
  it('each have a scenario', () => {
    assert.deepEqual([...new Set(found.map((f) => f.code))].sort(), [...inCode].sort());
  });
  it('have the levels and hops that their row says', () => {
    for (const f of found) {
      const [, , levels = '', hops = ''] = rows.find((r) => r[1] === f.code) ?? [];
      // While nothing works at all, what only this computer meets is a note.
      const levelOk = levels.split(', ').includes(f.level) || (f.from === 'laptop' && f.level === 'note');
      assert.ok(levelOk, `${f.code} is ${f.level}, its row says ${levels}`);
      assert.ok(
        hops.split(', ').some((h) => h.replace('endpoints', 'endpoint') === f.kind),
        `${f.code} is at ${f.kind}, its row says ${hops}`,
      );
    }
  });
  it('speak in sentences with the real names', () => {
    for (const f of found) {
      assert.match(f.says, /^[A-Z].*[.!”)]$/s, f.says);
      assert.match(f.try, /^[A-Z].*\.$/s, f.try);
      assert.doesNotMatch(f.says + f.try, /undefined|\[object|NaN|null/, f.says);
    }
  });
});
