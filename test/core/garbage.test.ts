/**
 * Whatever the API server, a manifest or a half-read answer holds, the stream from objects to picture never throws and what
 * comes out is a report. Objects of the scenarios are damaged at random places; a failure names its seed.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import type { From } from '../../src/core/path.ts';
import { draw } from '../../src/core/picture.ts';
import { toReport } from '../../src/core/report.ts';
import { toMarkdown, toText } from '../../src/core/reportText.ts';
import { roleFor } from '../../src/core/rights.ts';
import { trace } from '../../src/core/trace.ts';
import { type Forbidden, type Obj, objectsOf, snapshot } from './build.ts';
import { fileOf, read, scenarios } from './scenario.ts';
import { validReport } from './schema.ts';

const garbage: readonly unknown[] = [
  null,
  '',
  'x',
  '💥"<b>\u001b[31m',
  0,
  -1,
  65536,
  1e21,
  true,
  [],
  {},
  [null],
  [{}],
  { a: 1 },
];
const froms: readonly From[] = [
  { kind: 'laptop' },
  { kind: 'cluster' },
  { kind: 'node', name: 'minikube' },
  { kind: 'pod', name: 'nobody' },
];
const rights: readonly Forbidden[] = [
  'services',
  'endpointslices',
  'pods',
  'workloads',
  'nodes',
  'events',
  'kube-proxy',
  'dns',
];

/** Small, seeded, good enough: https://en.wikipedia.org/wiki/Xorshift */
function random(seed: number): (below: number) => number {
  let x = seed * 2654435761 + 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** Removes or overwrites one thing somewhere inside. */
function damage(value: unknown, below: (n: number) => number): void {
  if (typeof value !== 'object' || value === null) return;
  const keys = Object.keys(value).filter((k) => k !== 'kind');
  const key = keys[below(keys.length || 1)];
  if (key === undefined) return;
  const inner = (value as Obj)[key];
  if (typeof inner === 'object' && inner !== null && below(5) > 0) damage(inner, below);
  else if (below(2) === 0 && !Array.isArray(value)) delete (value as Obj)[key];
  else (value as Obj)[key] = garbage[below(garbage.length)];
}

describe('damaged objects', () => {
  for (const name of scenarios)
    it(`${name}: never throws, always a report`, function () {
      this.timeout(20_000);
      const yaml = readFileSync(fileOf(name, 'cluster.yaml'), 'utf8');
      const { facts } = read(name);
      for (let seed = 1; seed <= 10; seed++) {
        const below = random(seed);
        const objects = objectsOf(yaml);
        // The ConfigMap's text is read by the reader, which has its own tests.
        const spoilt = objects.filter((o) => o['kind'] !== 'ConfigMap');
        for (let n = below(12); n >= 0; n--) damage(spoilt[below(spoilt.length)], below);
        const forbidden = rights.filter(() => below(8) === 0);
        try {
          const damaged = snapshot({
            objects,
            forbidden,
            namespace: facts.namespace,
            name: facts.name,
            connection: facts.connection,
            laptop: facts.laptop,
            tunnels: facts.tunnels,
          });
          const diagnosis = diagnose(trace(damaged, froms[below(froms.length)] ?? { kind: 'laptop' }));
          const report = toReport(diagnosis);
          validReport(JSON.parse(JSON.stringify(report)));
          const hops = new Set(report.hops.map((h) => h.id));
          for (const f of report.findings)
            for (const h of [f.hop, ...(f.alsoHops ?? [])]) assert.ok(hops.has(h), `${f.code} at ${h}`);
          for (const e of report.entrances) for (const h of e.hops) assert.ok(hops.has(h), `${e.id} passes ${h}`);
          draw(diagnosis, { unfolded: [] });
          assert.ok(!toText(report).includes('\u001b'), 'an escape sequence gets into the terminal');
          toMarkdown(report);
          roleFor(damaged);
        } catch (error) {
          throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
        }
      }
    });
});
