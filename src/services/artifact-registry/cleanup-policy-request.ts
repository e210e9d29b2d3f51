/** Cleanup policies as callers write them (docs "Configure cleanup policies"): read and refused here. */
import type { MessageShape } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import {
  CleanupPolicy_Action,
  CleanupPolicyCondition_TagState,
  type CleanupPolicyConditionSchema,
  type CleanupPolicyMostRecentVersionsSchema,
  type CleanupPolicySchema,
} from '../../google/gen/google/devtools/artifactregistry/v1/repository_pb.js';
import { invalidArgument } from '../../google/index.js';
import type { CleanupCondition, CleanupPolicy } from '../../registry/index.js';

/** "You can apply a maximum of 10 cleanup policies to a repository." */
const MAX_POLICIES = 10;
/** "under 128 characters in length" (Repository.cleanup_policies) */
const MAX_ID = 127;

const TAG_STATES = {
  [CleanupPolicyCondition_TagState.TAG_STATE_UNSPECIFIED]: undefined,
  [CleanupPolicyCondition_TagState.TAGGED]: 'TAGGED',
  [CleanupPolicyCondition_TagState.UNTAGGED]: 'UNTAGGED',
  [CleanupPolicyCondition_TagState.ANY]: 'ANY',
} as const;

/** @throws GoogleError INVALID_ARGUMENT naming the policy and what is wrong with it */
export function readCleanupPolicies(
  policies: Readonly<Record<string, MessageShape<typeof CleanupPolicySchema>>>,
): CleanupPolicy[] {
  const entries = Object.entries(policies).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length > MAX_POLICIES) {
    throw invalidArgument(`A repository can have at most ${MAX_POLICIES} cleanup policies.`);
  }
  return entries.map(([id, policy]) => readPolicy(id, policy));
}

function readPolicy(id: string, policy: MessageShape<typeof CleanupPolicySchema>): CleanupPolicy {
  const invalid = (what: string) => invalidArgument(`Invalid cleanup policy "${id}": ${what}.`);
  if (id === '' || id.length > MAX_ID) throw invalid(`its id must have 1 to ${MAX_ID} characters`);
  if (policy.id !== '' && policy.id !== id) throw invalid(`its id "${policy.id}" differs from its key`);
  const action = CleanupPolicy_Action[policy.action];
  if (action !== 'DELETE' && action !== 'KEEP') throw invalid('the action must be DELETE or KEEP');
  const { conditionType } = policy;
  switch (conditionType.case) {
    case 'condition':
      return { id, action, condition: readCondition(conditionType.value, invalid) };
    case 'mostRecentVersions':
      if (action !== 'KEEP') throw invalid('most_recent_versions may only be used with the action KEEP');
      return { id, action, mostRecent: readMostRecent(conditionType.value, invalid) };
    default:
      throw invalid('either condition or most_recent_versions is required');
  }
}

type Invalid = (what: string) => Error;

function readCondition(
  condition: MessageShape<typeof CleanupPolicyConditionSchema>,
  invalid: Invalid,
): CleanupCondition {
  const { tagPrefixes, versionNamePrefixes, packageNamePrefixes } = condition;
  const tagState = condition.tagState === undefined ? undefined : TAG_STATES[condition.tagState];
  if (tagPrefixes.length > 0 && tagState !== 'TAGGED') {
    throw invalid('tag_prefixes may only be used with the tag_state TAGGED');
  }
  const olderThan = readDuration('older_than', condition.olderThan, invalid);
  const newerThan = readDuration('newer_than', condition.newerThan, invalid);
  return {
    tagPrefixes,
    versionNamePrefixes,
    packageNamePrefixes,
    ...(tagState === undefined ? {} : { tagState }),
    ...(olderThan === undefined ? {} : { olderThan }),
    ...(newerThan === undefined ? {} : { newerThan }),
  };
}

function readMostRecent(
  mostRecent: MessageShape<typeof CleanupPolicyMostRecentVersionsSchema>,
  invalid: Invalid,
) {
  const { packageNamePrefixes, keepCount } = mostRecent;
  if (keepCount === undefined || keepCount < 1) throw invalid('keep_count must be positive');
  return { packageNamePrefixes, keepCount };
}

function readDuration(field: string, duration: Duration | undefined, invalid: Invalid): number | undefined {
  if (duration === undefined) return undefined;
  const seconds = Number(duration.seconds) + duration.nanos / 1e9;
  if (seconds < 0) throw invalid(`${field} must not be negative`);
  return seconds;
}
