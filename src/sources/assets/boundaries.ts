/** Principal access boundary policies and what they are bound to, as the IAM v3 API writes them. */
import { type BoundaryBinding, type BoundaryPolicy, DEFAULT_VERSION, readTarget } from '../../iam/index.js';
import type { ResourceName } from '../../names/index.js';
import { readCondition } from './policies.js';
import { digitsIn, type Fields, fieldsIn, isFields, objectsIn, textIn, textsIn } from './shape.js';

export interface BoundaryAssets {
  readonly policies: BoundaryPolicy[];
  readonly bindings: BoundaryBinding[];
  /** Some policy or binding cannot be read: then nobody knows whom they hold back. */
  unreadable: boolean;
}

/** google.iam.v3.PrincipalAccessBoundaryPolicy; projects are left as they are written. */
export function readBoundaryPolicy(data: Fields, into: BoundaryAssets): void {
  const name = textIn(data, 'name');
  if (name === undefined) {
    into.unreadable = true;
    return;
  }
  const details = fieldsIn(data, 'details');
  into.policies.push({
    name,
    rules: objectsIn(details, 'rules').map((rule) => ({
      resources: textsIn(rule, 'resources').filter(isResourceName),
    })),
    enforcementVersion: digitsIn(details, 'enforcementVersion') ?? DEFAULT_VERSION,
  });
}

const isResourceName = (text: string): text is ResourceName => text.startsWith('//');

/** google.iam.v3.PolicyBinding; those of other kinds of policy bind no boundary. */
export function readPolicyBinding(data: Fields, into: BoundaryAssets): void {
  const kind = textIn(data, 'policyKind') ?? 'PRINCIPAL_ACCESS_BOUNDARY';
  if (kind !== 'PRINCIPAL_ACCESS_BOUNDARY') return;
  const name = textIn(data, 'name');
  const target = textIn(fieldsIn(data, 'target'), 'principalSet');
  const policy = textIn(data, 'policy');
  const condition = isFields(data.condition) ? readCondition(data.condition) : undefined;
  const isReadable =
    name !== undefined && policy !== undefined && target !== undefined && readTarget(target) !== undefined;
  if (!isReadable || (isFields(data.condition) && condition === undefined)) {
    into.unreadable = true;
    return;
  }
  into.bindings.push({ name, target, policy, ...(condition ? { condition } : {}) });
}
