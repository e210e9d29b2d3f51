/** What calls ask for: there are no protos of Cloud Identity, so queries and parameters are read by hand. */
import { badField, type HttpInput, invalidArgument } from '../../google/index.js';
import { onlyParameters } from '../resource-manager/v1-json.js';

export interface ByAddress {
  readonly email: string;
}
export interface ByGroup {
  /** What follows `groups/`. */
  readonly group: string;
}
export interface ListRequest extends ByGroup {
  readonly view: 'BASIC' | 'FULL';
  readonly pageSize: number;
  readonly pageToken: string;
}
export interface AboutMember extends ByGroup {
  readonly email: string;
}
export interface SearchMembers extends ByGroup {
  readonly pageSize: number;
  readonly pageToken: string;
}
export interface SearchGroups {
  readonly email: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

/** What groups are labelled with that hold principals (https://cloud.google.com/identity/docs/groups). */
export const LABEL = 'cloudidentity.googleapis.com/groups.discussion_forum';

const groupIn = (input: HttpInput) => (input.path.name ?? input.path.parent ?? '').replace(/^groups\//, '');

/** `groupKey.id=…`; a namespace would name a group of somebody else's directory. */
export function readLookup(input: HttpInput): ByAddress {
  onlyParameters(input, 'groupKey.id', 'groupKey.namespace');
  const email = input.query.get('groupKey.id') ?? '';
  if (email === '') throw badField('group_key.id', 'group_key.id is required.');
  if ((input.query.get('groupKey.namespace') ?? '') !== '')
    throw badField('group_key.namespace', 'Groups of other directories are not served.');
  return { email: email.toLowerCase() };
}

export function readGet(input: HttpInput): ByGroup {
  onlyParameters(input);
  return { group: groupIn(input) };
}

export function readList(input: HttpInput): ListRequest {
  onlyParameters(input, 'view', 'pageSize', 'pageToken');
  const view = input.query.get('view') ?? 'BASIC';
  if (view !== 'BASIC' && view !== 'FULL' && view !== 'VIEW_UNSPECIFIED')
    throw badField('view', `"${view}" is no view.`);
  return { group: groupIn(input), view: view === 'FULL' ? 'FULL' : 'BASIC', ...pageIn(input) };
}

export function readCheck(input: HttpInput): AboutMember {
  onlyParameters(input, 'query');
  return { group: groupIn(input), email: memberIn(input) };
}

export function readSearchMembers(input: HttpInput): SearchMembers {
  onlyParameters(input, 'pageSize', 'pageToken');
  return { group: groupIn(input), ...pageIn(input) };
}

export function readSearchGroups(input: HttpInput): SearchGroups {
  onlyParameters(input, 'query', 'pageSize', 'pageToken');
  return { email: memberIn(input), ...pageIn(input) };
}

function pageIn({ query }: HttpInput): { pageSize: number; pageToken: string } {
  const pageSize = Number(query.get('pageSize') ?? 0);
  if (!Number.isInteger(pageSize)) throw badField('page_size', 'page_size must be a number.');
  return { pageSize, pageToken: query.get('pageToken') ?? '' };
}

const MEMBER = /^member_key_id\s*==\s*(?:'([^'\\]+)'|"([^"\\]+)")$/;
const LABELLED = /^(?:'([^'\\]+)'|"([^"\\]+)")\s+in\s+labels$/;

/**
 * The member that a query names: `member_key_id == 'EMAIL'`, and beside it, with `&&`, the label that all groups here
 * have. Queries are CEL; of that, this much is served.
 * @throws GoogleError INVALID_ARGUMENT for any other
 */
function memberIn({ query }: HttpInput): string {
  const text = query.get('query') ?? '';
  let email: string | undefined;
  for (const part of text.split('&&').map((each) => each.trim())) {
    const [, single, double] = MEMBER.exec(part) ?? [];
    const named = single ?? double;
    const [, quoted, quotedTwice] = LABELLED.exec(part) ?? [];
    if (named !== undefined && email === undefined) email = named;
    else if ((quoted ?? quotedTwice) !== LABEL) throw badQuery(text);
  }
  if (email === undefined) throw badQuery(text);
  return email.toLowerCase();
}

const badQuery = (query: string) =>
  invalidArgument(
    `The query "${query}" is not served: it must be member_key_id == 'EMAIL', with && '${LABEL}' in labels if you like.`,
  );
