/** Identities from outside: workforce, workload and workspace pools, OAuth clients. */
import { all, permissions } from '../notation.js';

const service = 'iam.googleapis.com';

export const oauthRead = permissions(service, { 'oauthClients oauthClientCredentials': 'get list' });
export const oauthAdmin = all(
  oauthRead,
  permissions(service, {
    oauthClients: 'create update delete undelete',
    oauthClientCredentials: 'create update delete',
  }),
);

export const workforceRead = permissions(service, {
  'workforcePools workforcePoolProviders workforcePoolProviderKeys': 'get list',
  workforcePoolProviders: 'computeUserAttributes',
});
/** A pool's providers, but neither the pool's existence nor its policy. */
export const workforceEdit = all(
  workforceRead,
  permissions(service, {
    workforcePools: 'update',
    workforcePoolProviders: 'create update delete undelete',
  }),
);
/** Users and groups that another directory pushes in (SCIM, RFC 7644). */
export const scim = permissions(service, {
  'workforcePoolProviderScimUsers workforcePoolProviderScimGroups': 'create get list patch put delete',
});
export const workforceAdmin = all(
  workforceEdit,
  scim,
  permissions(service, {
    workforcePools: 'create delete undelete getIamPolicy setIamPolicy',
    workforcePoolProviderKeys: 'create delete undelete',
    workforcePoolSubjects: 'delete undelete',
  }),
  permissions(service, {
    workforcePools: 'createPolicyBinding updatePolicyBinding deletePolicyBinding searchPolicyBindings',
  }),
);

export const workloadRead = permissions(service, {
  'workloadIdentityPools workloadIdentityPoolManagedIdentities': 'get list getAttestationRules',
  'workloadIdentityPoolNamespaces workloadIdentityPoolProviders': 'get list',
  workloadIdentityPoolProviderKeys: 'get list',
  workloadIdentityPools: 'getIamPolicy',
});
export const workloadAdmin = all(
  workloadRead,
  permissions(service, {
    'workloadIdentityPools workloadIdentityPoolNamespaces': 'create update delete undelete',
    'workloadIdentityPoolManagedIdentities workloadIdentityPoolProviders': 'create update delete undelete',
    workloadIdentityPoolProviderKeys: 'create delete undelete',
    'workloadIdentityPools workloadIdentityPoolManagedIdentities': 'setAttestationRules',
    workloadIdentityPools: 'setIamPolicy',
  }),
);

export const workspaceBindings = permissions(service, {
  workspacePools: 'createPolicyBinding updatePolicyBinding deletePolicyBinding searchPolicyBindings',
});

export const read = all(
  oauthRead,
  workforceRead,
  workloadRead,
  permissions(service, {
    'workforcePoolProviderScimUsers workforcePoolProviderScimGroups': 'get list',
    workforcePools: 'getIamPolicy searchPolicyBindings',
    workspacePools: 'searchPolicyBindings',
  }),
);

export const everything = all(oauthAdmin, workforceAdmin, workloadAdmin, workspaceBindings);
