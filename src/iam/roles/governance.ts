/** Asset Inventory, Organization Policy, Policy Intelligence, Access Context Manager. */
import type { Role } from '../types.js';
import { betaRole, permissions, role } from './notation.js';
import { governance, resourceManager } from './permissions/index.js';

export const governanceRoles: readonly Role[] = [
  role(
    'roles/accesscontextmanager.policyReader',
    'Access Context Manager Reader',
    'Read access to policies, access levels, access zones and authorized orgs descs.',
    'resourcemanager.organizations.get',
    resourceManager.seeProjects,
  ),
  role(
    'roles/cloudasset.viewer',
    'Cloud Asset Viewer',
    'Read only access to cloud assets metadata',
    governance.assetRead,
  ),
  role(
    'roles/cloudasset.owner',
    'Cloud Asset Owner',
    'Full access to cloud assets metadata',
    governance.assetEverything,
  ),
  role(
    'roles/orgpolicy.policyViewer',
    'Organization Policy Viewer',
    'Access to view Organization Policies on resources.',
    governance.orgPolicyRead,
  ),
  role(
    'roles/orgpolicy.policyAdmin',
    'Organization Policy Administrator',
    'The permission to set Organization Policies on resources.',
    governance.orgPolicyEverything,
    governance.simulateOrgPolicy,
    permissions('cloudasset', { assets: 'analyzeOrgPolicy listResource searchAllResources' }),
  ),
  betaRole(
    'roles/policyanalyzer.activityAnalysisViewer',
    'Activity Analysis Viewer',
    'Viewer user that can read all activity analysis.',
    governance.policyActivity,
  ),
  betaRole(
    'roles/policyanalyzer.admin',
    'Policyanalyzer Admin',
    'Admin role for policyanalyzer',
    governance.policyActivity,
    resourceManager.seeProjects,
  ),
  betaRole(
    'roles/policyanalyzer.viewer',
    'Policyanalyzer Viewer',
    'Viewer role for policyanalyzer',
    governance.policyActivity,
    resourceManager.seeProjects,
  ),
  betaRole(
    'roles/policysimulator.admin',
    'Simulator Admin',
    'Admin user that can run and access replays.',
    governance.simulateAllow,
    governance.simulateAccess,
  ),
];
