/** The demo's own network: who answers at an address, as a packet from a pod or a port-forward would find out. No real packet is sent. */

import { type Duplex, duplexPair } from 'node:stream';
import type { App } from './app.ts';
import { NODES, PODS, SERVICES, SLICES } from './kinds.ts';
import type { Kubelet } from './kubelet.ts';
import type { Pod, Service } from './objects.ts';
import type { Store } from './store.ts';

/** Why a connection did not come about, by Node's names. */
export class Unreachable extends Error {
  readonly code: 'ECONNREFUSED' | 'ETIMEDOUT' | 'ENOTFOUND' | 'EHOSTUNREACH';

  constructor(code: Unreachable['code']) {
    super(code);
    this.code = code;
  }
}

/** Who answers where. */
export class Network {
  readonly #store: Store;
  readonly #kubelet: Kubelet;

  constructor(store: Store, kubelet: Kubelet) {
    this.#store = store;
    this.#kubelet = kubelet;
  }

  /** A connection to a port of a pod's own 127.0.0.1: what a port-forward reaches. */
  inside(pod: Pod, port: number): Duplex {
    return connect(this.#kubelet.app(pod), port);
  }

  /** A connection from a pod to a name or an address. Throws Unreachable. */
  dial(from: Pod, host: string, port: number): Duplex {
    if (host === 'localhost' || host.startsWith('127.')) return this.inside(from, port);
    const [address] = this.lookup(host, from.metadata.namespace ?? '');
    if (!address) throw new Unreachable('ENOTFOUND');
    const pod = this.#store.list(PODS).find((p) => p.status.podIP === address && !p.spec.hostNetwork);
    if (pod) return connect(this.#kubelet.app(pod), port);
    const services = this.#store.list(SERVICES);
    const service = services.find((s) => s.spec.clusterIP === address);
    if (service) return this.#through(service, (p) => p.port === port);
    const node = this.#store.list(NODES).some((n) => n.status.addresses.some((a) => a.address === address));
    if (!node) throw new Unreachable('EHOSTUNREACH');
    const published = services.find((s) => s.spec.ports?.some((p) => p.nodePort === port));
    if (!published) throw new Unreachable('ECONNREFUSED');
    return this.#through(published, (p) => p.nodePort === port);
  }

  /** Addresses of a name as the cluster's DNS answers from that namespace; empty: NXDOMAIN. An address is its own. */
  lookup(host: string, namespace: string): readonly string[] {
    if (/^[\d.]+$/.test(host) || host.includes(':')) return [host];
    const labels = host
      .replace(/\.$/, '')
      .replace(/\.svc(\.cluster\.local)?$/, '')
      .split('.');
    const [name = '', space = namespace, third] = labels;
    const service = this.#store.get(SERVICES, third ?? space, third ? space : name);
    if (!service || service.spec.type === 'ExternalName') return [];
    const { clusterIP } = service.spec;
    if (clusterIP !== 'None') return third || !clusterIP ? [] : [clusterIP];
    const ready = this.#endpoints(service).filter((e) => e.conditions.ready && (!third || e.hostname === name));
    return ready.flatMap((e) => e.addresses);
  }

  /** As kube-proxy sends it on: refused without endpoints, lost where the Service has no such port. */
  #through(service: Service, is: (port: NonNullable<Service['spec']['ports']>[number]) => boolean): Duplex {
    const port = service.spec.ports?.find(is);
    if (!port) throw new Unreachable('ETIMEDOUT');
    const slices = this.#slices(service).flatMap((s) => {
      const number = s.ports?.find((p) => p.name === (port.name ?? ''))?.port;
      return number
        ? (s.endpoints ?? []).filter((e) => e.conditions.ready).map((e) => ({ number, ip: e.addresses[0] }))
        : [];
    });
    const chosen = slices[Math.floor(Math.random() * slices.length)];
    if (!chosen) throw new Unreachable('ECONNREFUSED');
    const pod = this.#store.list(PODS).find((p) => p.status.podIP === chosen.ip);
    if (!pod) throw new Unreachable('EHOSTUNREACH');
    return connect(this.#kubelet.app(pod), chosen.number);
  }

  #slices(service: Service) {
    const { namespace, name } = service.metadata;
    return this.#store
      .list(SLICES, namespace)
      .filter((s) => s.metadata.labels?.['kubernetes.io/service-name'] === name);
  }

  #endpoints(service: Service) {
    return this.#slices(service).flatMap((s) => s.endpoints ?? []);
  }
}

function connect(app: App | undefined, port: number): Duplex {
  if (!app?.ports.includes(port)) throw new Unreachable('ECONNREFUSED');
  const [ours, theirs] = duplexPair();
  app.accept(theirs);
  return ours;
}
