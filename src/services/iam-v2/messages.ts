/** google.iam.v2.Policy, in and out. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { DenyPolicy } from '../../access/index.js';
import type { DenyRule as RuleMessage } from '../../google/gen/google/iam/v2/deny_pb.js';
import type { Policy, PolicyRule, PolicySchema } from '../../google/gen/google/iam/v2/policy_pb.js';
import { invalidArgument, unimplemented } from '../../google/index.js';
import type { DenyRule, ProposedDenyPolicy } from '../../iam/index.js';

/**
 * What a caller sends. What only the server sets (kind, times) is passed over, as in every Google API
 * (https://google.aip.dev/203); whether the rules are good is for the access room.
 * @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED
 */
export function proposedPolicy(policy: Policy | undefined): ProposedDenyPolicy {
  if (!policy) throw invalidArgument('policy: the policy is required.');
  if (policy.managingAuthority !== '') {
    throw unimplemented('policy.managing_authority: policies managed by an authority are not implemented.');
  }
  return {
    displayName: policy.displayName,
    annotations: { ...policy.annotations },
    rules: policy.rules.map(ruleOf),
  };
}

function ruleOf({ kind, description }: PolicyRule, index: number): DenyRule {
  const place = `policy.rules[${index}]`;
  if (kind.case !== 'denyRule') throw invalidArgument(`${place}.deny_rule: each rule must be a deny rule.`);
  const { deniedPrincipals, exceptionPrincipals, deniedPermissions, exceptionPermissions } = kind.value;
  return {
    ...(description === '' ? {} : { description }),
    deniedPrincipals,
    exceptionPrincipals,
    deniedPermissions,
    exceptionPermissions,
    ...conditionOf(kind.value, place),
  };
}

function conditionOf({ denialCondition }: RuleMessage, place: string): Pick<DenyRule, 'denialCondition'> {
  if (!denialCondition) return {};
  const { title, description, expression, location } = denialCondition;
  if (location !== '') {
    throw unimplemented(`${place}.deny_rule.denial_condition.location is not implemented.`);
  }
  return { denialCondition: { title, expression, ...(description === '' ? {} : { description }) } };
}

/** @param name with the project's number */
export function policyMessage(name: string, policy: DenyPolicy) {
  const rules = policy.rules.map(ruleMessage);
  return { ...policyMetadata(name, policy), rules } satisfies MessageInitShape<typeof PolicySchema>;
}

/** "The response lists only policy metadata. In particular, policy rules are omitted." (ListPolicies) */
export function policyMetadata(name: string, policy: DenyPolicy) {
  const { uid, displayName, annotations, etag, createTime, updateTime } = policy;
  return {
    name,
    uid,
    kind: 'DenyPolicy',
    displayName,
    annotations: { ...annotations },
    etag,
    createTime: timestampFromDate(new Date(createTime)),
    updateTime: timestampFromDate(new Date(updateTime)),
  } satisfies MessageInitShape<typeof PolicySchema>;
}

function ruleMessage({ description, denialCondition, ...rule }: DenyRule) {
  return {
    ...(description === undefined ? {} : { description }),
    kind: {
      case: 'denyRule' as const,
      value: {
        deniedPrincipals: [...rule.deniedPrincipals],
        exceptionPrincipals: [...rule.exceptionPrincipals],
        deniedPermissions: [...rule.deniedPermissions],
        exceptionPermissions: [...rule.exceptionPermissions],
        ...(denialCondition === undefined ? {} : { denialCondition: { ...denialCondition } }),
      },
    },
  };
}
