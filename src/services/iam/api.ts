import type { AccessControl } from '../../access/index.js';
import { IAM, type ServiceAccount } from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import {
  type Api,
  aborted,
  alreadyExists,
  GoogleError,
  invalidArgument,
  notFound,
  protoMethods,
} from '../../google/index.js';
import type { Account, Accounts } from '../../identity/index.js';
import { serviceAccountName } from '../../names/index.js';
import { type Store, VersionConflict } from '../../store/index.js';
import { page } from '../paging.js';
import { accessRules, auditRules, type Locate, parseProject } from './access.js';
import { accountMessage, existing, locateAccount, type Named } from './accounts.js';
import { accountPolicies } from './policies.js';
import { getRole, grantableRoles, listRoles, testablePermissions } from './roles.js';

export interface IamDeps {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: { readonly accounts: Accounts };
}

/** "defaults to 20, and the maximum is 100" (ListServiceAccountsRequest). */
const ACCOUNT_PAGES = { default: 20, max: 100 };
/** https://cloud.google.com/iam/quotas */
const MAX_ACCOUNTS = 100;

/** The IAM API, v1: service accounts with their policies, and the catalogue of roles. */
export function iamApi({ store, access, identity: { accounts } }: IamDeps): Api {
  const found = new WeakMap<object, Named>();
  const locate: Locate = async (request, name) => {
    const known = found.get(request);
    if (known) return known;
    const named = await locateAccount(name, accounts, access);
    found.set(request, named);
    return named;
  };
  const account = async (request: { readonly name: string } & object) =>
    existing(await locate(request, request.name));
  const policies = accountPolicies(access, accounts);

  const change = async (email: string, apply: (account: Account) => Account): Promise<Account> => {
    try {
      const changed = await accounts.update(email, apply);
      if (!changed) throw notFound('Unknown service account');
      return changed;
    } catch (error) {
      if (error instanceof VersionConflict) throw concurrent();
      throw error;
    }
  };

  const methods = protoMethods(
    IAM,
    {
      async createServiceAccount(request, call) {
        const project = await access.projects.get(parseProject(request.name));
        if (!project) throw notFound(`Project '${parseProject(request.name)}' not found or deleted.`);
        requireAccountId(request.accountId);
        const { displayName = '', description = '' } = request.serviceAccount ?? {};
        requireTexts({ displayName, description });
        if ((await accounts.list(project.projectId)).length >= MAX_ACCOUNTS) {
          throw new GoogleError(
            'RESOURCE_EXHAUSTED',
            'Maximum number of service accounts on project reached.',
          );
        }
        const email = `${request.accountId}@${emailDomain(project.projectId)}`;
        const created = accounts.creation(
          {
            email,
            project: project.projectId,
            kind: 'user-managed',
            displayName,
            description,
            disabled: false,
          },
          call.time,
        );
        try {
          await store.commit([created.write]);
        } catch (error) {
          if (!(error instanceof VersionConflict)) throw error;
          throw alreadyExists(
            `Service account ${request.accountId} already exists within project projects/${project.projectId}.`,
          );
        }
        found.set(request, {
          ...(await locateAccount(`projects/-/serviceAccounts/${email}`, accounts, access)),
          account: created.account,
        });
        return accountMessage(created.account);
      },
      async listServiceAccounts(request) {
        const project = await access.projects.get(parseProject(request.name));
        if (!project) throw notFound(`Project '${parseProject(request.name)}' not found or deleted.`);
        const all = await accounts.list(project.projectId);
        const sorted = [...all].sort((a, b) => (a.email < b.email ? -1 : 1));
        const { items, nextPageToken } = page(sorted, ({ email }) => email, request, ACCOUNT_PAGES);
        return { accounts: items.map(accountMessage), nextPageToken };
      },
      async getServiceAccount(request) {
        return accountMessage(await account(request));
      },
      async updateServiceAccount(request) {
        const { email } = await account(request);
        const { displayName, description } = request;
        requireTexts({ displayName, description });
        return accountMessage(
          await change(email, (now) => ({ ...ifCurrent(now, request), displayName, description })),
        );
      },
      async patchServiceAccount(request) {
        const { serviceAccount: patch } = request;
        if (!patch) throw invalidArgument('service_account is required.');
        const { email } = existing(await locate(request, patch.name));
        const changes = patched(patch, request.updateMask?.paths ?? []);
        requireTexts(changes);
        return accountMessage(await change(email, (now) => ({ ...ifCurrent(now, patch), ...changes })));
      },
      async deleteServiceAccount(request) {
        const { email, project } = await account(request);
        // The policy goes first: cut off in between, the account is still there and can be deleted again,
        // whereas a policy left behind would pass to the next account of the same address.
        await store.commit([access.removal(serviceAccountName(project, email))]);
        await accounts.remove(email);
        return {};
      },
      async enableServiceAccount(request) {
        const { email } = await account(request);
        await change(email, (now) => ({ ...now, disabled: false }));
        return {};
      },
      async disableServiceAccount(request) {
        const { email } = await account(request);
        await change(email, (now) => ({ ...now, disabled: true }));
        return {};
      },
      ...policies.handlers,
      async listRoles(request) {
        if (request.parent === '') return listRoles(access.roles.list().filter(isPredefined), request);
        const own = access.roles.list().filter(({ name }) => name.startsWith(`${request.parent}/roles/`));
        return listRoles(own, request);
      },
      async getRole({ name }) {
        return getRole(access.roles, name);
      },
      async queryTestablePermissions(request) {
        return testablePermissions(request);
      },
      async queryGrantableRoles(request) {
        return grantableRoles(access.roles.list().filter(isPredefined), request);
      },
    },
    { audit: { ...auditRules(access, locate, (request) => found.get(request)), ...policies.audit } },
  );

  return {
    host: 'iam.googleapis.com',
    regional: false,
    methods,
    access: {
      ...accessRules(locate),
      'google.iam.admin.v1.IAM.GetIamPolicy': policies.rules.getIamPolicy,
      'google.iam.admin.v1.IAM.SetIamPolicy': policies.rules.setIamPolicy,
      'google.iam.admin.v1.IAM.TestIamPermissions': policies.rules.testIamPermissions,
    },
  };
}

const isPredefined = ({ name }: { readonly name: string }) => name.startsWith('roles/');

/** Projects with a domain (`example.com:proj`) turn it round in the addresses of their accounts. */
function emailDomain(projectId: string): string {
  const [domain, id] = projectId.split(':');
  return `${id === undefined ? projectId : `${id}.${domain}`}.iam.gserviceaccount.com`;
}

/** @throws GoogleError INVALID_ARGUMENT (https://cloud.google.com/iam/docs/service-accounts-create) */
function requireAccountId(id: string): void {
  if (id.length < 6 || id.length > 30) {
    throw invalidArgument(`The account ID "${id}" does not have a length between 6 and 30.`);
  }
  if (!/^[a-z](?:[-a-z0-9]*[a-z0-9])$/.test(id)) {
    throw invalidArgument(`The account ID "${id}" does not match the pattern "[a-z]([-a-z0-9]*[a-z0-9])".`);
  }
}

/** ServiceAccount: display names have at most 100 UTF-8 bytes, descriptions 256. */
function requireTexts({ displayName = '', description = '' }: Partial<Account>): void {
  if (Buffer.byteLength(displayName) > 100) {
    throw invalidArgument('The display name must not be longer than 100 bytes.');
  }
  if (Buffer.byteLength(description) > 256) {
    throw invalidArgument('The description must not be longer than 256 bytes.');
  }
}

/** Of an account's fields, only these two can be patched; without a mask, both are. */
function patched(patch: ServiceAccount, paths: readonly string[]): Partial<Account> {
  const { displayName, description } = patch;
  if (paths.length === 0) return { displayName, description };
  const unknown = paths.find((path) => path !== 'display_name' && path !== 'description');
  if (unknown !== undefined) throw invalidArgument(`Invalid update mask: "${unknown}" cannot be changed.`);
  return {
    ...(paths.includes('display_name') ? { displayName } : {}),
    ...(paths.includes('description') ? { description } : {}),
  };
}

/** @throws GoogleError ABORTED when the caller read an older version */
function ifCurrent(now: Account, sent: ServiceAccount): Account {
  const stale = sent.etag.length > 0 && !Buffer.from(now.etag, 'base64').equals(sent.etag);
  if (stale) throw concurrent();
  return now;
}

const concurrent = () =>
  aborted('There were concurrent changes to the service account. Please retry the whole read-modify-write.');
