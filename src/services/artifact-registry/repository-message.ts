/** A stored repository, as the API's message says it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CleanupPolicy_Action,
  CleanupPolicyCondition_TagState,
  type CleanupPolicySchema,
  Repository_Format,
  Repository_Mode,
  Repository_VulnerabilityScanningConfig_EnablementConfig,
  Repository_VulnerabilityScanningConfig_EnablementState,
  type RepositorySchema,
} from '../../google/gen/google/devtools/artifactregistry/v1/repository_pb.js';
import type { CleanupPolicy, Repository } from '../../registry/index.js';
import { at } from './messages.js';
import { repositoryPath } from './names.js';

/** A repository as lists show it; `registryUri` is added where one alone is asked for. */
export function repositoryMessage(
  repository: Repository,
  sizeBytes: number,
): MessageInitShape<typeof RepositorySchema> {
  const { description, labels, immutableTags, cleanupPolicies = [], upstreamPolicies } = repository;
  return {
    name: repositoryPath(repository),
    format: Repository_Format.DOCKER,
    mode: Repository_Mode[repository.mode],
    description,
    labels: { ...labels },
    createTime: at(repository.createTime),
    updateTime: at(repository.updateTime),
    sizeBytes: BigInt(sizeBytes),
    satisfiesPzi: true,
    vulnerabilityScanningConfig: scanningMessage(repository),
    cleanupPolicies: Object.fromEntries(cleanupPolicies.map((policy) => [policy.id, policyMessage(policy)])),
    cleanupPolicyDryRun: repository.cleanupPolicyDryRun === true,
    ...(upstreamPolicies === undefined
      ? {}
      : {
          modeConfig: {
            case: 'virtualRepositoryConfig' as const,
            value: { upstreamPolicies: upstreamPolicies.map((policy) => ({ ...policy })) },
          },
        }),
    ...(immutableTags === undefined
      ? {}
      : { formatConfig: { case: 'dockerConfig' as const, value: { immutableTags } } }),
  };
}

/** Nothing is scanned here; the reason says whose doing that would be on Google Cloud. */
function scanningMessage({
  scanning,
}: Repository): NonNullable<MessageInitShape<typeof RepositorySchema>['vulnerabilityScanningConfig']> {
  return {
    enablementState: Repository_VulnerabilityScanningConfig_EnablementState.SCANNING_DISABLED,
    enablementStateReason:
      scanning === 'DISABLED'
        ? 'Vulnerability scanning is disabled on the repository.'
        : 'API containerscanning.googleapis.com is not enabled.',
    ...(scanning === undefined
      ? {}
      : { enablementConfig: Repository_VulnerabilityScanningConfig_EnablementConfig[scanning] }),
  };
}

function policyMessage(policy: CleanupPolicy): MessageInitShape<typeof CleanupPolicySchema> {
  const common = { id: policy.id, action: CleanupPolicy_Action[policy.action] };
  if (!('condition' in policy)) {
    const { packageNamePrefixes, keepCount } = policy.mostRecent;
    return {
      ...common,
      conditionType: {
        case: 'mostRecentVersions',
        value: { packageNamePrefixes: [...packageNamePrefixes], keepCount },
      },
    };
  }
  const { condition } = policy;
  const { tagState, olderThan, newerThan } = condition;
  return {
    ...common,
    conditionType: {
      case: 'condition',
      value: {
        tagPrefixes: [...condition.tagPrefixes],
        versionNamePrefixes: [...condition.versionNamePrefixes],
        packageNamePrefixes: [...condition.packageNamePrefixes],
        ...(tagState === undefined ? {} : { tagState: CleanupPolicyCondition_TagState[tagState] }),
        ...(olderThan === undefined ? {} : { olderThan: duration(olderThan) }),
        ...(newerThan === undefined ? {} : { newerThan: duration(newerThan) }),
      },
    },
  };
}

/** @param seconds with a fraction */
function duration(seconds: number): { seconds: bigint; nanos: number } {
  const whole = Math.floor(seconds);
  return { seconds: BigInt(whole), nanos: Math.round((seconds - whole) * 1e9) };
}
