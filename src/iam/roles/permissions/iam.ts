/** IAM: service accounts, roles, and the policies beside allow policies (deny, boundary, access). */
import { all, permissions, withVerbs } from '../notation.js';

export const serviceAccountsSee = permissions('iam', { serviceAccounts: 'get list' });

/** Run things as a service account: attach it to a service, a job, a function. */
export const serviceAccountsUse = all(serviceAccountsSee, 'iam.serviceAccounts.actAs');

/** Be a service account: no basic role has any of these. */
const mintTokens = permissions('iam', {
  serviceAccounts: 'getAccessToken getOpenIdToken implicitDelegation signBlob signJwt',
});
export const tokensCreate = all(serviceAccountsSee, mintTokens);

/** What Google's agents need to run code as a service account of the project. */
export const agentUse = permissions('iam', {
  serviceAccounts: 'actAs getAccessToken getOpenIdToken signBlob',
});

export const serviceAccountsRead = permissions('iam', {
  serviceAccounts: 'get list getIamPolicy listTagBindings listEffectiveTags',
  serviceAccountKeys: 'get list',
});
export const apiKeyBindings = permissions('iam', { serviceAccountApiKeyBindings: 'create delete undelete' });
export const serviceAccountsAdmin = all(
  apiKeyBindings,
  permissions('iam', {
    serviceAccounts: 'create get list update delete undelete enable disable getIamPolicy setIamPolicy',
  }),
  permissions('iam', {
    serviceAccounts: 'createTagBinding deleteTagBinding listTagBindings listEffectiveTags',
  }),
);
export const keysAdmin = all(
  serviceAccountsSee,
  permissions('iam', { serviceAccountKeys: 'create get list delete enable disable' }),
);

export const rolesRead = permissions('iam', { roles: 'get list listTagBindings listEffectiveTags' });
export const rolesAdmin = all(
  rolesRead,
  permissions('iam', { roles: 'create update delete undelete createTagBinding deleteTagBinding' }),
);

export const policyBindingsRead = permissions('iam', { policybindings: 'get list' });

export const denyRead = permissions('iam', { denypolicies: 'get list' });
export const denyAdmin = all(denyRead, permissions('iam', { denypolicies: 'create update delete' }));

export const accessPoliciesRead = permissions('iam', { accesspolicies: 'get list searchPolicyBindings' });
export const accessPoliciesUse = permissions('iam', { accesspolicies: 'get list bind unbind' });
export const accessPoliciesAdmin = all(
  accessPoliciesRead,
  accessPoliciesUse,
  permissions('iam', { accesspolicies: 'create update delete' }),
);

export const boundariesRead = permissions('iam', {
  principalaccessboundarypolicies: 'get list searchPolicyBindings',
});
export const boundariesUse = permissions('iam', {
  principalaccessboundarypolicies: 'get list bind unbind',
});
export const boundariesAdmin = all(
  boundariesRead,
  boundariesUse,
  permissions('iam', { principalaccessboundarypolicies: 'create update delete' }),
);

/** Binding policies to a workload identity pool; the pools themselves are under federation. */
export const workloadPoolBindings = permissions('iam', {
  workloadIdentityPools: 'createPolicyBinding updatePolicyBinding deletePolicyBinding searchPolicyBindings',
});

export const read = all(
  serviceAccountsRead,
  rolesRead,
  policyBindingsRead,
  denyRead,
  accessPoliciesRead,
  boundariesRead,
  withVerbs(workloadPoolBindings, 'searchPolicyBindings'),
);

export const edit = all(
  read,
  keysAdmin,
  serviceAccountsUse,
  apiKeyBindings,
  permissions('iam', { serviceAccounts: 'create update delete enable disable' }),
);

/** All but three things: becoming a service account, deny policies, and principal access boundaries. */
export const administer = all(
  edit,
  serviceAccountsAdmin,
  rolesAdmin,
  accessPoliciesAdmin,
  workloadPoolBindings,
  'iam.operations.get',
);

export const everything = all(administer, tokensCreate, denyAdmin, boundariesAdmin);
