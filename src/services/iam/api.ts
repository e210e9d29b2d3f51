import type { AccessControl } from '../../access/index.js';
import { IAM } from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { type Api, protoMethods } from '../../google/index.js';
import type { Accounts } from '../../identity/index.js';
import { type AccountFinder, accessRules, auditRules } from './access.js';
import { accountHandlers } from './account-handlers.js';
import { locateAccount, type Named } from './accounts.js';
import type { IamDeps } from './create-account.js';
import { accountPolicies } from './policies.js';
import { roleHandlers } from './roles.js';

/** The IAM API, v1: service accounts with their policies, and the catalogue of roles. */
export function iamApi(deps: IamDeps): Api {
  const { access, identity } = deps;
  const finder = accountFinder(access, identity.accounts);
  const policies = accountPolicies(access, identity.accounts);
  return {
    host: 'iam.googleapis.com',
    regional: false,
    methods: protoMethods(
      IAM,
      { ...accountHandlers(deps, finder), ...policies.handlers, ...roleHandlers(access) },
      { audit: { ...auditRules(access, finder), ...policies.audit } },
    ),
    access: {
      ...accessRules(finder),
      'google.iam.admin.v1.IAM.GetIamPolicy': policies.rules.getIamPolicy,
      'google.iam.admin.v1.IAM.SetIamPolicy': policies.rules.setIamPolicy,
      'google.iam.admin.v1.IAM.TestIamPermissions': policies.rules.testIamPermissions,
    },
  };
}

function accountFinder(access: AccessControl, accounts: Accounts): AccountFinder {
  const found = new WeakMap<object, Named>();
  return {
    async find(request, name) {
      const known = found.get(request);
      if (known) return known;
      const named = await locateAccount(name, accounts, access);
      found.set(request, named);
      return named;
    },
    known: (request) => found.get(request),
    remember: (request, named) => {
      found.set(request, named);
    },
  };
}
