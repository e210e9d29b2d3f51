/** The answers of all versions, over one explanation. */
import type { AccessControl } from '../../access/index.js';
import { ConditionContextSchema } from '../../google/gen/google/cloud/policytroubleshooter/iam/v3/troubleshooter_pb.js';
import { type Call, isJsonObject, type JsonObject, messageToJson } from '../../google/index.js';
import { denyPermissionOf, explain, inContext, type Question } from '../../iam/index.js';
import { explainedAllowPolicy, explainedPolicy } from './allow-json.js';
import { boundaryExplanation } from './boundary-json.js';
import { denyExplanation } from './deny-json.js';
import { OVERALL, V1, V3 } from './enums.js';
import type { Asked } from './request.js';
import { seenBy } from './seen.js';

export interface AnswerDeps {
  readonly access: AccessControl;
}

/** The kinds of policies that a version looks at beside allow policies. */
type Kind = 'deny' | 'boundaries';

/** v1 and v2alpha1, which know allow policies alone. */
export async function allowAnswer(
  asked: Asked,
  call: Call,
  { access }: AnswerDeps,
  options: { readonly conditions: boolean },
): Promise<JsonObject> {
  const { allow } = explain(await questionOf(asked, call, access, []));
  return {
    access: V1.access[allow.state],
    explainedPolicies: allow.policies.map((policy) => explainedPolicy(policy, options)),
  };
}

/**
 * v3, which looks at allow and deny policies; with `boundaries` v3beta and v3alpha, which look at principal access
 * boundaries too ("To troubleshoot access based on allow, deny, and principal access boundary policies, use v3beta").
 */
export async function fullAnswer(
  asked: Asked,
  call: Call,
  { access }: AnswerDeps,
  { boundaries }: { readonly boundaries: boolean },
): Promise<JsonObject> {
  const question = await questionOf(asked, call, access, boundaries ? ['deny', 'boundaries'] : ['deny']);
  const { state, allow, deny, boundary } = explain(question);
  return {
    overallAccessState: OVERALL[state],
    accessTuple: tupleJson(asked, await tagsOf(question, access)),
    allowPolicyExplanation: {
      allowAccessState: V3.access[allow.state],
      explainedPolicies: allow.policies.map(explainedAllowPolicy),
      relevance: V3.relevance[allow.relevance],
    },
    denyPolicyExplanation: await denyExplanation(deny, access),
    ...(boundaries ? { pabPolicyExplanation: await boundaryExplanation(boundary, access) } : {}),
  };
}

/** What decides, as far as the caller may see it and the version looks at it, in the context that the caller gives. */
async function questionOf(
  { principal, permission, resource, context }: Asked,
  call: Call,
  access: AccessControl,
  kinds: readonly Kind[],
): Promise<Question> {
  const asked = await access.question(principal, permission, resource, call.time);
  const { deny, boundaries, ...seen } = await seenBy(call, { ...asked, principal }, access);
  return inContext(
    {
      ...seen,
      ...(deny && kinds.includes('deny') ? { deny } : {}),
      ...(boundaries && kinds.includes('boundaries') ? { boundaries } : {}),
    },
    context,
  );
}

function tupleJson({ tuple, permission }: Asked, effectiveTags: readonly JsonObject[]): JsonObject {
  const { principal, fullResourceName, conditionContext } = tuple;
  const context = conditionContext && messageToJson(ConditionContextSchema, { ...conditionContext });
  return {
    principal,
    fullResourceName,
    permission: tuple.permission,
    permissionFqdn: denyPermissionOf(permission),
    ...(context === undefined && effectiveTags.length === 0
      ? {}
      : {
          conditionContext: {
            ...(isJsonObject(context) ? context : {}),
            ...(effectiveTags.length === 0 ? {} : { effectiveTags: [...effectiveTags] }),
          },
        }),
  };
}

/** The resource's tags, its own and inherited ones; none for who may not read the resource's policy. */
async function tagsOf({ resource, levels }: Question, access: AccessControl): Promise<readonly JsonObject[]> {
  if (levels[0]?.policy === 'unreadable') return [];
  const bound = await access.tags.effective(resource);
  return Promise.all(
    bound.map(async ({ tag, key, from }) => ({
      tagValue: tag.valueId,
      namespacedTagValue: `${tag.key}/${tag.value}`,
      tagKey: tag.keyId,
      namespacedTagKey: tag.key,
      tagKeyParentName: await parentByNumber(key.parent, access),
      ...(from === resource ? {} : { inherited: true }),
    })),
  );
}

/** "`organizations/{organization_id}` or `projects/{project_number}`" */
async function parentByNumber(parent: string, { projects }: AccessControl): Promise<string> {
  const [kind, id = ''] = parent.split('/');
  const project = kind === 'projects' ? await projects.get(id) : undefined;
  return project ? `projects/${project.number}` : parent;
}
