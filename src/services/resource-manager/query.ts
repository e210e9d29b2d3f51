/**
 * The language of v1's `filter` and v3's `query`
 * (https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects/search): comparisons `FIELD:VALUE` and
 * `FIELD=VALUE`, without regard to case, with `*` for any text. Of projects, those side by side mean any of them:
 * "results that match any of the fields".
 */
import { type Folder, type Organization, organizationTitle, type Project } from '../../access/index.js';
import { parseFilter, type Test, unsupportedClause as unsupported } from '../filter.js';

export type ProjectTest = Test<Project>;

/** A field's values; none where the thing has none. */
type Read<T> = (thing: T) => readonly string[];
/** Finds a field by its name; undefined when there is none of that name. */
type Fields<T> = (key: string) => Read<T> | undefined;

/** @throws GoogleError INVALID_ARGUMENT naming the clause that is not supported */
export function parseQuery(query: string): ProjectTest {
  return parseFilter(query, {
    comparison: (clause) => comparison(clause, projectField),
    sequence: (clauses) => (namesParent(clauses) ? 'all' : 'any'),
  });
}

/**
 * "displayName, state and parent, where the operators `=` (`:`) `NOT`, `AND` and `OR` can be used along with the
 * suffix wildcard symbol `*`" (google.cloud.resourcemanager.v3.SearchFoldersRequest); v2 says lifecycleState.
 * @throws GoogleError INVALID_ARGUMENT naming the clause that is not supported
 */
export function parseFolderQuery(query: string): Test<Folder> {
  return parseFilter(query, {
    comparison: (clause) => comparison(clause, named(FOLDER_FIELDS)),
    sequence: () => 'all',
  });
}

/** By customer or domain. @throws GoogleError INVALID_ARGUMENT naming the clause that is not supported */
export function parseOrganizationQuery(query: string): Test<Organization> {
  return parseFilter(query, {
    comparison: (clause) => comparison(clause, named(ORGANIZATION_FIELDS)),
    sequence: () => 'all',
  });
}

/**
 * "the filter must contain both a parent.type and a parent.id restriction (example: "parent.type:folder
 * parent.id:123")" (projects.list of v1): the two together name one parent.
 */
function namesParent(words: readonly string[]): boolean {
  const fields = words.map((word) => word.split(/[:=]/, 1)[0]?.toLowerCase());
  return fields.length === 2 && fields.includes('parent.type') && fields.includes('parent.id');
}

function comparison<T>(clause: string, fields: Fields<T>): Test<T> {
  const [, key, quoted, plain] = /^([^:=]+)[:=](?:"([^"]*)"|(.*))$/.exec(clause) ?? [];
  const value = quoted ?? plain;
  const read = key === undefined ? undefined : fields(key.toLowerCase());
  if (read === undefined || value === undefined || value === '') throw unsupported(clause);
  const pattern = patternOf(value);
  return (thing) => read(thing).some((actual) => pattern.test(actual));
}

function patternOf(value: string): RegExp {
  const parts = value.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}

function projectField(key: string): Read<Project> | undefined {
  if (!key.startsWith('labels.')) return named(PROJECT_FIELDS)(key);
  const label = key.slice('labels.'.length);
  return ({ labels }) => (Object.hasOwn(labels, label) ? [labels[label] ?? ''] : []);
}

function named<T>(fields: Readonly<Record<string, Read<T>>>): Fields<T> {
  return (key) => (Object.hasOwn(fields, key) ? fields[key] : undefined);
}

const some = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

const id: Read<Project> = ({ projectId }) => [projectId];
const state: Read<Pick<Project | Folder, 'state'>> = (thing) => [thing.state];
const displayName: Read<Project> = ({ name }) => [name];
const parent: Read<Pick<Project, 'parent'>> = (thing) => some(thing.parent);

const PROJECT_FIELDS: Readonly<Record<string, Read<Project>>> = {
  displayname: displayName,
  id,
  labels: ({ labels }) => Object.entries(labels).flat(),
  lifecyclestate: state,
  name: displayName,
  parent,
  'parent.id': ({ parent }) => some(parent?.replace(/^.*\//, '')),
  'parent.type': ({ parent }) => some(parent?.replace(/s\/.*$/, '')),
  projectid: id,
  projectnumber: ({ number }) => [number],
  state,
};

const FOLDER_FIELDS: Readonly<Record<string, Read<Folder>>> = {
  displayname: (folder) => [folder.displayName],
  lifecyclestate: state,
  parent,
  state,
};

const customer: Read<Organization> = ({ customerId }) => [customerId];

const ORGANIZATION_FIELDS: Readonly<Record<string, Read<Organization>>> = {
  directorycustomerid: customer,
  domain: (organization) => [organizationTitle(organization)],
  'owner.directorycustomerid': customer,
};
