// The Microsoft Kubernetes extension as far as Traffic Path sees it. Its nodes hold their data in private fields, so that
// only resolveCommandTarget can tell what was clicked.
const vscode = require('vscode');

const kinds = {
  Service: 'service',
  Pod: 'pod',
  Deployment: 'deployment',
  Ingress: 'ingress',
  ServiceAccount: 'serviceaccount',
};

class Node {
  #resource;
  constructor(manifestKind, name, namespace) {
    this.#resource = {
      nodeType: 'resource',
      name,
      namespace,
      resourceKind: { manifestKind, abbreviation: kinds[manifestKind] },
    };
  }
  get item() {
    const { name, resourceKind } = this.#resource;
    const item = new vscode.TreeItem(`${resourceKind.manifestKind} ${name}`);
    item.contextValue = `vsKubernetes.resource.${resourceKind.abbreviation}${resourceKind.manifestKind === 'ServiceAccount' ? '' : 'k8s-watchable'}`;
    return item;
  }
  static target(node) {
    return node instanceof Node ? node.#resource : undefined;
  }
}

exports.activate = () => {
  // Namespace null: that of the current context, as the real explorer has it.
  const nodes = [
    new Node('Service', 'api-service', null),
    new Node('Deployment', process.env.STUB_DEPLOYMENT ?? 'api-server', 'default'),
    new Node('ServiceAccount', 'default', 'default'),
  ];
  vscode.window.registerTreeDataProvider('extension.vsKubernetesExplorer', {
    getChildren: (parent) => (parent ? [] : nodes),
    getTreeItem: (node) => node.item,
  });
  // A link as a browser hands it over: VS Code's own scheme in place of SCHEME.
  vscode.commands.registerCommand('stub.openLink', async () => {
    const link = await vscode.window.showInputBox({ prompt: 'Link' });
    if (link)
      await vscode.commands.executeCommand(
        'vscode.open',
        vscode.Uri.parse(link.replace('SCHEME', vscode.env.uriScheme)),
      );
  });
  const apis = {
    'clusterexplorer v1.1': { resolveCommandTarget: (node) => Node.target(node) },
    'configuration v1.1': {
      getKubeconfigPath: () => ({ pathType: 'host', hostPath: process.env.STUB_KUBECONFIG ?? process.env.KUBECONFIG }),
    },
  };
  return {
    /** For tests: a node as the explorer has it. */
    nodes: (kind, name, namespace) => new Node(kind, name, namespace),
    get: (component, version) => {
      const api = apis[`${component} ${version}`];
      return api ? { available: true, api } : { available: false, reason: 'version-unknown' };
    },
  };
};
