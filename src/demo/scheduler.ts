/** The scheduler in its smallest form: nodeSelector and unschedulable decide, resources and taints do not. */

import { tell } from './events.ts';
import { NODES, PODS } from './kinds.ts';
import type { Pod } from './objects.ts';
import type { Store } from './store.ts';
import { since } from './workloads.ts';

/** Gives the pod a node, or says on it why there is none. True when it has one. */
export function schedule(store: Store, pod: Pod): boolean {
  if (pod.spec.nodeName) return true;
  const nodes = store.list(NODES);
  const wanted = Object.entries(pod.spec.nodeSelector ?? {});
  const open = nodes.filter((n) => !n.spec.unschedulable);
  const node = open.find((n) => wanted.every(([k, v]) => n.metadata.labels?.[k] === v))?.metadata.name;
  if (node) {
    const { namespace, name } = pod.metadata;
    tell(
      store,
      'default-scheduler',
      pod,
      'Normal',
      'Scheduled',
      `Successfully assigned ${namespace}/${name} to ${node}`,
    );
    store.update(PODS, { ...pod, spec: { ...pod.spec, nodeName: node } });
    return true;
  }
  const closed = nodes.length - open.length;
  const reasons = [
    closed > 0 && `${closed} node(s) were unschedulable`,
    open.length > 0 && `${open.length} node(s) didn't match Pod's node affinity/selector`,
  ].filter(Boolean);
  const none = `0/${nodes.length} nodes are available: `;
  const message = `${none}${reasons.join(', ')}. no new claims to deallocate, preemption: ${none}${nodes.length} Preemption is not helpful for scheduling.`;
  if (pod.status.conditions?.some((c) => c.message === message)) return false;
  tell(store, 'default-scheduler', pod, 'Warning', 'FailedScheduling', message);
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  const conditions = [since(condition, pod.status.conditions, store.now())];
  store.update(PODS, { ...pod, status: { ...pod.status, conditions } });
  return false;
}
