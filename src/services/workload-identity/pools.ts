/** google.iam.v1.WorkloadIdentityPool, in and out. */
import type { JsonObject } from '../../google/index.js';
import { type IdentityPool, purgeTime } from '../../identity/index.js';
import { type FieldRules, type Fields, flag, text } from './requests.js';

export const POOL_FIELDS: FieldRules = {
  resource: 'workload_identity_pool',
  known: ['displayName', 'description', 'disabled'],
  unserved: {
    mode: 'pools of managed identities are not implemented.',
    sessionDuration: 'tokens last as long as the token that they are exchanged for, at most an hour.',
    inlineCertificateIssuanceConfig: 'pools of managed identities are not implemented.',
    inlineTrustConfig: 'pools of managed identities are not implemented.',
  },
};

export type PoolSettings = Pick<IdentityPool, 'displayName' | 'description' | 'disabled'>;

/** @param now what holds where the fields say nothing @throws GoogleError INVALID_ARGUMENT */
export function poolSettings(fields: Fields, now: PoolSettings): PoolSettings {
  return {
    displayName: text(fields, 'displayName', now.displayName, 32),
    description: text(fields, 'description', now.description, 256),
    disabled: flag(fields, 'disabled', now.disabled),
  };
}

export const NEW_POOL: PoolSettings = { displayName: '', description: '', disabled: false };

/** With the project's number, as answers have it. */
export const poolPath = ({ projectNumber, pool }: Pick<IdentityPool, 'projectNumber' | 'pool'>): string =>
  `projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}`;

/** The fields that pools and providers share, as far as they are set. */
export function commonJson(of: PoolSettings & { readonly deleteTime?: string }): JsonObject {
  const { displayName, description, disabled, deleteTime } = of;
  return {
    ...(displayName === '' ? {} : { displayName }),
    ...(description === '' ? {} : { description }),
    state: deleteTime === undefined ? 'ACTIVE' : 'DELETED',
    ...(disabled ? { disabled } : {}),
    ...(deleteTime === undefined ? {} : { expireTime: purgeTime(deleteTime).toISOString() }),
  };
}

export const poolJson = (pool: IdentityPool): JsonObject => ({ name: poolPath(pool), ...commonJson(pool) });
