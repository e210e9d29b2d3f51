import type { AccessControl } from '../../access/index.js';
import { IAM } from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { type Api, protoMethods } from '../../google/index.js';
import type { Accounts } from '../../identity/index.js';
import { denyPolicyMethods } from '../iam-v2/index.js';
import { boundaryMethods } from '../iam-v3/index.js';
import { operationMethods } from '../operation-families.js';
import { workloadIdentityMethods } from '../workload-identity/index.js';
import { type AccountFinder, accessRules } from './access.js';
import { accountHandlers } from './account-handlers.js';
import { locateAccount, locateDeleted, type Named } from './accounts.js';
import { auditRules } from './audit.js';
import type { IamApiDeps } from './create-account.js';
import { customRoleHandlers, type PermissionDeltas } from './custom-roles.js';
import { keyHandlers } from './key-handlers.js';
import { lintAccess, lintHandlers } from './lint.js';
import { accountPolicies } from './policies.js';
import { roleAccess, roleAudit } from './role-rules.js';
import { roleHandlers } from './roles.js';
import { signingHandlers } from './signing.js';

/**
 * The IAM API: service accounts with their keys and policies, and the catalogue of roles (v1); deny policies (v2);
 * principal access boundaries (v3).
 */
export function iamApi(deps: IamApiDeps): Api {
  const { access, identity } = deps;
  const finder = accountFinder(access, identity.accounts);
  const policies = accountPolicies(access, identity.accounts);
  const denyPolicies = denyPolicyMethods(deps);
  const boundaries = boundaryMethods(deps);
  const operations = operationMethods([denyPolicies.operations, boundaries.operations]);
  const workloadIdentity = workloadIdentityMethods(deps);
  const deltas: PermissionDeltas = new WeakMap();
  const methods = protoMethods(
    IAM,
    {
      ...accountHandlers(deps, finder),
      ...keyHandlers(deps, finder),
      ...signingHandlers(deps, finder),
      ...policies.handlers,
      ...roleHandlers(access),
      ...customRoleHandlers(access, deltas),
      ...lintHandlers(),
    },
    { audit: { ...auditRules(access, finder), ...policies.audit, ...roleAudit(access, deltas) } },
  );
  return {
    host: 'iam.googleapis.com',
    regional: false,
    methods: [
      ...methods,
      ...denyPolicies.methods,
      ...boundaries.methods,
      ...operations.methods,
      ...workloadIdentity.methods,
    ],
    access: {
      ...accessRules(finder),
      ...roleAccess,
      ...lintAccess,
      'google.iam.admin.v1.IAM.GetIamPolicy': policies.rules.getIamPolicy,
      'google.iam.admin.v1.IAM.SetIamPolicy': policies.rules.setIamPolicy,
      'google.iam.admin.v1.IAM.TestIamPermissions': policies.rules.testIamPermissions,
      ...denyPolicies.access,
      ...boundaries.access,
      ...operations.access,
      ...workloadIdentity.access,
    },
  };
}

function accountFinder(access: AccessControl, accounts: Accounts): AccountFinder {
  const found = new WeakMap<object, Named>();
  const once = async (request: object, locate: () => Promise<Named>) => {
    const known = found.get(request);
    if (known) return known;
    const named = await locate();
    found.set(request, named);
    return named;
  };
  return {
    find: (request, name) => once(request, () => locateAccount(name, accounts, access)),
    findDeleted: (request, name) => once(request, () => locateDeleted(name, accounts, access)),
    known: (request) => found.get(request),
    remember: (request, named) => {
      found.set(request, named);
    },
  };
}
