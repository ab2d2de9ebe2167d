/** The kubelet in its smallest form: a scheduled pod → image pulled, container running, ready; or why not. */

import { App } from './app.ts';
import { tell } from './events.ts';
import { PODS } from './kinds.ts';
import type { Condition, ContainerState, ContainerStatus, Pod } from './objects.ts';
import { schedule } from './scheduler.ts';
import { type Store, timestamp } from './store.ts';
import { since } from './workloads.ts';

/** Images that "the registry" has; any other fails to be pulled. */
const PULLABLE =
  /^(traffic-path\/(api:v0\.[12]|client:1|node-tools:1)|registry\.k8s\.io\/.+|gcr\.io\/k8s-minikube\/.+|(docker\.io\/)?(library\/)?(nginx|httpd|busybox|redis|postgres)(:(latest|alpine|stable|\d[\w.-]*))?)$/;

const NODE = '192.168.49.2';
/** How long each step takes, unless the demo is just starting. */
const STEP_MS = 400;

interface Run {
  app?: App;
  restarts: number;
  lastState: ContainerState;
  timer?: NodeJS.Timeout;
  logs: App['log'];
}

/** Runs the pods of the one node. */
export class Kubelet {
  readonly #store: Store;
  readonly #runs = new Map<string, Run>();
  #nextAddress = 2;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The application of a pod's container, while it runs. */
  app(pod: Pod): App | undefined {
    return this.#runs.get(pod.metadata.uid)?.app;
  }

  /** Lines for `kubectl logs`; `previous`: of the container before the last restart. */
  logs(pod: Pod, previous: boolean): readonly { at: number; line: string }[] {
    const run = this.#runs.get(pod.metadata.uid);
    return (previous ? run?.logs : (run?.app?.log ?? run?.logs)) ?? [];
  }

  /** Looks at one pod: called whenever it was written. */
  look(pod: Pod): void {
    if (this.#runs.has(pod.metadata.uid)) return;
    if (!schedule(this.#store, pod)) return;
    const run: Run = { restarts: 0, lastState: {}, logs: [] };
    this.#runs.set(pod.metadata.uid, run);
    this.#after(pod, 0, () => this.#start(pod.metadata.namespace ?? '', pod.metadata.name));
  }

  /** Takes a pod as it is: it has its status already, and no program runs in it. */
  adopt(pod: Pod): void {
    this.#runs.set(pod.metadata.uid, { restarts: 0, lastState: {}, logs: [] });
  }

  /** Stops it: its connections end. */
  forget(pod: Pod): void {
    const run = this.#runs.get(pod.metadata.uid);
    clearTimeout(run?.timer);
    run?.app?.close();
    this.#runs.delete(pod.metadata.uid);
  }

  stop(): void {
    for (const run of this.#runs.values()) {
      clearTimeout(run.timer);
      run.app?.close();
    }
    this.#runs.clear();
  }

  #tell(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void {
    tell(this.#store, 'kubelet', pod, type, reason, message, container);
  }

  #after(pod: Pod, ms: number, step: () => void): void {
    if (this.#store.asOf !== undefined && ms <= STEP_MS) {
      step();
      return;
    }
    const run = this.#runs.get(pod.metadata.uid);
    if (!run) return;
    clearTimeout(run.timer);
    run.timer = setTimeout(step, ms);
  }

  #now(namespace: string, name: string): { pod: Pod; run: Run } | undefined {
    const pod = this.#store.get(PODS, namespace, name);
    const run = pod && this.#runs.get(pod.metadata.uid);
    return pod && run && { pod, run };
  }

  #start(namespace: string, name: string): void {
    const found = this.#now(namespace, name);
    if (!found) return;
    const { pod } = found;
    const podIP = pod.spec.hostNetwork ? NODE : this.#address();
    const addresses = { hostIP: NODE, hostIPs: [{ ip: NODE }], podIP, podIPs: [{ ip: podIP }] };
    const startTime = timestamp(this.#store.now());
    const started = this.#set(pod, { ...pod.status, startTime, ...addresses });
    const refused = pod.spec.containers.find((c) => !PULLABLE.test(c.image));
    if (refused) {
      const reference = /^[^/]+\.[^/]+\//.test(refused.image)
        ? refused.image
        : `docker.io/${refused.image.includes('/') ? '' : 'library/'}${refused.image}`;
      const message = `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${reference}: not found`;
      this.#tell(pod, 'Normal', 'Pulling', `Pulling image "${refused.image}"`, refused.name);
      this.#tell(
        pod,
        'Warning',
        'Failed',
        `Failed to pull image "${refused.image}": rpc error: code = NotFound desc = ${message}`,
        refused.name,
      );
      this.#tell(pod, 'Warning', 'Failed', 'Error: ErrImagePull', refused.name);
      this.#containers(
        started,
        { waiting: { reason: 'ErrImagePull', message: `rpc error: code = NotFound desc = ${message}` } },
        false,
      );
      this.#after(pod, STEP_MS, () => {
        const now = this.#now(namespace, name);
        if (!now) return;
        const says = `Back-off pulling image "${refused.image}"`;
        this.#tell(pod, 'Normal', 'BackOff', says, refused.name);
        this.#tell(pod, 'Warning', 'Failed', 'Error: ImagePullBackOff', refused.name);
        this.#containers(
          now.pod,
          {
            waiting: {
              reason: 'ImagePullBackOff',
              message: `${says}: ErrImagePull: rpc error: code = NotFound desc = ${message}`,
            },
          },
          false,
        );
      });
      return;
    }
    if (this.#store.asOf === undefined) this.#containers(started, { waiting: { reason: 'ContainerCreating' } }, false);
    this.#after(pod, STEP_MS, () => this.#run(namespace, name));
  }

  #run(namespace: string, name: string): void {
    const found = this.#now(namespace, name);
    if (!found) return;
    const { pod, run } = found;
    const at = this.#store.now();
    for (const c of pod.spec.containers) {
      this.#tell(pod, 'Normal', 'Pulled', `Container image "${c.image}" already present on machine`, c.name);
      this.#tell(pod, 'Normal', 'Created', `Created container: ${c.name}`, c.name);
      this.#tell(pod, 'Normal', 'Started', `Started container ${c.name}`, c.name);
    }
    const env = pod.spec.containers[0]?.env?.find((e) => e.name === 'CRASH')?.value;
    if (env === 'true' || env === '1') {
      run.logs = [{ at, line: `${timestamp(at).replaceAll('-', '/').replace('T', ' ').slice(0, 19)} crash: asked to` }];
      this.#exit(pod, run, 1, at);
      return;
    }
    run.app = new App(pod, (exitCode) => this.#changed(namespace, name, exitCode), at);
    const state = { running: { startedAt: timestamp(at) } };
    const probed = pod.spec.containers.some((c) => c.readinessProbe);
    if (probed && this.#store.asOf === undefined) this.#containers(pod, state, false);
    this.#after(pod, probed ? STEP_MS : 0, () => this.#changed(namespace, name));
  }

  /** The application is as it is now: does its readiness probe pass? */
  #changed(namespace: string, name: string, exitCode?: number): void {
    const found = this.#now(namespace, name);
    if (!found?.run.app) return;
    const { pod, run } = found;
    const { app } = run;
    if (!app) return;
    if (exitCode !== undefined) {
      run.logs = app.log;
      app.close();
      delete run.app;
      this.#exit(pod, run, exitCode, app.startedAt);
      return;
    }
    const probes = pod.spec.containers.flatMap((c) =>
      c.readinessProbe ? [{ c, says: app.probe(c.readinessProbe, pod) }] : [],
    );
    const failing = probes.find((p) => p.says !== undefined);
    if (failing) this.#tell(pod, 'Warning', 'Unhealthy', `Readiness probe failed: ${failing.says}`, failing.c.name);
    this.#containers(pod, { running: { startedAt: timestamp(app.startedAt) } }, !failing);
    // It is tried again and again, and each failure is told.
    const seconds = failing?.c.readinessProbe?.periodSeconds ?? 10;
    if (failing) this.#after(pod, seconds * 1_000, () => this.#changed(namespace, name));
  }

  #exit(pod: Pod, run: Run, exitCode: number, startedAt: number): void {
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const finishedAt = timestamp(this.#store.now());
    run.lastState = {
      terminated: {
        exitCode,
        reason,
        startedAt: timestamp(startedAt),
        finishedAt,
        containerID: `containerd://${'0'.repeat(64)}`,
      },
    };
    // The back-off doubles, as the kubelet's does, but begins at two seconds and ends at one minute.
    const backOff = Math.min(60, 2 ** Math.min(run.restarts + 1, 6));
    const [c] = pod.spec.containers;
    const message = `back-off ${backOff}s restarting failed container=${c?.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
    this.#tell(
      pod,
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${c?.name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
      c?.name,
    );
    if (this.#store.asOf !== undefined) run.restarts = 3;
    this.#containers(pod, { waiting: { reason: 'CrashLoopBackOff', message } }, false);
    this.#after(pod, backOff * 1_000, () => {
      run.restarts++;
      this.#run(pod.metadata.namespace ?? '', pod.metadata.name);
    });
  }

  #containers(pod: Pod, state: ContainerState, ready: boolean): void {
    const run = this.#runs.get(pod.metadata.uid);
    const running = state.running !== undefined;
    const containerStatuses = pod.spec.containers.map(
      (c, i): ContainerStatus => ({
        name: c.name,
        image: c.image,
        imageID: running ? `docker.io/${c.image}@sha256:${'0'.repeat(64)}` : '',
        ...(running && {
          containerID: `containerd://${`${pod.metadata.uid.replaceAll('-', '')}${i}${run?.restarts ?? 0}`.padEnd(64, '0')}`,
        }),
        ready,
        started: running,
        restartCount: i === 0 ? (run?.restarts ?? 0) : 0,
        state,
        lastState: i === 0 ? (run?.lastState ?? {}) : {},
      }),
    );
    const names = pod.spec.containers.map((c) => c.name).join(' ');
    const unready = ready
      ? {}
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
    const status = ready ? 'True' : 'False';
    const conditions: Condition[] = [
      { type: 'PodReadyToStartContainers', status: 'True' },
      { type: 'Initialized', status: 'True' },
      { type: 'Ready', status, ...unready },
      { type: 'ContainersReady', status, ...unready },
      { type: 'PodScheduled', status: 'True' },
    ];
    const started = running || (run?.restarts ?? 0) > 0 || run?.lastState.terminated;
    this.#set(pod, { ...pod.status, phase: started ? 'Running' : 'Pending', conditions, containerStatuses });
  }

  #set(given: Pod, status: Pod['status']): Pod {
    const { namespace, name } = given.metadata;
    const pod = this.#store.get(PODS, namespace, name);
    if (!pod || pod.metadata.uid !== given.metadata.uid) return given;
    const conditions = status.conditions?.map((c) => since(c, pod.status.conditions, this.#store.now()));
    return this.#store.update(PODS, { ...pod, status: { ...status, ...(conditions && { conditions }) } });
  }

  /** The next free one of 10.244.0.0/24, never one that was used a moment ago. */
  #address(): string {
    const taken = new Set(this.#store.list(PODS).map((p) => p.status.podIP));
    for (let i = 0; i < 253; i++) {
      const ip = `10.244.0.${this.#nextAddress}`;
      this.#nextAddress = this.#nextAddress >= 254 ? 2 : this.#nextAddress + 1;
      if (!taken.has(ip)) return ip;
    }
    return '10.244.0.255';
  }
}
