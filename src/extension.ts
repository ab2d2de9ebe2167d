/** The extension: what there is and who knows whom. Everything about Kubernetes is loaded when it is first needed. */
import { type ExtensionContext, window } from 'vscode';
import { act, copyPath, copyRole, kubectlOf, objectFor } from './editor/actions.ts';
import { chooseFilter, chooseNamespaces, switchContext } from './editor/choices.ts';
import { registerCommands } from './editor/commands.ts';
import { Companion } from './editor/companion.ts';
import { Contexts } from './editor/contexts.ts';
import { DemoCluster } from './editor/demo.ts';
import { registerHovers } from './editor/hovers.ts';
import { Knowledge } from './editor/knowledge.ts';
import { createLog } from './editor/log.ts';
import { goToManifest } from './editor/manifests.ts';
import type { Shown } from './editor/panel.ts';
import { Panels } from './editor/panels.ts';
import { rememberService } from './editor/quickpick.ts';
import { Services } from './editor/services.ts';
import { onSettings } from './editor/settings.ts';
import { showStatus } from './editor/statusbar.ts';
import { serviceFor } from './editor/target.ts';
import { ServicesView } from './editor/tree.ts';
import { handleLinks } from './editor/uri.ts';
import { YamlView } from './editor/yamlView.ts';

let demo: DemoCluster | undefined;

/** VS Code calls it once, when a window has started or one of our things is first used. */
export function activate(extension: ExtensionContext): void {
  const memory = extension.workspaceState;
  const log = createLog();
  const companion = new Companion(() => contexts.reload());
  const contexts: Contexts = new Contexts(log, memory, () => companion.sources());
  const knowledge = new Knowledge();
  const services = new Services(contexts, knowledge, log, (context) => view.namespaces(context));
  const view: ServicesView = new ServicesView(contexts, services, knowledge, memory);
  const yaml = new YamlView(contexts, log);
  const panels = new Panels(extension, {
    contexts,
    knowledge,
    log,
    act: (it) =>
      act(it, {
        openYaml: (context, object) => yaml.open(context, object),
        openManifest: goToManifest,
        reveal: (context, service) => view.reveal(context, service),
      }),
  });
  demo = new DemoCluster(extension, contexts, log, async () => (await import('./demo/demo.ts')).startDemo());

  const show = async (shown: Shown) => {
    await rememberService(memory, shown);
    await panels.show(shown);
  };
  const trace = async (argument?: unknown) => {
    const shown = await serviceFor(argument, { contexts, knowledge, memory, log });
    if (shown) await show(shown);
  };
  const diagnosis = () => panels.active?.diagnosis;
  const object = (argument: unknown) => objectFor(argument, panels.active?.shown);

  extension.subscriptions.push(
    log,
    companion,
    contexts,
    knowledge,
    services,
    view,
    yaml,
    panels,
    demo,
    showStatus(panels, contexts),
    registerHovers({ contexts, knowledge, log }),
    handleLinks(contexts, show, log),
    onSettings('kubeconfig', () => contexts.reload()),
    ...registerCommands(log, {
      'trafficPath.trace': trace,
      'trafficPath.switchContext': async (argument) => {
        const chosen = await switchContext(argument, contexts);
        const shown = panels.active?.shown;
        if (chosen && shown && chosen.key !== shown.context) await show({ ...shown, context: chosen.key });
      },
      'trafficPath.startDemo': async () => {
        await demo?.start();
        const context = await contexts.current();
        if (!context) return;
        const shown = { context: context.key, namespace: 'default', name: 'api-service' };
        window.setStatusBarMessage('Traffic Path: this is the embedded demo cluster, on this computer alone', 15_000);
        // A filter of namespaces may hide it: the picture says enough.
        await view.reveal(context.key, shown).catch(() => {});
        await show(shown);
      },
      'trafficPath.stopDemo': () => demo?.stop(),
      'trafficPath.refresh': () => contexts.reload(),
      'trafficPath.filter': () => chooseFilter(view),
      'trafficPath.clearFilter': () => view.setFilter(''),
      'trafficPath.chooseNamespaces': (argument) => chooseNamespaces(argument, contexts, view),
      'trafficPath.copyMarkdown': () => copyPath('markdown', diagnosis()),
      'trafficPath.copyMermaid': () => copyPath('mermaid', diagnosis()),
      'trafficPath.copyJson': () => copyPath('json', diagnosis()),
      'trafficPath.copyRole': () => copyRole(diagnosis()),
      'trafficPath.openYaml': (argument) => yaml.open(object(argument).context, object(argument).object),
      'trafficPath.copyKubectl': (argument) => kubectlOf(object(argument), contexts),
      'trafficPath.goToManifest': (argument) => goToManifest(object(argument).object),
      'trafficPath.showLog': () => log.show(),
    }),
  );
}

/** VS Code waits for it: the demo cluster leaves no file and no listener behind. */
export async function deactivate(): Promise<void> {
  await demo?.close();
}
