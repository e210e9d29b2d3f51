/** Policies at the border: google.iam.v1.Policy in, and out. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Policy as PolicyMessage, PolicySchema } from '../google/gen/google/iam/v1/policy_pb.js';
import { unimplemented } from '../google/index.js';
import type { Policy } from '../iam/index.js';
import { EMPTY_POLICY } from './bindings.js';
import type { PolicyUpdate } from './types.js';

/**
 * A policy as setIamPolicy gets it. Whether its roles, members and conditions are good is for setPolicy().
 * @throws GoogleError UNIMPLEMENTED for auditConfigs
 */
export function policyUpdate(message: PolicyMessage): PolicyUpdate {
  if (message.auditConfigs.length > 0) {
    throw unimplemented('policy.auditConfigs: audit configurations in policies are not implemented.');
  }
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
  };
}
