/** Events: what the cluster's components tell of the objects they look after. */

import { randomBytes } from 'node:crypto';
import { EVENTS } from './kinds.ts';
import type { EventObject, Obj } from './objects.ts';
import { type Store, timestamp } from './store.ts';

/** Who tells. */
export type Component = 'kubelet' | 'default-scheduler' | 'replicaset-controller' | 'deployment-controller';

/** A component tells no more than so many of one kind (client-go's spam filter). */
const BURST = 25;

/** Tells an event about an object; the same one again is counted. `container`: which one of the pod. */
export function tell(
  store: Store,
  component: Component,
  about: Obj,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  container?: string,
): void {
  const { namespace = 'default', name, uid } = about.metadata;
  const now = timestamp(store.now());
  const is = (e: EventObject) => e.involvedObject.uid === uid && e.reason === reason && e.message === message;
  const same = store.list(EVENTS, namespace).find(is);
  if (same) {
    if (same.count < BURST) store.update(EVENTS, { ...same, count: same.count + 1, lastTimestamp: now });
    return;
  }
  const { kind, apiVersion } = about;
  const fieldPath = container && `spec.containers{${container}}`;
  const host = component === 'kubelet' ? 'minikube' : '';
  const event: EventObject = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace } as EventObject['metadata'],
    involvedObject: { kind, namespace, name, uid, apiVersion, ...(fieldPath && { fieldPath }) },
    reason,
    message,
    source: { component, ...(host && { host }) },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: host,
  };
  store.create(EVENTS, event);
}
