/** A scenario folder → its snapshot. `cluster.yaml` holds the objects, `scenario.yaml` what else is so, and why it is here. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { From } from '../../src/core/path.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { type Build, objectsOf, snapshot } from './build.ts';

const root = new URL('../scenarios/', import.meta.url);

interface Scenario extends Omit<Build, 'objects'> {
  /** What the scenario is about, in a sentence. */
  readonly about: string;
  readonly from?: From;
  /** The right to list Services of other names is lacking. */
  readonly otherServices?: 'forbidden';
}

/** All scenarios' names. */
export const scenarios = readdirSync(root, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name)
  .sort();

/** Where a file of a scenario lies. */
export const fileOf = (name: string, file: string): URL => new URL(`${name}/${file}`, root);

/** The facts of a scenario, and where its client stands (by default: this computer). */
export function read(name: string): { about: string; facts: Snapshot; from: From } {
  const scenario = parse(readFileSync(fileOf(name, 'scenario.yaml'), 'utf8')) as Scenario;
  const facts = snapshot({ ...scenario, objects: objectsOf(readFileSync(fileOf(name, 'cluster.yaml'), 'utf8')) });
  const why = 'forbidden: needs list services';
  return {
    about: scenario.about,
    facts: scenario.otherServices ? { ...facts, otherServices: { known: false, why } } : facts,
    from: scenario.from ?? { kind: 'laptop' },
  };
}
