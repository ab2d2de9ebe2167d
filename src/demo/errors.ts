/** Answers that are not a success, as the API server words them (k8s.io/apimachinery/pkg/api/errors). */

import { groupResource, type Kind } from './kinds.ts';

/** Thrown by any handler; the server answers with its `Status`. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: number, reason: string, message: string, details?: Record<string, unknown>) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body of the answer. */
  status(): Record<string, unknown> {
    const { code, reason, message, details } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details && { details }),
      code,
    };
  }
}

/** One field that validation refused. */
export interface Cause {
  readonly field: string;
  /** `Invalid value: 99999: provided port is not in the valid range…` */
  readonly message: string;
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
    | 'FieldValueNotSupported';
}

const about = (k: Kind, name: string) => ({ name, ...(k.group && { group: k.group }), kind: k.plural });

/** 404 for an object. */
export const notFound = (k: Kind, name: string) =>
  new ApiError(404, 'NotFound', `${groupResource(k)} "${name}" not found`, about(k, name));
/** For a path that no resource is served at. */
export const noSuchPath = () => new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
/** 409 for a name that is taken. */
export const alreadyExists = (k: Kind, name: string) =>
  new ApiError(409, 'AlreadyExists', `${groupResource(k)} "${name}" already exists`, about(k, name));
/** 409 for a write on an old version. */
export const conflict = (k: Kind, name: string, why: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${groupResource(k)} "${name}": ${why}`,
    about(k, name),
  );
/** 400. */
export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);
/** 410: the past that was asked for is forgotten. */
export const gone = (message: string) => new ApiError(410, 'Expired', message);
/** 401. */
export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');

/** 422 with every cause, worded as field.ErrorList does. */
export function invalid(k: Kind, name: string, causes: readonly Cause[]): ApiError {
  const lines = causes.map((c) => `${c.field}: ${c.message}`);
  const said = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const whole = k.group ? `${k.kind}.${k.group}` : k.kind;
  return new ApiError(422, 'Invalid', `${whole} "${name}" is invalid: ${said}`, {
    ...about(k, name),
    kind: k.kind,
    causes: causes.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

/** What is wrong with a field's value. */
export const bad = (field: string, value: unknown, why: string): Cause => ({
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  reason: 'FieldValueInvalid',
});
/** A field that must be there. */
export const required = (field: string, why = ''): Cause => ({
  field,
  message: `Required value${why && `: ${why}`}`,
  reason: 'FieldValueRequired',
});
/** A value that may be there once. */
export const duplicate = (field: string, value: unknown): Cause => ({
  field,
  message: `Duplicate value: ${JSON.stringify(value)}`,
  reason: 'FieldValueDuplicate',
});

/** A number or boolean where a string must be: the usual mistake in YAML (`version: 1`). */
export function onlyStrings(
  kind: Kind,
  field: string,
  map: Readonly<Record<string, unknown>> | undefined | null,
): void {
  const wrong = Object.values(map ?? {}).find((v) => typeof v !== 'string');
  if (wrong === undefined) return;
  const type = typeof wrong === 'boolean' ? 'bool' : typeof wrong;
  throw badRequest(
    `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: json: cannot unmarshal ${type} into Go struct field ${field} of type string`,
  );
}
