/** What each method of the IAM API needs. Policies: see policies.ts. */
import { iamRefusal } from '../../access/index.js';
import { type AccessRule, invalidArgument, type PermissionType } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import type { Named } from './accounts.js';
import { parseKeyName } from './keys.js';

const SERVICE = 'google.iam.admin.v1.IAM';

/** What requests name, found once for the access rule, the handler and the audit entry. */
export interface AccountFinder {
  find(request: object, name: string): Promise<Named>;
  /** The same for a deleted account, by its unique id. */
  findDeleted(request: object, name: string): Promise<Named>;
  /** What was found for the request, if anything was. */
  known(request: object): Named | undefined;
  remember(request: object, named: Named): void;
}

export interface ByName {
  readonly name: string;
}
export interface ByAccount {
  readonly serviceAccount?: ByName | undefined;
}

/** The project (id or number) of `projects/P`. @throws GoogleError INVALID_ARGUMENT for anything else */
export function parseProject(name: string): string {
  const [, project] = /^projects\/([^/]+)$/.exec(name) ?? [];
  if (project === undefined) throw invalidArgument(`Invalid project name: "${name}".`);
  return project;
}

export function accessRules(finder: AccountFinder): Record<string, AccessRule> {
  const onAccount = <R extends object>(
    type: PermissionType,
    permission: string,
    nameOf: (request: R) => string,
    find: 'find' | 'findDeleted' = 'find',
  ): AccessRule => ({
    kind: 'permission',
    type,
    checks: async (request: R) => {
      const { resource, label } = await finder[find](request, nameOf(request));
      return [{ permission, resource, label }];
    },
    refusal: iamRefusal,
  });
  const onProject = (type: PermissionType, permission: string): AccessRule => ({
    kind: 'permission',
    type,
    checks: ({ name }: ByName) => [{ permission, resource: projectName(parseProject(name)), label: name }],
    refusal: iamRefusal,
  });
  const name = ({ name }: ByName) => name;
  const account = ({ serviceAccount }: ByAccount) => serviceAccount?.name ?? '';
  // Keys have no policies of their own: their account's decides.
  const ofKey = ({ name }: ByName) => parseKeyName(name).account;
  const keys = 'iam.serviceAccountKeys';
  return {
    [`${SERVICE}.ListServiceAccounts`]: onProject('ADMIN_READ', 'iam.serviceAccounts.list'),
    [`${SERVICE}.CreateServiceAccount`]: onProject('ADMIN_WRITE', 'iam.serviceAccounts.create'),
    [`${SERVICE}.GetServiceAccount`]: onAccount('ADMIN_READ', 'iam.serviceAccounts.get', name),
    [`${SERVICE}.UpdateServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.update', name),
    [`${SERVICE}.PatchServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.update', account),
    [`${SERVICE}.DeleteServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.delete', name),
    [`${SERVICE}.EnableServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.enable', name),
    [`${SERVICE}.DisableServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.disable', name),
    [`${SERVICE}.UndeleteServiceAccount`]: onAccount(
      'ADMIN_WRITE',
      'iam.serviceAccounts.undelete',
      name,
      'findDeleted',
    ),
    [`${SERVICE}.ListServiceAccountKeys`]: onAccount('ADMIN_READ', `${keys}.list`, name),
    [`${SERVICE}.GetServiceAccountKey`]: onAccount('ADMIN_READ', `${keys}.get`, ofKey),
    [`${SERVICE}.CreateServiceAccountKey`]: onAccount('ADMIN_WRITE', `${keys}.create`, name),
    [`${SERVICE}.UploadServiceAccountKey`]: onAccount('ADMIN_WRITE', `${keys}.create`, name),
    [`${SERVICE}.DeleteServiceAccountKey`]: onAccount('ADMIN_WRITE', `${keys}.delete`, ofKey),
    [`${SERVICE}.DisableServiceAccountKey`]: onAccount('ADMIN_WRITE', `${keys}.disable`, ofKey),
    [`${SERVICE}.EnableServiceAccountKey`]: onAccount('ADMIN_WRITE', `${keys}.enable`, ofKey),
    [`${SERVICE}.SignBlob`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.signBlob', name),
    [`${SERVICE}.SignJwt`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.signJwt', name),
  };
}
