/** `traffic-path contexts` and `traffic-path services`. */
import type { Cluster, ServiceRow } from '../cluster/cluster.ts';
import { ClusterError } from '../cluster/errors.ts';
import { loadKubeconfig } from '../cluster/kubeconfig.ts';
import { diagnose } from '../core/diagnosis/diagnose.ts';
import type { Verdict } from '../core/path.ts';
import { trace } from '../core/trace.ts';
import { type ClusterOptions, note, openCluster, print, table, untilStopped } from './common.ts';

/** Lists what can be traced from here, and the file that each context stands in. */
export async function runContexts(options: { output: 'text' | 'json'; kubeconfig?: string }): Promise<number> {
  const { contexts, warnings } = await loadKubeconfig({
    env: process.env,
    ...(options.kubeconfig === undefined ? {} : { setting: options.kubeconfig }),
  });
  for (const warning of warnings) note(warning);
  const rows = contexts.map(({ name, cluster, server, user, namespace, current, file }) => ({
    name,
    cluster,
    server,
    user,
    namespace,
    current,
    file,
  }));
  if (options.output === 'json') print(JSON.stringify(rows, null, 2));
  else
    print(
      table(
        ['CURRENT', 'NAME', 'CLUSTER', 'USER', 'NAMESPACE', 'FILE'],
        rows.map((c) => [c.current ? '*' : '', c.name, c.cluster, c.user, c.namespace, c.file]),
      ),
    );
  return 0;
}

/** Options of `traffic-path services`. */
export interface ServicesOptions extends ClusterOptions {
  readonly output: 'text' | 'json';
  /** true: look at every Service; false: at none; undefined: only when there are few. */
  readonly findings?: boolean;
}

/** Looking at a Service costs some ten requests: without `--findings` only a short list is looked at. */
const fewServices = 20;
const atOnce = 4;

interface Worst {
  /** Code of the worst finding; null: none, or not looked at (then `verdict` is null too). */
  readonly worst: string | null;
  readonly verdict: Verdict | null;
}

/** Lists Services of one namespace or of all; where only one namespace may be listed, that one, and says so. */
export async function runServices(options: ServicesOptions): Promise<number> {
  const { cluster, namespace } = await openCluster(options);
  const stop = untilStopped();
  try {
    const rows = await list(cluster, options.namespace, namespace, stop.signal);
    const look = options.findings ?? rows.length <= fewServices;
    const worst = look ? await worstOf(cluster, rows, stop.signal) : new Map<ServiceRow, Worst>();
    const told = (r: ServiceRow): Worst => worst.get(r) ?? { worst: null, verdict: null };
    if (options.output === 'json')
      print(
        JSON.stringify(
          rows.map((r) => ({ namespace: r.namespace, name: r.name, type: r.type, ports: r.ports, ...told(r) })),
          null,
          2,
        ),
      );
    else if (rows.length === 0) print('No Services.');
    else {
      print(
        table(
          ['NAMESPACE', 'NAME', 'TYPE', 'CLUSTER-IP', 'PORTS', ...(look ? ['VERDICT', 'WORST'] : [])],
          rows.map((r) => [
            r.namespace,
            r.name,
            r.type,
            r.clusterIP,
            r.ports,
            ...(look ? [told(r).verdict ?? 'unknown', told(r).worst ?? ''] : []),
          ]),
        ),
      );
      if (!look && options.findings === undefined) note('Too many to look at each: --findings does it all the same.');
    }
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  } finally {
    stop.dispose();
    cluster.dispose();
  }
}

async function list(cluster: Cluster, asked: string | undefined, own: string, signal: AbortSignal) {
  try {
    return await cluster.services(asked, signal);
  } catch (error) {
    if (asked !== undefined || !(error instanceof ClusterError) || error.kind !== 'forbidden') throw error;
    note(`Services of all namespaces may not be listed: those of ${own} alone.`);
    return cluster.services(own, signal);
  }
}

async function worstOf(
  cluster: Cluster,
  rows: readonly ServiceRow[],
  signal: AbortSignal,
): Promise<Map<ServiceRow, Worst>> {
  const worst = new Map<ServiceRow, Worst>();
  const left = [...rows];
  const worker = async () => {
    for (let row = left.shift(); row; row = left.shift()) {
      const live = cluster.trace(row);
      try {
        const { verdict, findings } = diagnose(trace(await live.first(signal), { kind: 'laptop' }));
        // What only this computer cannot do is no fault of the Service.
        worst.set(row, { verdict, worst: findings.find((f) => f.from === 'everywhere')?.code ?? null });
      } finally {
        live.dispose();
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return worst;
}
