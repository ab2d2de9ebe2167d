/**
 * The Microsoft Kubernetes extension, when it is there: which kubeconfig it uses, and what was clicked in its explorer.
 * Optional: the shapes are those of vscode-kubernetes-tools-api (clusterexplorer v1.1, configuration v1.1), each checked.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Disposable, extensions, workspace } from 'vscode';
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

/** It may be slow to start, or never answer: then we look where kubectl looks. */
const PATIENCE_MS = 3000;

/** The companion's kubeconfig as one of the places to look in, followed when it is set to another. */
export class Companion implements Disposable {
  private readonly onKubeconfig: () => void;
  private subscription: { dispose(): unknown } | undefined;

  private readonly trust: Disposable;

  constructor(onKubeconfig: () => void) {
    this.onKubeconfig = onKubeconfig;
    // What the workspace says counts from then on.
    this.trust = workspace.onDidGrantWorkspaceTrust(onKubeconfig);
  }

  /** Where to look for a kubeconfig: our setting, the companion's path, the environment. */
  async sources(): Promise<Sources> {
    const setting = kubeconfigSetting();
    const companion = setting.length > 0 ? undefined : await this.kubeconfig();
    return { env: process.env, ...(setting.length > 0 ? { setting } : {}), ...(companion ? { companion } : {}) };
  }

  /**
   * The kubeconfig that the companion is set to; a path inside WSL is not ours to read. In a workspace that is not trusted
   * its setting may be the workspace's, and a kubeconfig can start programs.
   */
  private async kubeconfig(): Promise<string | undefined> {
    if (!workspace.isTrusted) return undefined;
    try {
      const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS, undefined));
      const configuration = await Promise.race([api('configuration', 'v1.1'), late]);
      const { getKubeconfigPath: get, onDidChangeKubeconfigPath: on } = fields(configuration);
      if (typeof on === 'function') this.subscription ??= on(this.onKubeconfig) as { dispose(): unknown };
      const { pathType, hostPath } = typeof get === 'function' ? fields(get.call(configuration)) : {};
      if (pathType !== 'host' || typeof hostPath !== 'string') return undefined;
      // Set to nothing it tells what the environment says, a list of files even: that we read better ourselves.
      const usual = [process.env['KUBECONFIG'], join(homedir(), '.kube', 'config')];
      return usual.includes(hostPath) ? undefined : hostPath || undefined;
    } catch {
      return undefined; // its trouble is not ours
    }
  }

  dispose(): void {
    this.trust.dispose();
    this.subscription?.dispose();
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
