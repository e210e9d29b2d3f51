/** The difference of two policies, as audit entries of SetIamPolicy carry it. */
import type { JsonObject } from '../google/index.js';
import type { AuditLogType, Binding, Policy } from '../iam/index.js';

type Action = 'ADD' | 'REMOVE';

/**
 * google.iam.v1.logging.AuditData: one binding delta for each member that a role gained or lost, and one audit config
 * delta for each type of log that a service gained or lost, or member that it exempts.
 * (https://cloud.google.com/iam/docs/audit-logging/examples-service-accounts)
 */
export function policyDelta(before: Policy, after: Policy): JsonObject {
  const old = grantsOf(before);
  const now = grantsOf(after);
  const deltas = [...missingFrom(now, old, 'REMOVE'), ...missingFrom(old, now, 'ADD')];
  const [oldLogs, newLogs] = [logsOf(before), logsOf(after)];
  const auditConfigDeltas = [
    ...logsMissingFrom(newLogs, oldLogs, 'REMOVE'),
    ...logsMissingFrom(oldLogs, newLogs, 'ADD'),
  ];
  return {
    '@type': 'type.googleapis.com/google.iam.v1.logging.AuditData',
    policyDelta: {
      ...(deltas.length === 0 ? {} : { bindingDeltas: deltas }),
      ...(auditConfigDeltas.length === 0 ? {} : { auditConfigDeltas }),
    },
  };
}

interface SingleLog {
  readonly service: string;
  readonly logType: AuditLogType;
  /** Left out in the delta of the log as such. */
  readonly exemptedMember?: string;
}

function logsOf({ auditConfigs = [] }: Policy): Map<string, SingleLog> {
  const logs = auditConfigs.flatMap(({ service, auditLogConfigs }) =>
    auditLogConfigs.flatMap(({ logType, exemptedMembers }): SingleLog[] => [
      { service, logType },
      ...exemptedMembers.map((exemptedMember) => ({ service, exemptedMember, logType })),
    ]),
  );
  return new Map(logs.map((log) => [JSON.stringify(log), log]));
}

const logsMissingFrom = (
  those: ReadonlyMap<string, SingleLog>,
  these: ReadonlyMap<string, SingleLog>,
  action: Action,
): JsonObject[] => [...these].flatMap(([key, log]) => (those.has(key) ? [] : [{ action, ...log }]));

interface SingleGrant {
  readonly binding: Binding;
  readonly member: string;
}

/**
 * The roles that some member gains or loses when a policy is replaced: the API attribute
 * `iam.googleapis.com/modifiedGrantsByRole` (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).
 * @param before and `after` with members as IAM keeps them: see mergeBindings()
 */
export function modifiedRoles(before: Pick<Policy, 'bindings'>, after: Pick<Policy, 'bindings'>): string[] {
  const [old, now] = [grantsOf(before), grantsOf(after)];
  const changed = [...old, ...now].filter(([key]) => !(old.has(key) && now.has(key)));
  return [...new Set(changed.map(([, { binding }]) => binding.role))].sort();
}

function grantsOf(policy: Pick<Policy, 'bindings'>): Map<string, SingleGrant> {
  const grants = new Map<string, SingleGrant>();
  for (const binding of policy.bindings) {
    for (const member of binding.members) {
      grants.set(JSON.stringify([binding.role, member, binding.condition ?? null]), { binding, member });
    }
  }
  return grants;
}

/** The grants of `these` that `those` do not have. */
function missingFrom(
  those: ReadonlyMap<string, SingleGrant>,
  these: ReadonlyMap<string, SingleGrant>,
  action: Action,
): JsonObject[] {
  return [...these]
    .filter(([key]) => !those.has(key))
    .map(([, { binding, member }]) => ({
      action,
      role: binding.role,
      member,
      ...(binding.condition === undefined ? {} : { condition: { ...binding.condition } }),
    }));
}
