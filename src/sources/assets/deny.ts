/** Deny policies as the IAM v2 API writes them (google.iam.v2.Policy). */
import { type DenyRule, type DenyRules, parseDenyPermission, parseDenyPrincipal } from '../../iam/index.js';
import { readCondition } from './policies.js';
import { type Fields, fieldsIn, isFields, objectsIn, textIn, textsIn } from './shape.js';

export interface DenyAsset {
  /** The full resource name of what it is attached to, as written. */
  readonly attachedTo: string;
  readonly id: string;
  /** Undefined when some of it cannot be read: then nobody knows whom it denies what. */
  readonly rules: DenyRules | undefined;
}

/**
 * Reads `policies/ATTACHMENT/denypolicies/ID`, where the attachment point's slashes are written `%2F`.
 * @returns undefined for a policy of another kind
 */
export function readDenyPolicy(data: Fields, assetName: string): DenyAsset | undefined {
  const name = textIn(data, 'name') ?? assetName;
  const [, attachment, id] = /policies\/(.+)\/denypolicies\/([^/]+)$/i.exec(name) ?? [];
  if (attachment === undefined || id === undefined) return undefined;
  const rules = objectsIn(data, 'rules').map((rule) => readRule(fieldsIn(rule, 'denyRule')));
  const complete = Array.isArray(data.rules) && data.rules.length === rules.length;
  const read = rules.filter((rule) => rule !== undefined);
  return {
    attachedTo: `//${decodeURIComponent(attachment)}`,
    id,
    rules: complete && read.length === rules.length ? { id, rules: read } : undefined,
  };
}

function readRule(rule: Fields): DenyRule | undefined {
  const denied = textsIn(rule, 'deniedPrincipals');
  const permissions = textsIn(rule, 'deniedPermissions');
  const readable =
    denied.every((text) => parseDenyPrincipal(text) !== undefined) &&
    permissions.every((text) => parseDenyPermission(text) !== undefined);
  const condition = isFields(rule.denialCondition) ? readCondition(rule.denialCondition) : undefined;
  if (!readable || (isFields(rule.denialCondition) && condition === undefined)) return undefined;
  const description = textIn(rule, 'description');
  return {
    ...(description === undefined ? {} : { description }),
    deniedPrincipals: denied,
    exceptionPrincipals: textsIn(rule, 'exceptionPrincipals'),
    deniedPermissions: permissions,
    exceptionPermissions: textsIn(rule, 'exceptionPermissions'),
    ...(condition ? { denialCondition: condition } : {}),
  };
}
