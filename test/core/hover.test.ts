/** What a hover says of an address, from a trace, from the Services list, from one look-up. */
import assert from 'node:assert/strict';
import { diagnose } from '../../src/core/diagnosis/diagnose.ts';
import { type Answer, answerFrom, answerOf, hoverMarkdown } from '../../src/core/hover.ts';
import type { Subject } from '../../src/core/subject.ts';
import { trace } from '../../src/core/trace.ts';
import { snapshot } from './build.ts';
import { kubeProxy, minikubeNode, pod, service, slice, tutorial } from './objects.ts';

const tutorialPath = diagnose(trace(snapshot({ objects: tutorial() }), { kind: 'cluster' }));
const row = {
  namespace: 'shop',
  name: 'web',
  type: 'NodePort',
  clusterIP: '10.96.7.7',
  externalIP: '<none>',
  ports: '80:31000/TCP',
};
const ask = (subject: Subject, namespace = 'default') => answerFrom(subject, [tutorialPath], [row], namespace);
const said = (answer: Answer | undefined) => [answer?.title, ...(answer?.lines ?? [])].filter(Boolean).join('\n');
const api = { namespace: 'default', name: 'api-service' };

describe('a hover', () => {
  it('tells a pod by its address: ready, its labels, its node, its Service', () => {
    const answer = ask({ is: 'address', address: '10.244.0.5', port: 8080 });
    assert.match(said(answer), /^Pod default\/api-/);
    assert.match(said(answer), /ready since \d{4}-/);
    assert.match(said(answer), /app=api/);
    assert.match(said(answer), /node minikube/);
    assert.match(said(answer), /Behind at least Service `default\/api-service`/);
    assert.deepEqual(answer?.services, [api]);
  });

  it('tells a Service by its ClusterIP, its name, its DNS name', () => {
    for (const subject of [
      { is: 'address', address: '10.96.123.45', port: 8080 },
      { is: 'service', name: 'api-service', sure: true },
      { is: 'service', name: 'api-service', namespace: 'default', sure: true },
    ] satisfies Subject[]) {
      const answer = ask(subject);
      assert.equal(answer?.title, 'Service default/api-service');
      assert.match(said(answer), /NodePort.*8080:30080\/TCP/);
    }
  });

  it('does not take a Service of another namespace for it', () => {
    assert.equal(ask({ is: 'service', name: 'api-service', sure: true }, 'shop'), undefined);
    assert.equal(ask({ is: 'service', name: 'api-service', namespace: 'x', sure: true }), undefined);
  });

  it('tells a nodePort and a node', () => {
    assert.equal(ask({ is: 'node-port', port: 30080 })?.title, 'nodePort 30080 → Service default/api-service');
    const node = ask({ is: 'address', address: '192.168.49.2', port: 30080 });
    assert.equal(node?.title, 'Node minikube');
    assert.deepEqual(node?.services, [api]);
    assert.deepEqual(ask({ is: 'address', address: '192.168.49.2' })?.services, []);
  });

  it('answers from the Services list what no trace knows', () => {
    assert.equal(ask({ is: 'address', address: '10.96.7.7' })?.title, 'Service shop/web');
    assert.equal(ask({ is: 'node-port', port: 31000 })?.title, 'Service shop/web');
    assert.equal(ask({ is: 'node-port', port: 3100 }), undefined);
    assert.equal(ask({ is: 'address', address: '10.9.9.9' }), undefined);
  });

  it('names the finding at the hop that is pointed at', () => {
    const objects = [
      minikubeNode(),
      ...kubeProxy('iptables'),
      service('api-service', { selector: { app: 'none' } }),
      pod('api-1', '10.244.0.5'),
      slice('api-service', []),
    ];
    const broken = diagnose(trace(snapshot({ objects }), { kind: 'cluster' }));
    const answer = answerFrom({ is: 'address', address: '10.96.123.45' }, [broken], [], 'default');
    assert.deepEqual(
      answer?.findings.map((f) => f.code),
      ['selector-matches-nothing'],
    );
    assert.match(answer ? hoverMarkdown(answer, () => 'x') : '', /\$\(error\) \*\*selector-matches-nothing\*\*/);
  });

  it('tells every traced Service that selects a pod, and none that does not', () => {
    const objects = [
      service('one', { selector: { app: 'api' } }),
      service('two', { selector: { app: 'api' } }),
      service('other', { selector: { app: 'none' } }),
      pod('api-1', '10.244.0.5'),
    ];
    const all = ['other', 'one', 'two'].map((name) =>
      diagnose(trace(snapshot({ objects, name }), { kind: 'cluster' })),
    );
    const answer = answerFrom({ is: 'address', address: '10.244.0.5' }, all, [], 'default');
    assert.match(said(answer), /Behind at least Service `default\/one`, Service `default\/two`$/);
    assert.deepEqual(
      answer?.services.map((s) => s.name),
      ['one', 'two'],
    );
  });

  it('calls a Service without a ClusterIP headless', () => {
    const headless = { ...row, type: 'ClusterIP', clusterIP: 'None' };
    const answer = answerFrom({ is: 'service', name: 'web', namespace: 'shop', sure: true }, [], [headless], 'default');
    assert.match(said(answer), /ClusterIP · headless \\\(no ClusterIP\\\)/);
  });

  it('says that no Service leads to a pod that a look-up found', () => {
    const answer = answerOf({ kind: 'Pod', namespace: 'a', name: 'p', note: 'ready', services: [] });
    assert.match(said(answer), /No Service leads to it/);
    assert.deepEqual(answer.services, []);
  });

  it('shows names as they are: no Markdown, no icons, no links in them', () => {
    const name = 'a](command:evil) $(error) **b** <img>';
    const text = hoverMarkdown(
      answerOf({ kind: 'Pod', namespace: 'n', name, note: '$(x) y', services: [] }),
      () => 'x',
    );
    assert.doesNotMatch(text, /[^\\]\]\(|[^\\]\$\(|[^\\]<img/);
  });
});
