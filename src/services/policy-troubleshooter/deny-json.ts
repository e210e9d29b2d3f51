/** google.cloud.policytroubleshooter.iam.v3.DenyPolicyExplanation */
import type { AccessControl, DenyPolicy } from '../../access/index.js';
import { PolicySchema } from '../../google/gen/google/iam/v2/policy_pb.js';
import { type JsonObject, type JsonValue, messageToJson } from '../../google/index.js';
import type {
  Annotated,
  DenyExplanation,
  DenyPolicyExplanation,
  DenyResourceExplanation,
  DenyRuleExplanation,
  Match,
  Membership,
} from '../../iam/index.js';
import { projectName, projectOf, type ResourceName } from '../../names/index.js';
import { policyMessage } from '../iam-v2/messages.js';
import { membershipJson } from './allow-json.js';
import { conditionJson, explanationJson } from './condition-json.js';
import { DENY, PERMISSION, V3 } from './enums.js';

const relevanceOf = ({ relevance }: Annotated<unknown>) => V3.relevance[relevance];

export async function denyExplanation(deny: DenyExplanation, access: AccessControl): Promise<JsonObject> {
  return {
    denyAccessState: DENY[deny.state],
    explainedResources: await Promise.all(
      deny.resources.map((resource) => explainedResource(resource, access)),
    ),
    relevance: relevanceOf(deny),
    ...(deny.deniable ? { permissionDeniable: true } : {}),
  };
}

async function explainedResource(found: DenyResourceExplanation, access: AccessControl): Promise<JsonObject> {
  if (found.kind === 'unreadable') return { denyAccessState: DENY[found.state] };
  const { resource, policies } = found;
  const kept = await access.denyPolicies.list(resource);
  const explained = policies.map(async (policy) => {
    const { id } = policy.policy;
    const name = await access.denyPolicies.nameOf(resource, id);
    return explainedPolicy(
      policy,
      name,
      kept.find((each) => each.id === id),
    );
  });
  return {
    denyAccessState: DENY[found.state],
    fullResourceName: await byNumber(resource, access),
    explainedPolicies: await Promise.all(explained),
    relevance: relevanceOf(found),
  };
}

/** Attachment points go by their numbers in answers. */
async function byNumber(resource: ResourceName, { projects }: AccessControl): Promise<ResourceName> {
  const id = projectOf(resource);
  const project = id === undefined ? undefined : await projects.get(id);
  return project ? projectName(project.number) : resource;
}

/** @param kept undefined for one that is gone, and still has its effect for a while */
function explainedPolicy(
  policy: DenyPolicyExplanation,
  name: string,
  kept: DenyPolicy | undefined,
): JsonObject {
  return {
    denyAccessState: DENY[policy.state],
    ...(kept ? { policy: messageToJson(PolicySchema, policyMessage(name, kept)) } : {}),
    ruleExplanations: policy.rules.map(ruleExplanation),
    relevance: relevanceOf(policy),
  };
}

function ruleExplanation(rule: DenyRuleExplanation): JsonObject {
  const { condition } = rule;
  return {
    denyAccessState: DENY[rule.state],
    combinedDeniedPermission: permissionJson(rule.deniedPermission),
    deniedPermissions: each(rule.deniedPermissions, permissionJson),
    combinedExceptionPermission: permissionJson(rule.exceptionPermission),
    exceptionPermissions: each(rule.exceptionPermissions, permissionJson),
    combinedDeniedPrincipal: principalJson(rule.deniedPrincipal),
    deniedPrincipals: each(rule.deniedPrincipals, principalJson),
    combinedExceptionPrincipal: principalJson(rule.exceptionPrincipal),
    exceptionPrincipals: each(rule.exceptionPrincipals, principalJson),
    relevance: relevanceOf(rule),
    ...(condition
      ? {
          condition: conditionJson(condition.condition),
          conditionExplanation: explanationJson(condition, true),
        }
      : {}),
  };
}

const permissionJson = (found: Annotated<Match>): JsonObject => ({
  permissionMatchingState: PERMISSION[found.state],
  relevance: relevanceOf(found),
});
const principalJson = (found: Annotated<Membership>): JsonObject => membershipJson(found, V3);

const each = <T>(entries: ReadonlyMap<string, T>, json: (value: T) => JsonValue): JsonObject =>
  Object.fromEntries([...entries].map(([key, value]) => [key, json(value)]));
