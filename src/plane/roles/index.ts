/** The predefined roles that a plane goes by: the built-in ones, and those that a user fetched from Google over them. */
import { roleDifferences } from '../../iam/index.js';
import { readSyncedRoles, rolesOf, saveSyncedRoles, writeSyncedRoles } from './file.js';
import { fetchPredefinedRoles } from './google.js';

export type { RoleDifference, SyncedRoles } from '../../iam/index.js';
export { rolesOf } from './file.js';
export type { GoogleAnswer, GoogleGet } from './google.js';

/** What commands do with the roles of a data directory. */
export const planeRoles = {
  of: rolesOf,
  read: readSyncedRoles,
  save: saveSyncedRoles,
  write: writeSyncedRoles,
  fetch: fetchPredefinedRoles,
  differences: roleDifferences,
} as const;

export type PlaneRoles = typeof planeRoles;
