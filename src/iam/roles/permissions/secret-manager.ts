/** Secret Manager: secrets and their versions. */
import { all, permissions } from '../notation.js';

/** Secrets and versions, but never a secret's value. */
export const read = permissions('secretmanager', {
  secrets: 'get list getIamPolicy listTagBindings listEffectiveTags',
  'versions locations': 'get list',
});

export const addVersions = permissions('secretmanager', { versions: 'add', secrets: 'rotate' });

export const manageVersions = all(
  addVersions,
  permissions('secretmanager', { versions: 'get list enable disable destroy' }),
);

/** Secrets and versions in every way but reading the value and deciding about access. */
export const edit = all(
  read,
  manageVersions,
  permissions('secretmanager', { secrets: 'create update delete enableManagedRotation' }),
);

/** The value. */
export const access = permissions('secretmanager', { versions: 'access' });

export const everything = all(
  edit,
  access,
  permissions('secretmanager', { secrets: 'setIamPolicy createTagBinding deleteTagBinding' }),
);
