/** Policies of service accounts: who may act as one, and who may administer it. */
import {
  type AccessControl,
  iamRefusal,
  type Located,
  type PolicyMethods,
  policyMethods,
} from '../../access/index.js';
import type { Accounts } from '../../identity/index.js';
import { existing, locateAccount, type Named } from './accounts.js';
import { auditName, monitored } from './audit.js';

export function accountPolicies(access: AccessControl, accounts: Accounts): PolicyMethods {
  return policyMethods(access, {
    permissions: { get: 'iam.serviceAccounts.getIamPolicy', set: 'iam.serviceAccounts.setIamPolicy' },
    locate: (resource) => locateAccount(resource, accounts, access),
    mustExist: async (located) => {
      existing(asNamed(located));
    },
    refusal: iamRefusal,
    audit: {
      serviceName: 'iam.googleapis.com',
      methodName: 'google.iam.admin.v1.SetIAMPolicy',
      resourceName: (located) => auditName(asNamed(located)) ?? located.label,
      monitored: (located) => monitored(asNamed(located)),
      policyDelta: true,
    },
  });
}

/** What locateAccount() gave comes back as it was. */
const asNamed = (located: Located): Named => located;
