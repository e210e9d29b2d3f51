/** What each method of the IAM API needs, and how its writes are audited. Policies: see policies.ts. */
import { type AccessControl, iamRefusal, type Located } from '../../access/index.js';
import {
  type AccessRule,
  type AuditRule,
  type Call,
  invalidArgument,
  type PermissionType,
} from '../../google/index.js';
import type { Account } from '../../identity/index.js';
import { projectName, type ResourceName } from '../../names/index.js';
import type { Named } from './accounts.js';
import { fullName } from './roles.js';

const SERVICE = 'google.iam.admin.v1.IAM';

/** What requests name, found once for the access rule, the handler and the audit entry. */
export interface AccountFinder {
  find(request: object, name: string): Promise<Named>;
  /** What was found for the request, if anything was. */
  known(request: object): Named | undefined;
  remember(request: object, named: Named): void;
}

interface ByName {
  readonly name: string;
}
interface ByAccount {
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
  ): AccessRule => ({
    kind: 'permission',
    type,
    checks: async (request: R) => {
      const { resource, label } = await finder.find(request, nameOf(request));
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
  const onCustomRole = (permission: string, parentOf: (request: never) => string): AccessRule => ({
    kind: 'permission',
    type: 'ADMIN_READ',
    // Predefined roles are open to whoever is signed in; a project's own are the project's.
    checks: (request: never) => {
      const parent = parentOf(request);
      if (parent === '') return [];
      const resource: ResourceName = `//cloudresourcemanager.googleapis.com/${parent}`;
      return [{ permission, resource, label: parent }];
    },
    refusal: iamRefusal,
  });
  const name = ({ name }: ByName) => name;
  const account = ({ serviceAccount }: ByAccount) => serviceAccount?.name ?? '';
  return {
    [`${SERVICE}.ListServiceAccounts`]: onProject('ADMIN_READ', 'iam.serviceAccounts.list'),
    [`${SERVICE}.CreateServiceAccount`]: onProject('ADMIN_WRITE', 'iam.serviceAccounts.create'),
    [`${SERVICE}.GetServiceAccount`]: onAccount('ADMIN_READ', 'iam.serviceAccounts.get', name),
    [`${SERVICE}.UpdateServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.update', name),
    [`${SERVICE}.PatchServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.update', account),
    [`${SERVICE}.DeleteServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.delete', name),
    [`${SERVICE}.EnableServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.enable', name),
    [`${SERVICE}.DisableServiceAccount`]: onAccount('ADMIN_WRITE', 'iam.serviceAccounts.disable', name),
    [`${SERVICE}.ListRoles`]: onCustomRole('iam.roles.list', ({ parent }: { parent: string }) => parent),
    [`${SERVICE}.GetRole`]: onCustomRole('iam.roles.get', ({ name }: ByName) =>
      name.startsWith('roles/') ? '' : name.replace(/\/roles\/.*$/, ''),
    ),
    [`${SERVICE}.QueryTestablePermissions`]: {
      kind: 'authenticated',
      why: 'it names permissions, which are documented, and nothing of the resource',
    },
    [`${SERVICE}.QueryGrantableRoles`]: {
      kind: 'permission',
      type: 'ADMIN_READ',
      checks: ({ fullResourceName }: { readonly fullResourceName: string }) => {
        const resource = fullName(fullResourceName);
        // Asked about a project, it wants the project to be visible; other resources say no more than their kind.
        return /^\/\/cloudresourcemanager\.googleapis\.com\/projects\/[^/]+$/.test(resource)
          ? [{ permission: 'resourcemanager.projects.get', resource, label: fullResourceName }]
          : [];
      },
      refusal: iamRefusal,
    },
  };
}

/** Entries lie in the log of the account's project. */
export function auditRules(access: AccessControl, finder: AccountFinder) {
  const onAccount = <R extends object>(method: string, nameOf: (request: R) => string): AuditRule => ({
    methodName: `google.iam.admin.v1.${method}`,
    serviceName: 'iam.googleapis.com',
    resourceName: (request: R) => {
      return auditName(finder.known(request)) ?? nameOf(request);
    },
    monitored: (request: R) => monitored(finder.known(request)),
    project: async (request: R) => (await finder.find(request, nameOf(request)).catch(nowhere)).project,
  });
  const name = ({ name }: ByName) => name;
  return {
    createServiceAccount: {
      methodName: 'google.iam.admin.v1.CreateServiceAccount',
      serviceName: 'iam.googleapis.com',
      resourceName: (request: ByName) => request.name,
      monitored: (request: ByName) => monitored(finder.known(request)),
      project: async (request: ByName, _call: Call) => {
        const [, project = ''] = /^projects\/([^/]+)$/.exec(request.name) ?? [];
        return (await access.projects.get(project))?.projectId ?? project;
      },
    } satisfies AuditRule,
    updateServiceAccount: onAccount('UpdateServiceAccount', name),
    patchServiceAccount: onAccount(
      'PatchServiceAccount',
      ({ serviceAccount }: ByAccount) => serviceAccount?.name ?? '',
    ),
    deleteServiceAccount: onAccount('DeleteServiceAccount', name),
    enableServiceAccount: onAccount('EnableServiceAccount', name),
    disableServiceAccount: onAccount('DisableServiceAccount', name),
  };
}

/** Entries name an account by its unique id, which outlives the address. */
export function auditName(named: Partial<Named> | undefined): string | undefined {
  return named?.account && `projects/-/serviceAccounts/${named.account.uniqueId}`;
}

/** A name that could not even be read was refused for that; its entry lies in no project's log. */
const nowhere = () => ({ project: '' });

/** The entry's resource; of an account that does not exist, its address alone. */
export function monitored(named: (Located & { readonly account?: Account }) | undefined) {
  const { account, project = '', label = '' } = named ?? {};
  return {
    type: 'service_account',
    labels: {
      project_id: project,
      email_id: account?.email ?? label.slice(label.lastIndexOf('/') + 1),
      unique_id: account?.uniqueId ?? '',
    },
  };
}
