/** What a person may choose — port, where the client stands, entrance — and what is chosen when they have not. */
import type { Choice, View } from './diagram.ts';
import type { Diagnosis, Entrance, EntranceKind, Verdict } from './path.ts';

/** The choices of a picture, and the entrance that it draws (none where the Service has no way in). */
export interface Chosen {
  readonly ports: readonly Choice[];
  readonly froms: readonly Choice[];
  readonly entrances: readonly Choice[];
  readonly port: string | undefined;
  readonly from: 'laptop' | 'cluster';
  readonly entrance: Entrance | undefined;
}

/** A Service of a thousand pods has a thousand pod addresses: nobody chooses among them. */
const mostChoices = 30;

const names: Readonly<Record<EntranceKind, string>> = {
  dns: 'DNS name',
  'cluster-ip': 'ClusterIP',
  'node-port': 'NodePort',
  'load-balancer': 'LoadBalancer',
  'external-ip': 'External IP',
  'pod-ip': 'Pod IP',
  'external-name': 'ExternalName',
  'minikube-service': 'minikube service',
  'minikube-tunnel': 'minikube tunnel',
  'port-forward': 'Port-forward',
};

/** Which entrance is drawn first: one that works, then one that is open, then one that is only offered. */
const rank = (e: Entrance): number =>
  e.open ? ({ works: 0, degraded: 1, unknown: 2, broken: 3 } satisfies Record<Verdict, number>)[e.status] : 4;

/** From best to worst: what several ways come to together is the best of them, since a client takes one. */
const order: readonly Verdict[] = ['works', 'degraded', 'unknown', 'broken'];
const best = (of: readonly Entrance[]): Verdict | undefined =>
  order.find((v) => of.some((e) => e.open && e.status === v));
const withStatus = (choice: Choice, status: Verdict | undefined): Choice =>
  status === undefined ? choice : { ...choice, status };

/** Reads the view against what the path has: a choice that is gone falls back to the default. */
export function choose({ path }: Diagnosis, view: View): Chosen {
  const portIds = [
    ...new Set([
      ...(path.service?.ports ?? []).map((p) => `${p.port}/${p.protocol}`),
      ...path.entrances.map((e) => e.port),
    ]),
  ];
  const port = portIds.find((p) => p === view.port) ?? portIds[0];
  const ofPort = path.entrances.filter((e) => e.port === port);
  const stands = path.from.kind === 'laptop' ? 'laptop' : 'cluster';
  // A Service that nothing leads to from here is looked at from inside, until somebody asks.
  const wanted = view.from ?? (ofPort.some((e) => e.client === stands && e.open) ? stands : 'cluster');
  const other = wanted === 'laptop' ? 'cluster' : 'laptop';
  const from = ofPort.some((e) => e.client === wanted) || !ofPort.some((e) => e.client === other) ? wanted : other;
  const mine = ofPort.filter((e) => e.client === from);
  const entrance = mine.find((e) => e.id === view.entrance) ?? mine.toSorted((a, b) => rank(a) - rank(b))[0];
  return {
    port,
    from,
    entrance,
    ports: portIds.map((id) =>
      withStatus({ id, label: portLabel(path.service?.ports, id) }, best(path.entrances.filter((e) => e.port === id))),
    ),
    froms: (['laptop', 'cluster'] as const).map((id) =>
      withStatus(
        { id, label: id === 'laptop' ? 'from this computer' : 'from inside the cluster' },
        best(ofPort.filter((e) => e.client === id)),
      ),
    ),
    entrances: mine
      .filter((e, i) => i < mostChoices || e === entrance)
      .map((e) =>
        withStatus(
          {
            id: e.id,
            label: `${[names[e.kind], e.url.replace(/^https?:\/\//, '')].filter(Boolean).join(' · ')}${e.open ? '' : ' (not running)'}`,
          },
          e.open ? e.status : undefined,
        ),
      ),
  };
}

type Ports = NonNullable<Diagnosis['path']['service']>['ports'];

function portLabel(ports: Ports | undefined, id: string): string {
  const port = ports?.find((p) => `${p.port}/${p.protocol}` === id);
  if (!port) return id;
  const protocol = port.protocol === 'TCP' ? '' : `/${port.protocol}`;
  return `${port.name ? `${port.name} ` : ''}${port.port}${protocol} → ${port.targetPort}`;
}
