/**
 * Host ↔ page. The page gets the whole picture in one message and remembers nothing else; it sends only names.
 * Both unions and the check of what the page sends (the webview is hostile ground).
 */
import type { Action, Choice, Diagram, FindingView, NodeDetails, View } from './diagram.ts';
import type { Verdict } from './path.ts';

/** The whole page, in one value. */
export interface Picture {
  readonly title: string;
  readonly namespace: string;
  readonly context: string;
  readonly verdict: Verdict;
  /** The path in one sentence. */
  readonly sentence: string;
  readonly wayBack: string;
  readonly diagram: Diagram;
  /** Mermaid text of `diagram`, with HTML labels. */
  readonly mermaid: string;
  readonly details: readonly NodeDetails[];
  readonly findings: readonly FindingView[];
  readonly ports: readonly Choice[];
  readonly entrances: readonly Choice[];
  readonly froms: readonly Choice[];
  readonly view: View;
  readonly banners: readonly Banner[];
  /** Time of the facts, RFC 3339; `staleSince` when they are not followed any more. */
  readonly at: string;
  readonly staleSince?: string;
}

/** A state of the whole page that says what to do next. */
export interface Banner {
  readonly kind: 'stale' | 'rights' | 'insecure' | 'error' | 'info';
  readonly text: string;
  readonly actions: readonly Action[];
}

/** Host → page. `empty` stands in for the picture: loading, or why there is none. */
export type ToPage =
  | { readonly type: 'picture'; readonly picture: Picture }
  | {
      readonly type: 'empty';
      readonly kind: 'loading' | 'error' | 'no-rights' | 'not-found';
      readonly title: string;
      readonly text: string;
      readonly actions: readonly Action[];
    };

/** Page → host. */
export type FromPage =
  | { readonly type: 'ready'; readonly view?: View }
  | { readonly type: 'act'; readonly node: string; readonly action: string }
  /** An action of a banner or of the empty state. */
  | { readonly type: 'page-act'; readonly action: string }
  | { readonly type: 'choose'; readonly what: 'port' | 'entrance' | 'from'; readonly id: string }
  | { readonly type: 'select'; readonly node: string | null }
  | { readonly type: 'unfold'; readonly node: string; readonly open: boolean };

/** A name as the page may send it: anything longer was never ours. */
const name = (v: unknown): v is string => typeof v === 'string' && v.length <= 512;
const names = (v: unknown): v is readonly string[] => Array.isArray(v) && v.length <= 1000 && v.every(name);
const fields = (v: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Readonly<Record<string, unknown>>) : undefined;

/** What the page sent, made anew from the fields we know; undefined when it is not of this union. */
export function checkFromPage(value: unknown): FromPage | undefined {
  const m = fields(value);
  switch (m?.['type']) {
    case 'ready': {
      const view = checkView(m['view']);
      return view ? { type: 'ready', view } : { type: 'ready' };
    }
    case 'act':
      return name(m['node']) && name(m['action']) ? { type: 'act', node: m['node'], action: m['action'] } : undefined;
    case 'page-act':
      return name(m['action']) ? { type: 'page-act', action: m['action'] } : undefined;
    case 'choose': {
      const what = (['port', 'entrance', 'from'] as const).find((w) => w === m['what']);
      return what && name(m['id']) ? { type: 'choose', what, id: m['id'] } : undefined;
    }
    case 'select':
      return m['node'] === null || name(m['node']) ? { type: 'select', node: m['node'] } : undefined;
    case 'unfold':
      return name(m['node']) && typeof m['open'] === 'boolean'
        ? { type: 'unfold', node: m['node'], open: m['open'] }
        : undefined;
    default:
      return undefined;
  }
}

/** A view that the page kept over a reload; fields that are not right are left out. */
function checkView(value: unknown): View | undefined {
  const v = fields(value);
  if (!v) return undefined;
  const { port, entrance, from, selected, unfolded } = v;
  return {
    ...(name(port) ? { port } : {}),
    ...(name(entrance) ? { entrance } : {}),
    ...(from === 'laptop' || from === 'cluster' ? { from } : {}),
    ...(name(selected) ? { selected } : {}),
    unfolded: names(unfolded) ? [...unfolded] : [],
  };
}
