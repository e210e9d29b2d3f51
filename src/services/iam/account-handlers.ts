/** The methods of service accounts, their policies aside. */
import type { ServiceAccount } from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { invalidArgument, notFound } from '../../google/index.js';
import type { Account } from '../../identity/index.js';
import { VersionConflict } from '../../store/index.js';
import { page } from '../paging.js';
import { type AccountFinder, parseProject } from './access.js';
import { accountMessage, existing, locateAccount } from './accounts.js';
import { concurrent } from './concurrent.js';
import { createServiceAccount, type IamApiDeps, requireTexts } from './create-account.js';
import { deleteAccount, restoreAccount } from './deletion.js';
import type { IamHandlers } from './handlers.js';

/** "defaults to 20, and the maximum is 100" (ListServiceAccountsRequest). */
const PAGES = { default: 20, max: 100 };

export function accountHandlers(deps: IamApiDeps, finder: AccountFinder): IamHandlers {
  const { access } = deps;
  const { accounts } = deps.identity;
  const named = async (request: { readonly name: string } & object) =>
    existing(await finder.find(request, request.name));
  const change = async (email: string, apply: (account: Account) => Account) => {
    try {
      const changed = await accounts.update(email, apply);
      if (!changed) throw notFound('Unknown service account');
      return accountMessage(changed);
    } catch (error) {
      throw error instanceof VersionConflict ? concurrent() : error;
    }
  };
  return {
    async createServiceAccount(request, call) {
      const { accountId, serviceAccount: { displayName = '', description = '' } = {} } = request;
      const wanted = { accountId, displayName, description };
      const account = await createServiceAccount(deps, parseProject(request.name), wanted, call.time);
      finder.remember(request, await locateAccount(accountMessage(account).name, accounts, access));
      return accountMessage(account);
    },
    async listServiceAccounts(request) {
      const project = await access.projects.get(parseProject(request.name));
      if (!project) throw notFound(`Project '${parseProject(request.name)}' not found or deleted.`);
      const all = await accounts.list(project.projectId);
      const sorted = [...all].sort((a, b) => (a.email < b.email ? -1 : 1));
      const { items, nextPageToken } = page(sorted, ({ email }) => email, request, PAGES);
      return { accounts: items.map(accountMessage), nextPageToken };
    },
    async getServiceAccount(request) {
      return accountMessage(await named(request));
    },
    async updateServiceAccount(request) {
      const { email } = await named(request);
      const { displayName, description } = request;
      requireTexts({ displayName, description });
      return change(email, (now) => ({ ...ifCurrent(now, request), displayName, description }));
    },
    async patchServiceAccount(request) {
      const { serviceAccount: patch } = request;
      if (!patch) throw invalidArgument('service_account is required.');
      const { email } = existing(await finder.find(request, patch.name));
      const changes = patched(patch, request.updateMask?.paths ?? []);
      requireTexts(changes);
      return change(email, (now) => ({ ...ifCurrent(now, patch), ...changes }));
    },
    async deleteServiceAccount(request, call) {
      await deleteAccount(deps, await named(request), call.time);
      return {};
    },
    async undeleteServiceAccount(request) {
      const account = existing(await finder.findDeleted(request, request.name));
      await restoreAccount(deps, account);
      return { restoredAccount: accountMessage(account) };
    },
    async enableServiceAccount(request) {
      await change((await named(request)).email, (now) => ({ ...now, disabled: false }));
      return {};
    },
    async disableServiceAccount(request) {
      await change((await named(request)).email, (now) => ({ ...now, disabled: true }));
      return {};
    },
  };
}

type Texts = Partial<Pick<Account, 'displayName' | 'description'>>;

/** Of an account's fields, only these two can be patched; without a mask, both are. */
function patched(patch: ServiceAccount, paths: readonly string[]): Texts {
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
