/** Who is calling: the plane's keys, its accounts, and the tokens it signs and verifies. */
export { openAccounts } from './accounts.js';
export {
  type IdentityPool,
  type IdentityPools,
  type OidcSettings,
  openIdentityPools,
  POOL_PREFIXES,
  type PoolProvider,
  poolName,
  purgeTime,
  type Versioned,
} from './federation.js';
export {
  GCLOUD_CLIENT_ID,
  type IdentityOptions,
  openIdentity,
  userUniqueId,
} from './identity.js';
export * from './types.js';
