/** Mermaid's text. That Mermaid itself reads it as it is meant is tested in a browser, test/webview/. */
import assert from 'node:assert/strict';
import { toMermaid } from '../../src/core/mermaid.ts';
import { draw } from '../../src/core/picture.ts';
import { diagnosis, fixtures } from '../webview/fixtures.ts';

const closed = { unfolded: [] };

describe('Mermaid text', () => {
  it('for the page holds no name of the cluster', () => {
    const { mermaid } = draw(fixtures.hostile(), closed);
    assert.doesNotMatch(mermaid, /script|img|x{20}|שלום|quot|bold/);
    assert.match(mermaid, /^flowchart TB\n/);
  });

  it('for the page stays as it is while only states change', () => {
    const well = diagnosis({
      pods: [
        { name: 'a', ip: '10.244.0.5' },
        { name: 'b', ip: '10.244.0.6' },
      ],
    });
    const ill = diagnosis({
      verdict: 'degraded',
      pods: [
        { name: 'a', ip: '10.244.0.5' },
        { name: 'b', ip: '10.244.0.6', status: 'error', leftOut: 'not ready' },
      ],
    });
    const replaced = diagnosis({
      pods: [
        { name: 'a', ip: '10.244.0.5' },
        { name: 'c', ip: '10.244.0.9' },
      ],
    });
    const more = diagnosis({ pods: [{ name: 'a', ip: '10.244.0.5' }] });
    const text = draw(well, closed).mermaid;
    assert.equal(draw(ill, closed).mermaid, text);
    assert.equal(draw(replaced, closed).mermaid, text);
    assert.notEqual(draw(more, closed).mermaid, text);
  });

  it('for viewers holds every sign of a name as an entity', () => {
    const text = toMermaid(draw(fixtures.hostile(), closed).diagram, { html: false });
    const labels = [...text.matchAll(/"([^"\n]*)"/g)].map((m) => m[1]?.replaceAll('<br/>', '') ?? '');
    assert.ok(labels.length > 10);
    for (const label of labels) assert.doesNotMatch(label.replaceAll(/#\d+;/g, ''), /[<>"'`*_#;&[\]{}()|\\]/);
  });

  it('stays below the length that Mermaid refuses, also with 10,000 pods', () => {
    const d = fixtures['pods-10000']();
    const all = draw(d, closed).diagram.nodes.map((n) => n.id);
    const { mermaid, diagram } = draw(d, { unfolded: all });
    assert.ok(mermaid.length < 50_000, `${mermaid.length}`);
    assert.ok(diagram.edges.length < 500);
    assert.ok(toMermaid(draw(d, closed).diagram, { html: false }).length < 50_000);
  });
});
