/** Identities from outside: workforce and workload pools, OAuth clients. */
import type { Role } from '../types.js';
import { betaRole, role } from './notation.js';
import { federation, iam, resourceManager } from './permissions/index.js';

export const federationRoles: readonly Role[] = [
  role(
    'roles/iam.workspacePoolAdmin',
    'Workspace Pool IAM Admin',
    'IAM workspace pool admin able to bind IAM policies to Dasher accounts.',
    federation.workspaceBindings,
  ),
  role(
    'roles/iam.oauthClientViewer',
    'IAM OAuth Client Viewer',
    'Read access to a particular instance of an OAuth client.',
    federation.oauthRead,
    resourceManager.seeProjects,
  ),
  role(
    'roles/iam.workforcePoolViewer',
    'IAM Workforce Pool Viewer',
    'Rights to read workforce pool.',
    federation.workforceRead,
  ),
  role(
    'roles/iam.scimSyncer',
    'SCIM Data Syncer',
    'Rights to sync users and groups from external identity providers.',
    federation.scim,
  ),
  role(
    'roles/iam.workforcePoolEditor',
    'IAM Workforce Pool Editor',
    'Gives permission to edit workforce pools.',
    federation.workforceEdit,
  ),
  role(
    'roles/iam.oauthClientAdmin',
    'IAM OAuth Client Admin',
    'Full rights to create and manage OAuth clients.',
    federation.oauthAdmin,
    resourceManager.seeProjects,
  ),
  betaRole(
    'roles/iam.workloadIdentityPoolViewer',
    'IAM Workload Identity Pool Viewer',
    'Read access to workload identity pools.',
    federation.workloadRead,
    resourceManager.seeProjects,
  ),
  role(
    'roles/iam.workforcePoolAdmin',
    'IAM Workforce Pool Admin',
    'Full rights to create and manage all workforce pools in the org, along with the ability to delegate permissions to other admins.',
    federation.workforceAdmin,
  ),
  betaRole(
    'roles/iam.workloadIdentityPoolAdmin',
    'IAM Workload Identity Pool Admin',
    'Full rights to create and manage workload identity pools.',
    federation.workloadAdmin,
    iam.workloadPoolBindings,
    resourceManager.seeProjects,
  ),
];
