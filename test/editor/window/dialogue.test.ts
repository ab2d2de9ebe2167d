/** What a page may ask for: only what the last picture offered. */
import assert from 'node:assert/strict';
import { ClusterError } from '../../../src/cluster/errors.ts';
import { diagnose } from '../../../src/core/diagnosis/diagnose.ts';
import { checkFromPage, type FromPage, type ToPage } from '../../../src/core/messages.ts';
import { draw } from '../../../src/core/picture.ts';
import { trace } from '../../../src/core/trace.ts';
import { chosen, emptyFor, offers } from '../../../src/editor/dialogue.ts';
import { snapshot } from '../../core/build.ts';
import { tutorial } from '../../core/objects.ts';

const picture = draw(diagnose(trace(snapshot({ objects: tutorial() }), { kind: 'laptop' })), { unfolded: [] });
const last: ToPage = { type: 'picture', picture };
const node = picture.details.find((d) => d.actions.some((a) => a.id === 'open-yaml'))?.node ?? '';

describe('what a page may ask for', () => {
  it('is an action of the node that offered it', () => {
    assert.ok(node);
    assert.ok(offers({ type: 'act', node, action: 'open-yaml' }, last));
    const client = picture.diagram.nodes.find((n) => n.hop === 'client')?.id ?? '';
    assert.ok(!offers({ type: 'act', node: client, action: 'open-yaml' }, last));
    assert.ok(!offers({ type: 'act', node: 'n0', action: 'open-yaml' }, last));
  });

  it('is a choice that is listed', () => {
    assert.ok(offers({ type: 'choose', what: 'entrance', id: picture.entrances[0]?.id ?? '' }, last));
    assert.ok(!offers({ type: 'choose', what: 'entrance', id: 'tunnel/9' }, last));
    assert.ok(!offers({ type: 'choose', what: 'port', id: '1/TCP' }, last));
  });

  it('is nothing of a picture while there is none', () => {
    const empty = emptyFor(new Error('x'), { namespace: 'a', name: 'b' });
    assert.ok(!offers({ type: 'act', node, action: 'open-yaml' }, empty));
    assert.ok(!offers({ type: 'select', node }, empty));
    assert.ok(offers({ type: 'page-act', action: 'retry' }, empty));
    assert.ok(!offers({ type: 'page-act', action: 'copy-role' }, empty));
  });

  it('has the shape of a message', () => {
    for (const bad of [undefined, null, 1, 'ready', {}, { type: 'act' }, { type: 'act', node: {}, action: 'x' }])
      assert.equal(checkFromPage(bad), undefined);
  });
});

describe('why there is no picture', () => {
  const service = { namespace: 'shop', name: 'web', context: 'prod' };
  it('tells who was refused from who was never asked, and names Service and context', () => {
    const never = emptyFor(new ClusterError('credentials', 'aws was not found.'), service);
    assert.equal(never.title, 'Your credentials could not be made');
    assert.equal(never.text, 'Service shop/web in the context prod: aws was not found.');
    const refused = emptyFor(new ClusterError('credentials', 'No.', { refused: true }), service);
    assert.equal(refused.title, 'The cluster does not accept who you are');
  });
});

describe('the view', () => {
  it('keeps a choice until another is made', () => {
    const messages: Exclude<FromPage, { type: 'ready' | 'act' | 'page-act' }>[] = [
      { type: 'choose', what: 'entrance', id: 'e' },
      { type: 'choose', what: 'from', id: 'cluster' },
      { type: 'choose', what: 'from', id: 'moon' },
      { type: 'select', node: 'n1' },
      { type: 'unfold', node: 'n2', open: true },
      { type: 'unfold', node: 'n2', open: true },
    ];
    const view = messages.reduce(chosen, { unfolded: [] });
    assert.deepEqual(view, { entrance: 'e', from: 'cluster', selected: 'n1', unfolded: ['n2'] });
    assert.deepEqual(
      chosen(chosen(view, { type: 'select', node: null }), { type: 'unfold', node: 'n2', open: false }),
      {
        entrance: 'e',
        from: 'cluster',
        unfolded: [],
      },
    );
  });
});
