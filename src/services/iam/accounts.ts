/** Service accounts as IAM names and shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AccessControl, Located } from '../../access/index.js';
import type { ServiceAccountSchema } from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { invalidArgument, notFound } from '../../google/index.js';
import type { Account, Accounts } from '../../identity/index.js';
import { projectOfServiceAccount, serviceAccountName } from '../../names/index.js';

/** A service account that a call names: perhaps it exists, and if so it is this. */
export interface Named extends Located {
  readonly account?: Account;
}

/**
 * Finds what `projects/P/serviceAccounts/E` names. E is an address or a unique id; P an id, a number or `-`, which
 * stands for the account's own project. Service agents belong to Google's projects and so are not found here.
 * An account that does not exist is located in the project that its address names: that project's policy says who
 * may learn that it is missing.
 * @throws GoogleError INVALID_ARGUMENT for a name of another form
 */
export async function locateAccount(
  name: string,
  accounts: Accounts,
  { projects }: Pick<AccessControl, 'projects'>,
): Promise<Named> {
  const [, parent, id] = /^projects\/([^/]+)\/serviceAccounts\/([^/]+)$/.exec(name) ?? [];
  if (parent === undefined || id === undefined) {
    throw invalidArgument(`Invalid service account name: "${name}".`);
  }
  const project = await projectOfParent(parent, projects);
  const found = id.includes('@') ? await accounts.get(id) : await accounts.byUniqueId(id);
  const account = found?.kind === 'agent' ? undefined : found;
  if (account && (project === undefined || account.project === project)) {
    return located(account.project, account.email, account);
  }
  return located(project ?? projectOfServiceAccount(id) ?? '-', id);
}

function located(project: string, email: string, account?: Account): Named {
  return {
    resource: serviceAccountName(project, email),
    label: `projects/${project}/serviceAccounts/${email}`,
    project: project === '-' ? '' : project,
    ...(account === undefined ? {} : { account }),
  };
}

/** A project's id by id or number; undefined for `-`, which stands for the account's own. */
async function projectOfParent(
  parent: string,
  projects: AccessControl['projects'],
): Promise<string | undefined> {
  return parent === '-' ? undefined : ((await projects.get(parent))?.projectId ?? parent);
}

/**
 * Finds the deleted account that `projects/P/serviceAccounts/UNIQUE_ID` names; its address may be another's by now.
 * @throws GoogleError INVALID_ARGUMENT for a name of another form
 */
export async function locateDeleted(
  name: string,
  accounts: Accounts,
  { projects }: Pick<AccessControl, 'projects'>,
): Promise<Named> {
  const [, parent, id] = /^projects\/([^/]+)\/serviceAccounts\/(\d+)$/.exec(name) ?? [];
  if (parent === undefined || id === undefined) {
    throw invalidArgument(`A deleted service account goes by its unique id, not as "${name}".`);
  }
  const project = await projectOfParent(parent, projects);
  const account = await accounts.deleted(id);
  if (account && (project === undefined || account.project === project)) {
    return located(account.project, account.email, account);
  }
  return located(project ?? '-', id);
}

/** @throws GoogleError NOT_FOUND in IAM's words */
export function existing(named: Named): Account {
  if (!named.account) throw notFound('Unknown service account');
  return named.account;
}

export function accountMessage(account: Account) {
  return {
    name: `projects/${account.project}/serviceAccounts/${account.email}`,
    projectId: account.project,
    uniqueId: account.uniqueId,
    email: account.email,
    displayName: account.displayName,
    description: account.description,
    // The client id of domain-wide delegation is the account's unique id.
    oauth2ClientId: account.uniqueId,
    disabled: account.disabled,
    etag: Buffer.from(account.etag, 'base64'),
  } satisfies MessageInitShape<typeof ServiceAccountSchema>;
}
