/** What the page sends is checked field by field: a webview is hostile ground. */
import assert from 'node:assert/strict';
import { checkFromPage } from '../../src/core/messages.ts';

describe('a message of the page', () => {
  const good = [
    { type: 'ready' },
    { type: 'ready', view: { port: '80/TCP', entrance: 'e', from: 'laptop', selected: 'n1', unfolded: ['n2'] } },
    { type: 'act', node: 'n1', action: 'copy-address' },
    { type: 'page-act', action: 'copy-role' },
    { type: 'choose', what: 'port', id: '80/TCP' },
    { type: 'select', node: null },
    { type: 'select', node: 'n1' },
    { type: 'unfold', node: 'n1', open: true },
  ];
  for (const message of good) {
    it(`${JSON.stringify(message)} passes`, () => assert.deepEqual(checkFromPage(message), message));
  }

  const bad = [
    undefined,
    null,
    'ready',
    [],
    {},
    { type: 'boom' },
    { type: 'act', node: 1, action: 'x' },
    { type: 'act', node: 'n1' },
    { type: 'act', node: 'n'.repeat(10_000), action: 'x' },
    { type: 'choose', what: 'colour', id: 'x' },
    { type: 'select' },
    { type: 'unfold', node: 'n1', open: 'yes' },
  ];
  for (const message of bad) {
    it(`${(JSON.stringify(message) ?? 'undefined').slice(0, 60)} is refused`, () =>
      assert.equal(checkFromPage(message), undefined));
  }

  it('keeps only known fields', () => {
    const message = { type: 'act', node: 'n1', action: 'x', __proto__: { evil: 1 }, more: 1 };
    assert.deepEqual(checkFromPage(message), { type: 'act', node: 'n1', action: 'x' });
    const view = { type: 'ready', view: { port: 1, from: 'moon', unfolded: [1], more: 1 } };
    assert.deepEqual(checkFromPage(view), { type: 'ready', view: { unfolded: [] } });
  });
});
