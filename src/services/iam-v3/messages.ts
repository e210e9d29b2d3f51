/** google.iam.v3's policies and bindings, in and out. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { KeptBoundaryPolicy, KeptPolicyBinding } from '../../access/index.js';
import {
  type PolicyBinding,
  type PolicyBindingSchema,
  PolicyBinding_PolicyKind as PolicyKind,
} from '../../google/gen/google/iam/v3/policy_binding_resources_pb.js';
import {
  PrincipalAccessBoundaryPolicyRule_Effect as Effect,
  type PrincipalAccessBoundaryPolicy,
  type PrincipalAccessBoundaryPolicySchema,
} from '../../google/gen/google/iam/v3/principal_access_boundary_policy_resources_pb.js';
import { invalidArgument, unimplemented } from '../../google/index.js';
import type { Condition, ProposedBoundaryPolicy, ProposedPolicyBinding } from '../../iam/index.js';

/**
 * What a caller sends; what only the server sets is passed over (https://google.aip.dev/203).
 * @throws GoogleError INVALID_ARGUMENT for a rule of another effect than ALLOW
 */
export function proposedPolicy({
  displayName,
  annotations,
  details,
}: PrincipalAccessBoundaryPolicy): ProposedBoundaryPolicy {
  const texts = { displayName, annotations: { ...annotations } };
  if (!details) return texts;
  const rules = details.rules.map(({ description, resources, effect }, index) => {
    if (effect !== Effect.ALLOW) {
      throw invalidArgument(
        `principal_access_boundary_policy.details.rules[${index}].effect: it must be ALLOW.`,
      );
    }
    return { ...(description === '' ? {} : { description }), resources };
  });
  return { ...texts, details: { rules, enforcementVersion: details.enforcementVersion } };
}

/** The fields of a binding that callers set. */
type BindingFields = Pick<
  PolicyBinding,
  'displayName' | 'annotations' | 'target' | 'policyKind' | 'policy' | 'condition'
>;

/** @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED */
export function proposedBinding(message: BindingFields): ProposedPolicyBinding {
  const { displayName, annotations, target, policyKind, policy, condition } = message;
  if (
    policyKind !== PolicyKind.POLICY_KIND_UNSPECIFIED &&
    policyKind !== PolicyKind.PRINCIPAL_ACCESS_BOUNDARY
  ) {
    throw invalidArgument('policy_binding.policy_kind: it must be PRINCIPAL_ACCESS_BOUNDARY.');
  }
  if (target?.target.case !== 'principalSet') {
    throw invalidArgument('policy_binding.target.principal_set: the target is required.');
  }
  return {
    displayName,
    annotations: { ...annotations },
    principalSet: target.target.value,
    policy,
    ...(condition ? { condition: conditionOf(condition) } : {}),
  };
}

function conditionOf({
  title,
  description,
  expression,
  location,
}: NonNullable<PolicyBinding['condition']>): Condition {
  if (location !== '') throw unimplemented('policy_binding.condition.location is not implemented.');
  return { title, expression, ...(description === '' ? {} : { description }) };
}

export function policyMessage(policy: KeptBoundaryPolicy) {
  const { details } = policy;
  return {
    ...commonFields(policy),
    ...(details
      ? {
          details: {
            enforcementVersion: details.enforcementVersion,
            rules: details.rules.map(({ description, resources }) => ({
              ...(description === undefined ? {} : { description }),
              resources: [...resources],
              effect: Effect.ALLOW,
            })),
          },
        }
      : {}),
  } satisfies MessageInitShape<typeof PrincipalAccessBoundaryPolicySchema>;
}

export function bindingMessage(binding: KeptPolicyBinding) {
  const { principalSet, policy, policyUid, condition } = binding;
  return {
    ...commonFields(binding),
    target: { target: { case: 'principalSet' as const, value: principalSet } },
    policyKind: PolicyKind.PRINCIPAL_ACCESS_BOUNDARY,
    policy,
    policyUid,
    ...(condition ? { condition: { ...condition } } : {}),
  } satisfies MessageInitShape<typeof PolicyBindingSchema>;
}

function commonFields(kept: KeptBoundaryPolicy | KeptPolicyBinding) {
  const { name, uid, etag, displayName, annotations, createTime, updateTime } = kept;
  return {
    name,
    uid,
    etag,
    displayName,
    annotations: { ...annotations },
    createTime: timestampFromDate(new Date(createTime)),
    updateTime: timestampFromDate(new Date(updateTime)),
  };
}
