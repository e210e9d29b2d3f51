/** Making a service account. */
import type { AccessControl } from '../../access/index.js';
import { alreadyExists, GoogleError, invalidArgument, notFound } from '../../google/index.js';
import type { Account, Accounts, Identity } from '../../identity/index.js';
import { isServiceAccountId, serviceAccountEmail } from '../../names/index.js';
import { type Store, VersionConflict } from '../../store/index.js';

export interface IamDeps {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: { readonly accounts: Accounts };
}

/** What the whole API needs. */
export interface IamApiDeps extends IamDeps {
  readonly identity: Pick<Identity, 'accounts' | 'accountKeys' | 'signer' | 'sweepDeletedAccounts' | 'pools'>;
}

export interface NewAccount {
  /** What goes before the `@`. */
  readonly accountId: string;
  readonly displayName?: string;
  readonly description?: string;
}

/** Per project (https://cloud.google.com/iam/quotas). */
const MAX_ACCOUNTS = 100;

/**
 * Creates a service account in a project (id or number). Nobody gets a grant on it, its creator neither.
 * @throws GoogleError NOT_FOUND for the project; INVALID_ARGUMENT, RESOURCE_EXHAUSTED, ALREADY_EXISTS
 */
export async function createServiceAccount(
  { store, access, identity: { accounts } }: IamDeps,
  project: string,
  { accountId, displayName = '', description = '' }: NewAccount,
  time: Date,
): Promise<Account> {
  const row = await access.projects.get(project);
  if (!row) throw notFound(`Project '${project}' not found or deleted.`);
  requireAccountId(accountId);
  requireTexts({ displayName, description });
  const { projectId } = row;
  if ((await accounts.list(projectId)).length >= MAX_ACCOUNTS) {
    throw new GoogleError('RESOURCE_EXHAUSTED', 'Maximum number of service accounts on project reached.');
  }
  const email = serviceAccountEmail(accountId, projectId);
  const { account, write } = accounts.creation(
    { email, project: projectId, kind: 'user-managed', displayName, description, disabled: false },
    time,
  );
  try {
    await store.commit([write]);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    throw alreadyExists(`Service account ${accountId} already exists within project projects/${projectId}.`);
  }
  return account;
}

/** https://cloud.google.com/iam/docs/service-accounts-create */
function requireAccountId(id: string): void {
  if (id.length < 6 || id.length > 30) {
    throw invalidArgument(`The account ID "${id}" does not have a length between 6 and 30.`);
  }
  if (!isServiceAccountId(id)) {
    throw invalidArgument(`The account ID "${id}" does not match the pattern "[a-z]([-a-z0-9]*[a-z0-9])".`);
  }
}

/**
 * ServiceAccount: display names have at most 100 UTF-8 bytes, descriptions 256.
 * @throws GoogleError INVALID_ARGUMENT
 */
export function requireTexts({
  displayName = '',
  description = '',
}: Pick<NewAccount, 'displayName' | 'description'>): void {
  if (Buffer.byteLength(displayName) > 100) {
    throw invalidArgument('The display name must not be longer than 100 bytes.');
  }
  if (Buffer.byteLength(description) > 256) {
    throw invalidArgument('The description must not be longer than 256 bytes.');
  }
}
