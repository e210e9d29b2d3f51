/** Explained allow policies, in the spelling of either family of versions. */
import { policyMessage } from '../../access/index.js';
import { PolicySchema } from '../../google/gen/google/iam/v1/policy_pb.js';
import { type JsonObject, messageToJson } from '../../google/index.js';
import {
  type AllowPolicyExplanation,
  type Annotated,
  type BindingExplanation,
  type Membership,
  type Policy,
  viewPolicy,
} from '../../iam/index.js';
import { conditionJson, explanationJson } from './condition-json.js';
import { type AllowSpelling, V1, V3 } from './enums.js';

/** google.cloud.policytroubleshooter.v1.ExplainedPolicy, and with `conditions` v2alpha1's, which explains them. */
export function explainedPolicy(policy: AllowPolicyExplanation, { conditions = false } = {}): JsonObject {
  if (policy.kind === 'unreadable') return { access: V1.access[policy.state] };
  return {
    access: V1.access[policy.state],
    fullResourceName: policy.resource,
    policy: policyJson(policy.policy),
    bindingExplanations: policy.bindings.map((binding) => ({
      access: V1.access[binding.state],
      ...commonFields(binding, V1),
      ...(binding.condition && conditions
        ? { conditionExplanation: explanationJson(binding.condition, false) }
        : {}),
    })),
    relevance: V1.relevance[policy.relevance],
  };
}

/** google.cloud.policytroubleshooter.iam.v3.ExplainedAllowPolicy */
export function explainedAllowPolicy(policy: AllowPolicyExplanation): JsonObject {
  if (policy.kind === 'unreadable') return { allowAccessState: V3.access[policy.state] };
  return {
    allowAccessState: V3.access[policy.state],
    fullResourceName: policy.resource,
    policy: policyJson(policy.policy),
    bindingExplanations: policy.bindings.map((binding) => ({
      allowAccessState: V3.access[binding.state],
      ...commonFields(binding, V3),
      combinedMembership: membershipJson(binding.combined, V3),
      ...(binding.condition ? { conditionExplanation: explanationJson(binding.condition, true) } : {}),
    })),
    relevance: V3.relevance[policy.relevance],
  };
}

function commonFields(binding: BindingExplanation, spelling: AllowSpelling): JsonObject {
  const { role, members, relevance, condition } = binding;
  return {
    role: binding.binding.role,
    rolePermission: spelling.role[role.state],
    rolePermissionRelevance: spelling.relevance[role.relevance],
    memberships: Object.fromEntries(
      [...members].map(([member, found]) => [member, membershipJson(found, spelling)]),
    ),
    relevance: spelling.relevance[relevance],
    ...(condition ? { condition: conditionJson(condition.condition) } : {}),
  };
}

/** Of a member of a binding, and of a principal of a deny rule. */
export const membershipJson = (
  { state, relevance }: Annotated<Membership>,
  spelling: AllowSpelling,
): JsonObject => ({ membership: spelling.membership[state], relevance: spelling.relevance[relevance] });

const policyJson = (policy: Policy) => messageToJson(PolicySchema, policyMessage(viewPolicy(policy, 3)));
