/** An object as YAML. A module of its own: the parser is large, and a lazy import of it alone gives no named exports in a bundle. */
import { stringify } from 'yaml';

/** Lines stay as long as they are: `kubectl get -o yaml` folds none either. */
export function yamlText(object: object): string {
  return stringify(object, { lineWidth: 0 });
}
