/**
 * The Microsoft Kubernetes extension, when it is there: which kubeconfig it uses, and what was clicked in its explorer.
 * Optional: the shapes are those of vscode-kubernetes-tools-api (clusterexplorer v1.1, configuration v1.1), each checked.
 */
import { extensions } from 'vscode';
import type { Sources } from '../cluster/kubeconfig.ts';
import type { ObjectRef } from '../core/path.ts';
import { kubeconfigSetting } from './settings.ts';

const ID = 'ms-kubernetes-tools.vscode-kubernetes-tools';

type Fields = Readonly<Record<string, unknown>>;
const fields = (v: unknown): Fields => (typeof v === 'object' && v !== null ? (v as Fields) : {});

/** Asks the extension for one of its APIs. It is started only when somebody needs it. */
async function api(component: string, version: string): Promise<Fields | undefined> {
  const extension = extensions.getExtension<unknown>(ID);
  if (!extension) return undefined;
  const broker = fields(await extension.activate());
  const get = broker['get'];
  if (typeof get !== 'function') return undefined;
  const answer = fields(get.call(broker, component, version));
  return answer['available'] === true ? fields(answer['api']) : undefined;
}

/** Where to look for a kubeconfig: our setting, the companion's path, the environment. */
export async function kubeconfigSources(): Promise<Sources> {
  const [setting, companion] = [kubeconfigSetting(), await companionKubeconfig()];
  return { env: process.env, ...(setting.length > 0 ? { setting } : {}), ...(companion ? { companion } : {}) };
}

/** The kubeconfig that the companion is set to, when it runs already; a path inside WSL is not ours to read. */
async function companionKubeconfig(): Promise<string | undefined> {
  if (!extensions.getExtension(ID)?.isActive) return undefined;
  try {
    const configuration = await api('configuration', 'v1.1');
    const get = configuration?.['getKubeconfigPath'];
    if (typeof get !== 'function') return undefined;
    const path = fields(get.call(configuration));
    return path['pathType'] === 'host' && typeof path['hostPath'] === 'string' ? path['hostPath'] : undefined;
  } catch {
    return undefined; // its trouble is not ours
  }
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  Service: 'v1',
  Pod: 'v1',
  Deployment: 'apps/v1',
  Ingress: 'networking.k8s.io/v1',
};

/** The object behind a node of the companion's explorer. */
export async function companionTarget(node: unknown): Promise<ObjectRef | undefined> {
  const explorer = await api('clusterexplorer', 'v1.1').catch(() => undefined);
  const resolve = explorer?.['resolveCommandTarget'];
  if (typeof resolve !== 'function') return undefined;
  const target = fields(resolve.call(explorer, node));
  const kind = fields(target['resourceKind'])['manifestKind'];
  const { name, namespace } = target;
  if (target['nodeType'] !== 'resource' || typeof kind !== 'string' || typeof name !== 'string') return undefined;
  const apiVersion = API_VERSIONS[kind];
  if (!apiVersion) return undefined;
  return { apiVersion, kind, name, ...(typeof namespace === 'string' && namespace ? { namespace } : {}) };
}
