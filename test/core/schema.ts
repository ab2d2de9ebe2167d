/** The report against its JSON Schema: as published, and strictly (no field that the schema does not describe). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

type Schema = Record<string, unknown>;

/** The published schema. */
export const schema = JSON.parse(
  readFileSync(new URL('../../src/core/report.schema.json', import.meta.url), 'utf8'),
) as Schema;

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, validateFormats: false });
const strictly = ajv.compile(closed(schema) as Schema);

/** Fails when the value is no report, or has a field that the schema does not know. */
export function validReport(value: unknown): void {
  assert.ok(strictly(value), ajv.errorsText(strictly.errors));
}

/** Readers must take fields that are added later; our own output must not have one that nobody described. */
function closed(s: unknown): unknown {
  if (Array.isArray(s)) return s.map(closed);
  if (typeof s !== 'object' || s === null) return s;
  const inner = Object.fromEntries(Object.entries(s).map(([k, v]) => [k, closed(v)]));
  return 'properties' in s && !('additionalProperties' in s) ? { ...inner, additionalProperties: false } : inner;
}
