/** Policies at the border: google.iam.v1.Policy in, and out. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  AuditLogConfig_LogType as LogType,
  type Policy as PolicyMessage,
  type PolicySchema,
} from '../google/gen/google/iam/v1/policy_pb.js';
import type { AuditLogType, Policy } from '../iam/index.js';
import { EMPTY_POLICY } from './bindings.js';
import type { PolicyUpdate } from './types.js';

const LOG_TYPES: readonly (readonly [LogType, AuditLogType])[] = [
  [LogType.ADMIN_READ, 'ADMIN_READ'],
  [LogType.DATA_WRITE, 'DATA_WRITE'],
  [LogType.DATA_READ, 'DATA_READ'],
];
const typeOf = (sent: LogType) => LOG_TYPES.find(([message]) => message === sent)?.[1];
const messageOf = (type: AuditLogType) =>
  LOG_TYPES.find(([, name]) => name === type)?.[0] ?? LogType.LOG_TYPE_UNSPECIFIED;

/** A policy as setIamPolicy gets it. Whether its roles, members and conditions are good is for setPolicy(). */
export function policyUpdate(
  message: PolicyMessage,
): Required<Pick<PolicyUpdate, 'auditConfigs'>> & PolicyUpdate {
  return {
    // Proto3 knows no difference between a number left out and 0.
    ...(message.version === 0 ? {} : { version: message.version }),
    ...(message.etag.length === 0 ? {} : { etag: Buffer.from(message.etag).toString('base64') }),
    bindings: message.bindings.map(({ role, members, condition }) => ({
      role,
      members: [...members],
      ...(condition === undefined
        ? {}
        : {
            condition: {
              title: condition.title,
              ...(condition.description === '' ? {} : { description: condition.description }),
              expression: condition.expression,
            },
          }),
    })),
    auditConfigs: message.auditConfigs.map(({ service, auditLogConfigs }) => ({
      service,
      auditLogConfigs: auditLogConfigs.map(({ logType, exemptedMembers }) => ({
        logType: typeOf(logType),
        exemptedMembers: [...exemptedMembers],
      })),
    })),
  };
}

/** The message of a policy. One that was never set is its etag alone, as Google answers it. */
export function policyMessage(policy: Policy): MessageInitShape<typeof PolicySchema> {
  const untouched = policy.etag === EMPTY_POLICY.etag && policy.bindings.length === 0;
  return {
    version: untouched ? 0 : policy.version,
    etag: Buffer.from(policy.etag, 'base64'),
    bindings: policy.bindings.map(({ role, members, condition }) => ({
      role,
      members: [...members],
      ...(condition === undefined ? {} : { condition: { ...condition } }),
    })),
    auditConfigs: (policy.auditConfigs ?? []).map(({ service, auditLogConfigs }) => ({
      service,
      auditLogConfigs: auditLogConfigs.map(({ logType, exemptedMembers }) => ({
        logType: messageOf(logType),
        exemptedMembers: [...exemptedMembers],
      })),
    })),
  };
}
