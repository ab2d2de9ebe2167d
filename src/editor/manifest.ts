/**
 * What package.json declares, as tables that the code uses: command ids and titles, context keys, context values,
 * settings. No vscode here: test/manifest.test.ts compares these tables with package.json in plain Node.
 */

/** How a command is declared. `hidden`: not in the palette, because it needs a thing to act on. */
export interface CommandDeclaration {
  readonly title: string;
  readonly category: 'Kubernetes' | 'Traffic Path';
  readonly icon?: string;
  /** `when` clause of the palette; `false`: it needs a thing to act on. */
  readonly palette?: string;
}

const panel = "activeWebviewPanelId == 'trafficPath.path'";

/** Every command of the extension; ids are public, keybindings name them. */
export const COMMANDS = {
  'trafficPath.trace': {
    title: 'Trace Traffic Path',
    category: 'Kubernetes',
    icon: '$(type-hierarchy-sub)',
  },
  'trafficPath.switchContext': { title: 'Switch Context', category: 'Traffic Path', icon: '$(arrow-swap)' },
  'trafficPath.startDemo': {
    title: 'Start Demo Cluster',
    category: 'Traffic Path',
    icon: '$(play)',
    palette: '!trafficPath.demo',
  },
  'trafficPath.stopDemo': {
    title: 'Stop Demo Cluster',
    category: 'Traffic Path',
    icon: '$(debug-stop)',
    palette: 'trafficPath.demo',
  },
  'trafficPath.refresh': { title: 'Refresh', category: 'Traffic Path', icon: '$(refresh)' },
  'trafficPath.filter': { title: 'Filter Services…', category: 'Traffic Path', icon: '$(search)' },
  'trafficPath.clearFilter': {
    title: 'Clear Filter',
    category: 'Traffic Path',
    icon: '$(search-stop)',
    palette: 'trafficPath.filtered',
  },
  'trafficPath.chooseNamespaces': { title: 'Choose Namespaces…', category: 'Traffic Path', icon: '$(filter)' },
  'trafficPath.copyMarkdown': { title: 'Copy Path as Markdown', category: 'Traffic Path', palette: panel },
  'trafficPath.copyMermaid': { title: 'Copy Path as Mermaid', category: 'Traffic Path', palette: panel },
  'trafficPath.copyJson': { title: 'Copy Path as JSON', category: 'Traffic Path', palette: panel },
  'trafficPath.copyRole': { title: 'Copy the Role I Need', category: 'Traffic Path', palette: panel },
  'trafficPath.openYaml': { title: 'Open as YAML', category: 'Traffic Path', icon: '$(file-code)', palette: panel },
  'trafficPath.copyKubectl': { title: 'Copy kubectl Command', category: 'Traffic Path', palette: panel },
  'trafficPath.goToManifest': {
    title: 'Go to Manifest',
    category: 'Traffic Path',
    icon: '$(go-to-file)',
    palette: panel,
  },
  'trafficPath.showLog': { title: 'Show Log', category: 'Traffic Path', icon: '$(output)' },
} as const satisfies Record<string, CommandDeclaration>;

/** The id of one of our commands. */
export type CommandId = keyof typeof COMMANDS;

/** Begins the key of a context of the demo cluster. */
export const DEMO = 'demo/';
/** Id of the Services view. */
export const VIEW = 'trafficPath.services';
/** viewType of the panels; VS Code restores panels by it after a reload. */
export const PANEL = 'trafficPath.path';
/** Scheme of the read-only, live YAML documents. */
export const YAML_SCHEME = 'traffic-path';

/** Keys for `when` clauses. `state` says why the Services view is empty. */
export const CONTEXT_KEYS = {
  state: 'trafficPath.state',
  demo: 'trafficPath.demo',
  filtered: 'trafficPath.filtered',
} as const;

/** Why the Services view shows nothing; each has a welcome text in package.json. */
export type ViewState = 'loading' | 'ok' | 'no-kubeconfig' | 'unreachable' | 'no-rights' | 'no-services' | 'no-match';

/** `viewItem` of the rows in the Services view. */
export const ITEM = {
  context: 'trafficPath.context',
  namespace: 'trafficPath.namespace',
  service: 'trafficPath.service',
  problem: 'trafficPath.problem',
} as const;

/** Nodes of the Microsoft Kubernetes explorer that lead to a Service. Others may append to a contextValue. */
export const EXPLORER_NODES =
  'view == extension.vsKubernetesExplorer && viewItem =~ /vsKubernetes\\.resource\\.(service|pod|deployment|ingress)(k8s-watchable|$)/i';

const yamlFile = 'resourceExtname =~ /^\\.ya?ml$/';
const item = (kind: keyof typeof ITEM) => `view == ${VIEW} && viewItem == ${ITEM[kind]}`;

/** Where commands appear besides the palette. */
export const MENUS: Readonly<
  Record<string, readonly { readonly command: CommandId; readonly when: string; readonly group?: string }[]>
> = {
  'view/title': [
    { command: 'trafficPath.filter', when: `view == ${VIEW}`, group: 'navigation@1' },
    { command: 'trafficPath.clearFilter', when: `view == ${VIEW} && trafficPath.filtered`, group: 'navigation@2' },
    { command: 'trafficPath.refresh', when: `view == ${VIEW}`, group: 'navigation@3' },
    { command: 'trafficPath.chooseNamespaces', when: `view == ${VIEW}`, group: '1_show@1' },
    { command: 'trafficPath.switchContext', when: `view == ${VIEW}`, group: '1_show@2' },
    { command: 'trafficPath.startDemo', when: `view == ${VIEW} && !trafficPath.demo`, group: '2_demo@1' },
    { command: 'trafficPath.stopDemo', when: `view == ${VIEW} && trafficPath.demo`, group: '2_demo@1' },
    { command: 'trafficPath.showLog', when: `view == ${VIEW}`, group: '3_log@1' },
  ],
  'view/item/context': [
    { command: 'trafficPath.trace', when: item('service'), group: 'inline@1' },
    { command: 'trafficPath.trace', when: item('service'), group: '1_trace@1' },
    { command: 'trafficPath.openYaml', when: item('service'), group: '2_open@1' },
    { command: 'trafficPath.goToManifest', when: item('service'), group: '2_open@2' },
    { command: 'trafficPath.copyKubectl', when: item('service'), group: '3_copy@1' },
    { command: 'trafficPath.switchContext', when: item('context'), group: '1_context@1' },
    { command: 'trafficPath.chooseNamespaces', when: item('context'), group: '1_context@2' },
    { command: 'trafficPath.trace', when: EXPLORER_NODES, group: '2@1' },
  ],
  'explorer/context': [
    { command: 'trafficPath.trace', when: `${yamlFile} && !explorerResourceIsFolder`, group: '7_trafficPath@1' },
  ],
  'editor/context': [
    { command: 'trafficPath.trace', when: 'editorLangId =~ /^(yaml|helm)$/', group: '7_trafficPath@1' },
  ],
  'editor/title': [
    { command: 'trafficPath.copyMarkdown', when: panel, group: '1_copy@1' },
    { command: 'trafficPath.copyMermaid', when: panel, group: '1_copy@2' },
    { command: 'trafficPath.copyJson', when: panel, group: '1_copy@3' },
    { command: 'trafficPath.copyKubectl', when: panel, group: '1_copy@4' },
    { command: 'trafficPath.openYaml', when: panel, group: '2_open@1' },
    { command: 'trafficPath.goToManifest', when: panel, group: '2_open@2' },
    { command: 'trafficPath.refresh', when: panel, group: '3_more@1' },
  ],
};

/** Settings with their defaults. `restricted`: a workspace that is not trusted cannot set it. */
export const SETTINGS = {
  kubeconfig: { key: 'trafficPath.kubeconfig', default: [] as string | readonly string[], restricted: true },
  hoverLanguages: {
    key: 'trafficPath.hover.languages',
    default: ['yaml', 'json', 'jsonc', 'helm', 'log'] as readonly string[],
    restricted: false,
  },
} as const;
