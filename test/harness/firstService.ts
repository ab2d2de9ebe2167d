// What `npm start` shows first, and what it says of it: only what the cluster itself confirms is promised.
import { existsSync } from 'node:fs';
import { ClusterError } from '../../src/cluster/errors.ts';
import { loadKubeconfig } from '../../src/cluster/kubeconfig.ts';
import { createClient } from '../../src/cluster/request.ts';

/** The command line asks for what cannot be: exit code 2. */
export class WrongUse extends Error {}

const tutorial = 'default/api-service';

/** The Service to trace first (none: the Services view alone), and the sentence that says so. */
export async function firstService(
  kubeconfig: string | undefined,
  asked: string | undefined,
): Promise<{ service: string; says: string }> {
  const service = asked ?? tutorial;
  const [namespace = '', name = '', ...more] = service.split('/');
  if (!namespace || !name || more.length > 0) throw new WrongUse(`--service ${service}: write NAMESPACE/NAME.`);
  const traced = { service, says: `It opens with ${service} traced.` };
  if (kubeconfig === undefined)
    return asked === undefined
      ? traced
      : { service, says: `It opens the path to ${service}, as far as the demo cluster has it.` };
  const why = await whyNot(kubeconfig, namespace, name);
  if (why === undefined) return traced;
  if (asked !== undefined) return { service, says: `It opens what can be known of ${service}: ${why}` };
  return { service: '', says: `It opens the Services view, and traces nothing yet: ${why}` };
}

/** Why this Service cannot be promised; undefined: the cluster has it. */
async function whyNot(kubeconfig: string, namespace: string, name: string): Promise<string | undefined> {
  if (kubeconfig === '' || !existsSync(kubeconfig)) throw new WrongUse(`There is no kubeconfig ${kubeconfig}.`);
  const { contexts, warnings, target } = await loadKubeconfig({ env: process.env, setting: kubeconfig });
  if (contexts.length === 0) {
    const reasons = warnings.length > 0 ? warnings.join(' ') : 'it holds no context.';
    throw new WrongUse(`The kubeconfig ${kubeconfig} cannot be used: ${reasons}`);
  }
  let client: ReturnType<typeof createClient> | undefined;
  try {
    client = createClient(await target());
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;
    await client.json(path, { signal: AbortSignal.timeout(5000) });
    return undefined;
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error.kind === 'not-found') return `the cluster has no Service ${namespace}/${name}.`;
    if (error.kind === 'cancelled') return 'the cluster did not answer within 5 s.';
    return error.message;
  } finally {
    client?.dispose();
  }
}
