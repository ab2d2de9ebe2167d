/** What a hop offers to do, and the text that its copy actions put on the clipboard. The host acts; it decides nothing. */
import type { Box } from './boxes.ts';
import type { Action, FindingView } from './diagram.ts';
import { kubectl, kubectlGet } from './kubectl.ts';
import type { Picture } from './messages.ts';
import type { Diagnosis, Hop, ObjectRef } from './path.ts';

/** The acts that one box offers, the likeliest first. */
export function actionsOf(box: Box, findings: readonly FindingView[], object: ObjectRef | undefined): Action[] {
  const offered: (Action | false)[] = [
    ...findings
      .filter((f) => f.command !== undefined)
      .map((f) => ({ id: `copy-command/${f.code}`, label: 'Copy the command that helps', icon: 'terminal' })),
    box.fold !== undefined && {
      id: box.fold.open ? 'fold' : 'unfold',
      label: box.fold.open ? 'Fold these pods' : 'Unfold these pods',
      icon: box.fold.open ? 'fold' : 'unfold',
    },
    (object !== undefined || box.fold !== undefined) && {
      id: 'copy-kubectl',
      label: 'Copy the kubectl command that shows it',
      icon: 'copy',
    },
    box.address !== '' && !box.fold && { id: 'copy-address', label: 'Copy address', icon: 'link' },
    object !== undefined && { id: 'open-yaml', label: 'Open as YAML', icon: 'code' },
    object !== undefined && { id: 'open-manifest', label: 'Go to the manifest', icon: 'go-to-file' },
    object?.kind === 'Service' && { id: 'reveal', label: 'Reveal in Services view', icon: 'list-tree' },
  ];
  const actions = offered.filter((a) => a !== false);
  return actions.map((a, i) => (i === 0 ? { ...a, primary: true } : a));
}

/** The object that a drawn box is about: for "open as YAML", kubectl and the manifest. `node` is what the page sent. */
export const objectOf = (diagnosis: Diagnosis, picture: Picture, node: string): ObjectRef | undefined =>
  hopAt(diagnosis, picture, node)?.object;

/** Only what is drawn is looked at: ids are short hashes, and among thousands of folded pods two may be the same. */
function hopAt({ path }: Diagnosis, { diagram }: Picture, node: string): Hop | undefined {
  const drawn = diagram.nodes.find((n) => n.id === node)?.hop;
  return drawn === undefined ? undefined : path.hops.find((h) => h.id === drawn);
}

/** Text for the clipboard; undefined when the action copies nothing there. `node` is empty for a banner. */
export function actionText(diagnosis: Diagnosis, picture: Picture, node: string, action: string): string | undefined {
  const { path } = diagnosis;
  const hop = hopAt(diagnosis, picture, node);
  if (action === 'copy-address') return hop?.address || undefined;
  if (action === 'copy-kubectl')
    return hop?.object ? kubectlGet(hop.object, path.snapshot.connection) : kubectlPods(diagnosis);
  const [, code] = /^copy-command\/(.+)$/.exec(action) ?? [];
  if (code !== undefined) return commandOf(picture, node, code);
  return undefined;
}

/** The command of the finding with this code at this box, else of any with this code. */
function commandOf({ details, findings }: Picture, node: string, code: string): string | undefined {
  const here = details.find((d) => d.node === node)?.findings ?? [];
  return [...here, ...findings].find((f) => f.code === code && f.command !== undefined)?.command;
}

function kubectlPods({ path }: Diagnosis): string | undefined {
  if (!path.service) return undefined;
  const selector = Object.entries(path.service.selector)
    .map(([k, v]) => `${k}=${v}`)
    .join(',');
  return kubectl(path.snapshot, 'get', 'pods', '-l', selector, '-o', 'wide');
}
