/**
 * PABPolicyExplanation of v3beta and v3alpha
 * (https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest/v3beta/iam/troubleshoot). The
 * published proto of v3beta does not have it: REST alone answers it.
 */
import type { AccessControl } from '../../access/index.js';
import { PolicyBindingSchema } from '../../google/gen/google/iam/v3/policy_binding_resources_pb.js';
import { PrincipalAccessBoundaryPolicySchema } from '../../google/gen/google/iam/v3/principal_access_boundary_policy_resources_pb.js';
import { GoogleError, type JsonObject, messageToJson } from '../../google/index.js';
import type {
  Annotated,
  BoundaryExplanation,
  BoundaryRuleExplanation,
  BoundPolicyExplanation,
} from '../../iam/index.js';
import { bindingMessage, policyMessage } from '../iam-v3/messages.js';
import { explanationJson } from './condition-json.js';
import { BOUNDARY, RESOURCE, V3 } from './enums.js';

const relevanceOf = ({ relevance }: Annotated<unknown>) => V3.relevance[relevance];

type Kept = AccessControl['boundaries'];

export async function boundaryExplanation(
  boundary: BoundaryExplanation,
  { boundaries }: AccessControl,
): Promise<JsonObject> {
  return {
    principalAccessBoundaryAccessState: BOUNDARY[boundary.state],
    explainedBindingsAndPolicies: await Promise.all(
      boundary.bound.map(async (bound) => ({
        bindingAndPolicyAccessState: BOUNDARY[bound.state],
        explainedPolicyBinding: await explainedBinding(bound, boundaries),
        explainedPolicy: await explainedPolicy(bound, boundaries),
        relevance: relevanceOf(bound),
      })),
    ),
    relevance: relevanceOf(boundary),
  };
}

const BINDING_STATE = {
  enforced: 'POLICY_BINDING_STATE_ENFORCED',
  'not-enforced': 'POLICY_BINDING_STATE_NOT_ENFORCED',
  // "An error occurred when checking whether the policy binding is enforced."
  'unknown-info': 'POLICY_BINDING_STATE_UNSPECIFIED',
} as const;

async function explainedBinding(
  { boundary, binding, condition }: BoundPolicyExplanation,
  kept: Kept,
): Promise<JsonObject> {
  const found = await ifThere(kept.getBinding(boundary.binding));
  return {
    ...(found ? { policyBinding: messageToJson(PolicyBindingSchema, bindingMessage(found)) } : {}),
    policyBindingState: BINDING_STATE[binding.state],
    ...(condition ? { conditionExplanation: explanationJson(condition, true) } : {}),
    relevance: relevanceOf(binding),
  };
}

async function explainedPolicy(
  { boundary, policy, rules, versionEnforced }: BoundPolicyExplanation,
  kept: Kept,
): Promise<JsonObject> {
  const found = await ifThere(kept.getPolicy(boundary.policy));
  return {
    policyAccessState: BOUNDARY[policy.state],
    ...(found ? { policy: messageToJson(PrincipalAccessBoundaryPolicySchema, policyMessage(found)) } : {}),
    policyVersion: {
      version: Number(boundary.version),
      enforcementState: `PAB_POLICY_ENFORCEMENT_STATE_${versionEnforced ? 'ENFORCED' : 'NOT_ENFORCED'}`,
    },
    explainedRules: rules.map(explainedRule),
    relevance: relevanceOf(policy),
  };
}

function explainedRule(rule: BoundaryRuleExplanation): JsonObject {
  return {
    ruleAccessState: BOUNDARY[rule.state],
    effect: 'ALLOW',
    combinedResourceInclusionState: RESOURCE[rule.inclusion],
    explainedResources: [...rule.resources].map(([resource, inclusion]) => ({
      resource,
      resourceInclusionState: RESOURCE[inclusion.state],
      relevance: relevanceOf(inclusion),
    })),
    relevance: relevanceOf(rule),
  };
}

/** What is gone may still have its effect for a while. */
async function ifThere<T>(kept: Promise<T>): Promise<T | undefined> {
  try {
    return await kept;
  } catch (error) {
    if (error instanceof GoogleError && error.status === 'NOT_FOUND') return undefined;
    throw error;
  }
}
