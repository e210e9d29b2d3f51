/** Service accounts by their unique ids. */

/**
 * Whether a name spells a service account by its unique id, as names of assets may
 * (https://cloud.google.com/asset-inventory/docs/asset-names).
 */
export const isByUniqueId = (name: string): boolean =>
  name.startsWith('//iam.googleapis.com/') && /\/serviceAccounts\/\d+$/.test(name);
