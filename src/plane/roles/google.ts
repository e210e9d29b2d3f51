/** Predefined roles as the live IAM API has them (https://cloud.google.com/iam/docs/reference/rest/v1/roles). */
import { type Role, readPredefinedRole } from '../../iam/index.js';

const API = 'https://iam.googleapis.com/v1';
const PAGE_SIZE = 1000;
/** There are some 2,500 roles; more pages than this are no list of roles. */
const MAX_PAGES = 100;

export interface GoogleAnswer {
  readonly status: number;
  readonly text: string;
}

/** Gets a URL with the caller's credential. Rejects when nobody answers. */
export type GoogleGet = (url: string) => Promise<GoogleAnswer>;

/** The API refused, or answered something that is no role. */
export class RolesSyncError extends Error {
  override readonly name = 'RolesSyncError';
}

/**
 * Fetches roles with their permissions.
 * @param names all of them when empty
 * @throws RolesSyncError with the API's own words where it has any
 */
export async function fetchPredefinedRoles(names: readonly string[], get: GoogleGet): Promise<Role[]> {
  if (names.length === 0) return fetchAll(get);
  const roles: Role[] = [];
  for (const name of names) roles.push(roleIn(await answer(`${API}/${name}`, get)));
  return roles;
}

async function fetchAll(get: GoogleGet): Promise<Role[]> {
  const roles: Role[] = [];
  let pageToken = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams({ view: 'FULL', pageSize: String(PAGE_SIZE) });
    if (pageToken !== '') query.set('pageToken', pageToken);
    const body = await answer(`${API}/roles?${query}`, get);
    if (!Array.isArray(body.roles)) throw new RolesSyncError('The IAM API answered without a list of roles.');
    roles.push(...body.roles.map(roleIn));
    const next = body.nextPageToken;
    if (typeof next !== 'string' || next === '') return roles;
    pageToken = next;
  }
  throw new RolesSyncError(`The IAM API's list of roles does not end after ${MAX_PAGES} pages.`);
}

async function answer(url: string, get: GoogleGet): Promise<Readonly<Record<string, unknown>>> {
  const { status, text } = await get(url);
  const body = parsed(text);
  if (status !== 200) {
    const { message } = fields(fields(body)?.error) ?? {};
    throw new RolesSyncError(
      `The IAM API answered ${status}${typeof message === 'string' ? `: ${message}` : ''}`,
    );
  }
  const found = fields(body);
  if (!found) throw new RolesSyncError('The IAM API answered something that is no JSON object.');
  return found;
}

function roleIn(value: unknown): Role {
  try {
    return readPredefinedRole(value);
  } catch (error) {
    throw new RolesSyncError(
      `The IAM API answered with a role that cannot be read: ${(error as Error).message}.`,
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fields = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
