/** Binary Authorization: attestors and policies, each with its own ladder, then both together. */
import type { Role } from '../types.js';
import { role } from './notation.js';
import { binaryAuthorization, resourceManager } from './permissions/index.js';

export const binaryAuthorizationRoles: readonly Role[] = [
  role(
    'roles/binaryauthorization.attestorsViewer',
    'Binary Authorization Attestor Viewer',
    'Viewer of Binary Authorization Attestors',
    binaryAuthorization.attestorsRead,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.attestorsVerifier',
    'Binary Authorization Attestor Image Verifier',
    'Caller of Binary Authorization Attestors VerifyImageAttested',
    binaryAuthorization.attestorsVerify,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.policyViewer',
    'Binary Authorization Policy Viewer',
    'Viewer of Binary Authorization Policy',
    binaryAuthorization.policyRead,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.policyEvaluator',
    'Binary Authorization Policy Evaluator',
    'Evaluator of Binary Authorization Policy',
    binaryAuthorization.policyEvaluate,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.attestorsEditor',
    'Binary Authorization Attestor Editor',
    'Editor of Binary Authorization Attestors',
    binaryAuthorization.attestorsEdit,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.attestorsAdmin',
    'Binary Authorization Attestor Admin',
    'Adminstrator of Binary Authorization Attestors',
    binaryAuthorization.attestorsAdmin,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.policyEditor',
    'Binary Authorization Policy Editor',
    'Editor of Binary Authorization Policy',
    binaryAuthorization.policyEdit,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.viewer',
    'Binary Authorization Viewer',
    'Viewer role for Binary Authorization',
    binaryAuthorization.read,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.policyAdmin',
    'Binary Authorization Policy Administrator',
    'Administrator of Binary Authorization Policy',
    binaryAuthorization.policyAdmin,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.editor',
    'Binary Authorization Editor',
    'Editor role for Binary Authorization',
    binaryAuthorization.edit,
    resourceManager.seeProjects,
  ),
  role(
    'roles/binaryauthorization.admin',
    'Binary Authorization Admin',
    'Admin role for Binary Authorization',
    binaryAuthorization.everything,
    resourceManager.seeProjects,
  ),
];
