/** Secret Manager. Only secretAccessor and admin (and the owner) see a value. */
import type { Role } from '../types.js';
import { role } from './notation.js';
import { resourceManager, secretManager } from './permissions/index.js';

export const secretManagerRoles: readonly Role[] = [
  role(
    'roles/secretmanager.secretAccessor',
    'Secret Manager Secret Accessor',
    'Allows accessing the payload of secrets.',
    secretManager.access,
    resourceManager.seeProjects,
  ),
  role(
    'roles/secretmanager.secretVersionAdder',
    'Secret Manager Secret Version Adder',
    'Allows adding versions to existing secrets.',
    secretManager.addVersions,
    resourceManager.seeProjects,
  ),
  role(
    'roles/secretmanager.secretVersionManager',
    'Secret Manager Secret Version Manager',
    'Allows creating and managing versions of existing secrets.',
    secretManager.manageVersions,
    resourceManager.seeProjects,
  ),
  role(
    'roles/secretmanager.viewer',
    'Secret Manager Viewer',
    'Allows viewing metadata of all Secret Manager resources',
    secretManager.read,
    resourceManager.seeProjects,
  ),
  role(
    'roles/secretmanager.editor',
    'Secretmanager Editor',
    'Editor role for secretmanager',
    secretManager.edit,
    resourceManager.seeProjects,
  ),
  role(
    'roles/secretmanager.admin',
    'Secret Manager Admin',
    'Full access to administer Secret Manager resources.',
    secretManager.everything,
    resourceManager.seeProjects,
  ),
];
