/** Looking at and steering a whole organization: Asset Inventory, Organization Policy, Policy Intelligence. */
import { all, permissions } from '../notation.js';

/** Search resources and policies, and analyse what they amount to. */
export const assetAnalyze = permissions('cloudasset', {
  assets: 'searchAllResources searchAllIamPolicies analyzeIamPolicy analyzeMove analyzeOrgPolicy',
});
export const assetRead = all(
  assetAnalyze,
  permissions('cloudasset', { assets: 'listResource listIamPolicy exportIamPolicy queryAccessPolicy' }),
);
export const assetFeeds = permissions('cloudasset', { feeds: 'get create update delete' });
export const assetEverything = all(assetRead, assetFeeds, 'cloudasset.feeds.list');

/** Which organization policies hold, without the custom constraints. */
export const orgPolicyInspect = permissions('orgpolicy', { 'constraints policies': 'list', policy: 'get' });
export const orgPolicyRead = all(
  orgPolicyInspect,
  permissions('orgpolicy', { customConstraints: 'get list' }),
);
export const orgPolicyEverything = all(
  orgPolicyRead,
  permissions('orgpolicy', { 'policies customConstraints': 'create update delete', policy: 'set' }),
);

export const policyActivity = permissions('policyanalyzer', {
  'resourceAuthorizationActivities serviceAccountLastAuthenticationActivities': 'query',
  serviceAccountKeyLastAuthenticationActivities: 'query',
});

/** Simulating a changed deny or access policy, an organization policy, an allow policy. */
export const simulateAccess = permissions('policysimulator', {
  accessPolicySimulations: 'create get list',
  accessPolicySimulationResults: 'list',
});
export const simulateOrgPolicy = permissions('policysimulator', {
  orgPolicyViolationsPreviews: 'create get list',
  orgPolicyViolations: 'list',
});
export const simulateAllow = permissions('policysimulator', {
  replays: 'create run get list',
  replayResults: 'list',
});
export const simulationsRead = permissions('policysimulator', {
  'accessPolicySimulations orgPolicyViolationsPreviews replays': 'get list',
  'accessPolicySimulationResults orgPolicyViolations replayResults': 'list',
});
export const simulatorEverything = all(simulateAccess, simulateOrgPolicy, simulateAllow);

export const everything = all(assetEverything, orgPolicyEverything, policyActivity, simulatorEverything);
