/**
 * The language of v1's `filter` and v3's `query`
 * (https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects/search): comparisons `FIELD:VALUE` and
 * `FIELD=VALUE`, without regard to case, with `*` for any text. Side by side they mean any of them: "results that match
 * any of the fields".
 */
import type { Project } from '../../access/index.js';
import { parseFilter, type Test, unsupportedClause as unsupported } from '../filter.js';

export type ProjectTest = Test<Project>;

/** @throws GoogleError INVALID_ARGUMENT naming the clause that is not supported */
export function parseQuery(query: string): ProjectTest {
  return parseFilter(query, {
    comparison,
    sequence: (clauses) => (namesParent(clauses) ? 'all' : 'any'),
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

function comparison(clause: string): ProjectTest {
  const [, key, quoted, plain] = /^([^:=]+)[:=](?:"([^"]*)"|(.*))$/.exec(clause) ?? [];
  const value = quoted ?? plain;
  const read = key === undefined ? undefined : field(key);
  if (read === undefined || value === undefined || value === '') throw unsupported(clause);
  const pattern = new RegExp(
    `^${value
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    'i',
  );
  return (project) => read(project).some((actual) => pattern.test(actual));
}

type Read = (project: Project) => readonly string[];

/** A field's values; none where the project has none. */
function field(key: string): Read | undefined {
  const name = key.toLowerCase();
  if (name.startsWith('labels.')) {
    const label = key.slice('labels.'.length).toLowerCase();
    return ({ labels }) => (Object.hasOwn(labels, label) ? [labels[label] ?? ''] : []);
  }
  return Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
}

const some = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

const id: Read = ({ projectId }) => [projectId];
const state: Read = (project) => [project.state];
const displayName: Read = ({ name }) => [name];

const FIELDS: Readonly<Record<string, Read>> = {
  displayname: displayName,
  id,
  labels: ({ labels }) => Object.entries(labels).flat(),
  lifecyclestate: state,
  name: displayName,
  parent: ({ parent }) => some(parent),
  'parent.id': ({ parent }) => some(parent?.replace(/^.*\//, '')),
  'parent.type': ({ parent }) => some(parent?.replace(/s\/.*$/, '')),
  projectid: id,
  projectnumber: ({ number }) => [number],
  state,
};
