/**
 * Manifests as they are while somebody writes them: half-written, templated by Helm, several documents in a file, YAML or
 * JSON. Total: never throws, says less where less can be read.
 */
// The only YAML parser of the field that gives ranges and goes on after an error.
import { type Document, isMap, isPair, isScalar, type Node, type ParsedNode, parseAllDocuments, visit } from 'yaml';

/** A Kubernetes object written in a text. Offsets count UTF-16 units, as editors do. */
export interface WrittenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As written; absent: the one that it is applied to. */
  readonly namespace?: string;
  /** Where its first field begins. */
  readonly start: number;
  readonly end: number;
}

/** A scalar under the cursor, and where it stands in its object. */
export interface Field {
  readonly object?: WrittenObject;
  /** `['spec', 'ports', 0, 'nodePort']`. */
  readonly path: readonly (string | number)[];
  /** True when the cursor is on the key, not on the value. */
  readonly onKey: boolean;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Longer texts are not parsed: a hover is not worth a second of work. */
const LONGEST = 1_000_000;
/** Stands for a character of a template, so that offsets stay and no name is taken for real. */
const HOLE = '_';

type Parsed = readonly (readonly [Document.Parsed<ParsedNode>, WrittenObject | undefined])[];

/** A text read once, to be asked many times. */
export class Manifest {
  private readonly documents: Parsed;

  constructor(text: string) {
    this.documents = text.length > LONGEST ? [] : parse(text);
  }

  /** Every object with a kind and a name that no template makes. A List gives its items. */
  get objects(): readonly WrittenObject[] {
    return this.documents.flatMap(([document, object]) => (object ? [object] : itemsOf(document)));
  }

  /** The field under the cursor. */
  fieldAt(offset: number): Field | undefined {
    for (const [document, object] of this.documents) {
      const range = document.contents?.range;
      if (!range || offset < range[0] || offset > range[2]) continue;
      const own = object ?? itemsOf(document).find((o) => offset >= o.start && offset <= o.end);
      return fieldIn(document, offset, own);
    }
    return undefined;
  }
}

/**
 * Helm's `{{ … }}`: a line of its own becomes a blank line, inside a line each character becomes a hole. No template holds
 * another `{{`: so a text full of them is read once, not once for each.
 */
export function withoutTemplates(text: string): string {
  const blank = (s: string, by: string) => s.replace(/[^\n]/g, by);
  return text
    .replace(/^[ \t-]*\{\{(?:[^{}]|\}(?!\})|\{(?!\{))*\}\}[ \t]*$/gm, (s) => blank(s, ' '))
    .replace(/\{\{(?:[^{}]|\}(?!\})|\{(?!\{))*\}\}/g, (s) => {
      const [first = '', ...rest] = s.split('\n');
      return [blank(first, HOLE), ...rest.map((line) => blank(line, ' '))].join('\n');
    });
}

function parse(text: string): Parsed {
  try {
    const documents = parseAllDocuments(withoutTemplates(text), { uniqueKeys: false, logLevel: 'silent' });
    return Array.isArray(documents) ? documents.map((d) => [d, objectOf(d.contents)] as const) : [];
  } catch {
    return []; // a text that the parser gives up on is a text without objects
  }
}

function text(node: unknown, ...path: string[]): string {
  let at: unknown = node;
  for (const key of path) at = isMap(at) ? at.get(key, true) : undefined;
  const value = isScalar(at) ? at.value : undefined;
  const written = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return written.includes(HOLE) ? '' : written; // no name of Kubernetes has an underscore
}

function objectOf(node: unknown): WrittenObject | undefined {
  if (!isMap(node)) return undefined;
  const [apiVersion, kind, name] = [text(node, 'apiVersion'), text(node, 'kind'), text(node, 'metadata', 'name')];
  const namespace = text(node, 'metadata', 'namespace');
  const [start, end] = (node as ParsedNode).range;
  if (!kind || !name) return undefined;
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}), start, end };
}

function itemsOf(document: Document.Parsed<ParsedNode>): WrittenObject[] {
  const items: unknown = isMap(document.contents) ? document.contents.get('items', true) : undefined;
  const nodes = typeof items === 'object' && items !== null && 'items' in items ? (items.items as unknown[]) : [];
  return nodes.map(objectOf).filter((o) => o !== undefined);
}

function fieldIn(document: Document.Parsed<ParsedNode>, offset: number, object?: WrittenObject): Field | undefined {
  let found: Field | undefined;
  const has = (node: unknown): node is Node & { range: [number, number, number] } => {
    const range = (node as Node | undefined)?.range;
    return !!range && offset >= range[0] && offset <= range[1];
  };
  visit(document, {
    Scalar(key, node, ancestors) {
      if (!has(node) || node.value === null) return undefined;
      found = {
        ...(object ? { object } : {}),
        path: pathOf(node, ancestors),
        onKey: key === 'key',
        value: String(node.value),
        start: node.range[0],
        end: node.range[1],
      };
      return visit.BREAK;
    },
  });
  return found;
}

function pathOf(node: unknown, ancestors: readonly unknown[]): (string | number)[] {
  const path: (string | number)[] = [];
  [...ancestors, node].forEach((it, i, all) => {
    if (isPair(it)) path.push(isScalar(it.key) ? String(it.key.value) : '');
    else if (i + 1 < all.length && isSequence(it)) path.push(it.items.indexOf(all[i + 1]));
  });
  return path;
}

const isSequence = (it: unknown): it is { items: unknown[] } =>
  typeof it === 'object' && it !== null && 'items' in it && Array.isArray(it.items) && !isMap(it);
