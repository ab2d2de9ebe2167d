/**
 * The diagram: what is drawn, as data. Lanes are places, nodes are hops (or a fold of many), edges are links of the
 * chosen entrance. `draw()` is pure; Mermaid's syntax is in mermaid.ts.
 */
import type { FindingLevel, HopKind, HopStatus, Verdict } from './path.ts';

/** A place, nested as places are nested in the world. */
export interface Lane {
  readonly id: string;
  readonly title: string;
  readonly parent?: string;
}

/** A box: a hop, or several pods in one. */
export interface DiagramNode {
  /** `n` and a hash of `hop`: safe in the DOM, and the same hop has the same in every picture. */
  readonly id: string;
  /** The hop's id, or `fold/…` for several pods in one box. */
  readonly hop: string;
  readonly kind: HopKind;
  readonly lane: string;
  readonly icon: string;
  readonly title: string;
  readonly address: string;
  readonly note: string;
  readonly status: HopStatus;
  /** Number of pods in this box, when it is a fold; a click unfolds it. */
  readonly folds?: number;
}

/** A line between two boxes. */
export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  /** way: the chosen entrance's. skipped: part of the Service's full way that it does not take. left-out: no traffic now. order: invisible, keeps ranks. */
  readonly style: 'way' | 'skipped' | 'left-out' | 'order';
  readonly label?: string;
  /** On a broken way: `here` leads to the hop where requests end, `before` is behind it and never taken. */
  readonly stops?: 'here' | 'before';
}

/** All that is drawn. */
export interface Diagram {
  readonly lanes: readonly Lane[];
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

/** An act that a hop offers. The page sends only `node` and `action`; the host checks that it offered them. */
export interface Action {
  /** `copy-address`, `copy-kubectl`, `open-yaml`, `reveal`, `open-manifest`, `unfold`, `fold`, `copy-role`, `copy-command/CODE`. */
  readonly id: string;
  readonly label: string;
  readonly icon: string;
  readonly primary?: boolean;
}

/** What the page shows beside the picture for one node. */
export interface NodeDetails {
  readonly node: string;
  /** What this kind of hop is and does, in one line, for a learner. */
  readonly meaning: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly findings: readonly FindingView[];
  readonly evidence: readonly {
    readonly source: string;
    readonly value: string;
    readonly vantage: string;
    readonly at: string;
  }[];
  readonly actions: readonly Action[];
}

/** A finding as the page shows it. */
export interface FindingView {
  readonly code: string;
  readonly level: FindingLevel;
  readonly says: string;
  readonly try: string;
  readonly command?: string;
  /** Node to select when it is chosen. */
  readonly node?: string;
  /** The port to choose to see it, when it is of another than the chosen one. */
  readonly port?: string;
  readonly laptopOnly: boolean;
}

/** One of several that a person may choose, and what comes of it. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly status?: Verdict;
}

/** What a person has chosen in a panel; kept by the host, given to the page to keep over a reload. */
export interface View {
  readonly port?: string;
  readonly entrance?: string;
  readonly from?: 'laptop' | 'cluster';
  readonly selected?: string;
  readonly unfolded: readonly string[];
}
