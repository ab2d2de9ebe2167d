/** Who asks, and may they: tokens, and RBAC in its smallest honest form. */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError, unauthorized } from './errors.ts';
import { CLUSTERROLEBINDINGS, CLUSTERROLES, ROLEBINDINGS, ROLES } from './kinds.ts';
import type { Role, RoleBinding, RoleRule } from './objects.ts';
import type { Store } from './store.ts';

/** Who asks. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What is to be done, as RBAC sees it. `namespace` undefined: at the cluster scope. */
export interface Act {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const MASTERS = 'system:masters';
const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Tokens and the rights of whom they stand for. */
export class Access {
  /** The administrator's token. */
  readonly token: string = randomBytes(32).toString('base64url');
  readonly #store: Store;
  readonly #tokens = new Map<string, { user: User; expires: number }>();

  constructor(store: Store) {
    this.#store = store;
    this.#tokens.set(this.token, {
      user: { name: 'minikube-user', groups: [MASTERS, 'system:authenticated'] },
      expires: Number.POSITIVE_INFINITY,
    });
  }

  /** A token for a ServiceAccount. */
  issue(namespace: string, name: string, seconds: number): string {
    const token = randomBytes(32).toString('base64url');
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    const user = { name: `system:serviceaccount:${namespace}:${name}`, groups };
    this.#tokens.set(token, { user, expires: Date.now() + seconds * 1_000 });
    return token;
  }

  /** From then on it is refused with 401. */
  expire(token: string): void {
    this.#tokens.delete(token);
  }

  /** Makes a token the administrator's; for tests of renewed credentials. */
  admit(token: string): void {
    const admin = { name: 'minikube-user', groups: [MASTERS, 'system:authenticated'] };
    this.#tokens.set(token, { user: admin, expires: Number.POSITIVE_INFINITY });
  }

  /** Throws 401 for a token that is not valid. Without any, it is system:anonymous. */
  who(request: IncomingMessage): User {
    const { authorization } = request.headers;
    if (!authorization) return ANONYMOUS;
    const known = this.#tokens.get(authorization.replace(/^Bearer /, ''));
    if (!known || known.expires < Date.now()) throw unauthorized();
    const as = request.headers['impersonate-user'];
    if (!as) return known.user;
    this.demand(known.user, {
      verb: 'impersonate',
      group: '',
      resource: 'users',
      namespace: undefined,
      name: String(as),
    });
    const groups = String(request.headers['impersonate-group'] ?? '').split(/,\s*/);
    return { name: String(as), groups: [...groups, 'system:authenticated'] };
  }

  /** https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
  may(user: User, act: Act): boolean {
    if (user.groups.includes(MASTERS)) return true;
    const rules = (bindings: readonly RoleBinding[]) =>
      bindings.filter((b) => isBound(b, user)).flatMap((b) => this.#rules(b));
    const own = act.namespace === undefined ? [] : rules(this.#store.list(ROLEBINDINGS, act.namespace));
    return [...rules(this.#store.list(CLUSTERROLEBINDINGS)), ...own].some((rule) => allows(rule, act));
  }

  /** Throws 403, worded as the API server does. */
  demand(user: User, act: Act): void {
    if (this.may(user, act)) return;
    const { verb, group, resource, namespace, name } = act;
    const plural = resource.split('/')[0] ?? '';
    const what = `${plural}${group ? `.${group}` : ''}${name ? ` "${name}"` : ''}`;
    const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    const says = `${what} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
    throw new ApiError(403, 'Forbidden', says, { ...(name && { name }), ...(group && { group }), kind: plural });
  }

  #rules({ roleRef, metadata }: RoleBinding): readonly RoleRule[] {
    const role: Role | undefined =
      roleRef.kind === 'Role'
        ? this.#store.get(ROLES, metadata.namespace, roleRef.name)
        : this.#store.get(CLUSTERROLES, undefined, roleRef.name);
    return role?.rules ?? [];
  }
}

function isBound({ subjects = [], metadata }: RoleBinding, user: User): boolean {
  return subjects.some((s) => {
    if (s.kind === 'Group') return user.groups.includes(s.name);
    if (s.kind === 'User') return user.name === s.name;
    return user.name === `system:serviceaccount:${s.namespace ?? metadata.namespace}:${s.name}`;
  });
}

function allows({ apiGroups = [], resources = [], verbs, resourceNames = [] }: RoleRule, act: Act): boolean {
  const has = (list: readonly string[], value: string) => list.includes('*') || list.includes(value);
  const sub = act.resource.split('/')[1];
  return (
    has(apiGroups, act.group) &&
    (has(resources, act.resource) || (sub !== undefined && resources.includes(`*/${sub}`))) &&
    has(verbs, act.verb) &&
    (resourceNames.length === 0 || (act.name !== undefined && resourceNames.includes(act.name)))
  );
}
