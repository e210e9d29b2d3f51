/** What applying an estate did, or would do, for a user to read: made from the rows that changed. */
import type { DenyPolicy, Project } from '../../access/index.js';
import type { Binding, Policy } from '../../iam/index.js';
import type { Account } from '../../identity/index.js';
import {
  folderName,
  organizationName,
  projectName,
  type ResourceName,
  RUN_COLLECTION,
  type RunKind,
  repositoryName,
  runResourceName,
  secretName,
  serviceAccountName,
  splitResource,
} from '../../names/index.js';
import { type TagNames, tagChanges } from './report-tags.js';
import type { ApplyReport, ChangeKind, EstateChange } from './report-types.js';
import { type EstateResource, tagName } from './resources.js';
import { PREFIX } from './rows.js';
import type { RowChange } from './scratch.js';

/** The report of rows that changed, in the order of their keys; policies as bindings, and what is attached as tags. */
export function applyReport(
  changes: readonly RowChange[],
  entries: readonly Pick<EstateResource, 'key' | 'resource'>[],
  tagNames: TagNames,
): ApplyReport {
  const touched = new Set(changes.map(({ key }) => key));
  const isSame = ({ key, resource }: Pick<EstateResource, 'key' | 'resource'>) =>
    [key, PREFIX.policies + resource, PREFIX.tagBindings + resource].every((row) => !touched.has(row));
  const comeOrGone = new Set(changes.flatMap(resourceComeOrGone));
  return {
    changes: [...changes].sort(byKind).flatMap((change) => {
      if (change.key.startsWith(PREFIX.policies)) return bindingChanges(change, comeOrGone);
      if (change.key.startsWith(PREFIX.tagBindings)) return tagChanges(change, comeOrGone, tagNames);
      return resourceChange(change, tagNames);
    }),
    unchanged: entries.filter(isSame).length,
  };
}

/** The resource that a row is, where the row is new or removed. */
function resourceComeOrGone({ key, before, after }: RowChange): ResourceName[] {
  if (before !== undefined && after !== undefined) return [];
  const [collection = '', first = '', location = '', last = ''] = key.split('/');
  switch (`${collection}/`) {
    case PREFIX.organizations:
      return [organizationName(first)];
    case PREFIX.folders:
      return [folderName(first)];
    case PREFIX.projects:
      return [projectName(first)];
    case PREFIX.accounts:
      return [serviceAccountName(((after ?? before) as Account).project, first)];
    case PREFIX.repositories:
      return [repositoryName(first, location, last)];
    case PREFIX.secrets:
      return [secretName(first, location)];
    case PREFIX.tagKeys:
      return [tagName(`tagKeys/${first}`)];
    case PREFIX.tagValues:
      return [tagName(`tagValues/${first}`)];
    default: {
      // `run/COLLECTION/PROJECT/LOCATION/NAME`
      const [, collection, project = '', place = '', name = ''] = key.split('/');
      const kind = RUN_KINDS.find((each) => RUN_COLLECTION[each] === collection);
      return kind === undefined || !key.startsWith('run/')
        ? []
        : [runResourceName(kind, project, place, name)];
    }
  }
}

const RUN_KINDS: readonly RunKind[] = ['service', 'job', 'workerPool'];

const KINDS: readonly (readonly [string, ChangeKind])[] = [
  [PREFIX.organizations, 'organization'],
  [PREFIX.folders, 'folder'],
  [PREFIX.groups, 'group'],
  [PREFIX.projects, 'project'],
  [PREFIX.customRoles, 'customRole'],
  [PREFIX.accounts, 'serviceAccount'],
  [PREFIX.denyPolicies, 'denyPolicies'],
  [PREFIX.boundaries, 'boundary'],
  [PREFIX.tagKeys, 'tagKey'],
  [PREFIX.tagValues, 'tagValue'],
  [PREFIX.repositories, 'repository'],
  [PREFIX.secrets, 'secret'],
  [PREFIX.pools, 'workloadIdentityPool'],
  [PREFIX.poolProviders, 'workloadIdentityProvider'],
  ['run/services/', 'runService'],
  ['run/jobs/', 'runJob'],
  ['run/workerPools/', 'runWorkerPool'],
];

/** The order of the kinds above, then that of the names; policies last. */
function byKind(a: RowChange, b: RowChange): number {
  const rank = ({ key }: RowChange) => {
    const found = KINDS.findIndex(([prefix]) => key.startsWith(prefix));
    return found < 0 ? KINDS.length : found;
  };
  return rank(a) - rank(b) || (a.key < b.key ? -1 : 1);
}

/** Rows that only follow from others, such as those of a repository's contents, are not told. */
function resourceChange(change: RowChange, tagNames: TagNames): EstateChange[] {
  const { key, before, after } = change;
  const [prefix, kind] = KINDS.find(([candidate]) => key.startsWith(candidate)) ?? [];
  if (prefix === undefined || kind === undefined) return [];
  const isAgent = kind === 'serviceAccount' && ((after ?? before) as Account).kind === 'agent';
  return [
    {
      action: before === undefined ? 'created' : after === undefined ? 'removed' : 'updated',
      kind: isAgent ? 'serviceAgent' : kind,
      name: nameOf(kind, key.slice(prefix.length), tagNames),
      details: before === undefined || after === undefined ? [] : differences(kind, before, after),
    },
  ];
}

/** @param rest what follows the prefix in the row's key */
function nameOf(kind: ChangeKind, rest: string, tagNames: TagNames): string {
  switch (kind) {
    case 'denyPolicies':
      return splitResource(rest as ResourceName).path;
    case 'tagKey':
      return tagNames.get(`tagKeys/${rest}`) ?? rest;
    case 'tagValue':
      return tagNames.get(`tagValues/${rest}`) ?? rest;
    default:
      return rest;
  }
}

/** Fields that follow from every change. */
const FOLLOWS: ReadonlySet<string> = new Set(['etag', 'updateTime']);
/** A secret gets a version when it gets a value. */
const TOLD_AS: Readonly<Record<string, string>> = { lastVersion: 'value' };

function differences(kind: ChangeKind, before: unknown, after: unknown): string[] {
  if (kind === 'group') return listDifferences(before as string[], after as string[]);
  if (kind === 'denyPolicies') return denyDifferences(before as DenyPolicy[], after as DenyPolicy[]);
  const [old, now] = [before, after] as [Record<string, unknown>, Record<string, unknown>];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (field) => !FOLLOWS.has(field) && JSON.stringify(old[field]) !== JSON.stringify(now[field]),
  );
  return fields.flatMap((field) => {
    if (kind === 'project' && field === 'services') return listDifferences(apis(before), apis(after));
    if (kind === 'customRole' && field === 'permissions') {
      return listDifferences(old[field] as string[], now[field] as string[]);
    }
    return [TOLD_AS[field] ?? field];
  });
}

/** The ids of the policies that came, went and became others. */
function denyDifferences(before: readonly DenyPolicy[], after: readonly DenyPolicy[]): string[] {
  const ids = (policies: readonly DenyPolicy[]) => policies.map(({ id }) => id);
  const changed = after.filter(({ id, etag }) => before.some((old) => old.id === id && old.etag !== etag));
  return [...listDifferences(ids(before), ids(after)), ...ids(changed)];
}

const apis = (project: unknown): string[] => Object.keys((project as Project).services);

const listDifferences = (before: readonly string[], after: readonly string[]): string[] => [
  ...missing(after, before).map((item) => `+${item}`),
  ...missing(before, after).map((item) => `-${item}`),
];

/** Those of the first list that the second lacks, sorted. */
const missing = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter((item) => !others.includes(item)).sort();

/** One line for each member that a role gained or lost; none where the resource itself came or went. */
function bindingChanges({ key, before, after }: RowChange, comeOrGone: ReadonlySet<string>): EstateChange[] {
  const resource = key.slice(PREFIX.policies.length) as ResourceName;
  if (comeOrGone.has(resource)) return [];
  const [old, now] = [grantsOf(before), grantsOf(after)];
  const on = splitResource(resource).path;
  const line =
    (action: 'created' | 'removed') =>
    (grant: string): EstateChange => ({
      action,
      kind: 'binding',
      name: `${grant} on ${on}`,
      details: [],
    });
  return [
    ...now.filter((grant) => !old.includes(grant)).map(line('created')),
    ...old.filter((grant) => !now.includes(grant)).map(line('removed')),
    ...auditChanges(before, after, on),
  ];
}

/** One line for each type of log of a service that is told, is no longer, or is told of others. */
function auditChanges(before: unknown, after: unknown, on: string): EstateChange[] {
  const [old, now] = [logsOf(before), logsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((log): EstateChange[] => {
    const [was, is] = [old.get(log), now.get(log)];
    const name = `${log} on ${on}`;
    if (was === undefined) return [{ action: 'created', kind: 'auditConfig', name, details: [] }];
    if (is === undefined) return [{ action: 'removed', kind: 'auditConfig', name, details: [] }];
    const details = listDifferences(was, is);
    return details.length > 0 ? [{ action: 'updated', kind: 'auditConfig', name, details }] : [];
  });
}

/** Service and type of each log that a policy turns on → whom it exempts. */
function logsOf(policy: unknown): ReadonlyMap<string, readonly string[]> {
  const { auditConfigs = [] } = (policy ?? {}) as Partial<Policy>;
  return new Map(
    auditConfigs.flatMap(({ service, auditLogConfigs }) =>
      auditLogConfigs.map(
        ({ logType, exemptedMembers }) => [`${service} ${logType}`, exemptedMembers] as const,
      ),
    ),
  );
}

function grantsOf(policy: unknown): string[] {
  const bindings: readonly Binding[] = policy === undefined ? [] : (policy as Policy).bindings;
  return bindings.flatMap(({ role, members, condition }) =>
    members.map(
      (member) => `${role} ${member}${condition ? ` if ${condition.title}: ${condition.expression}` : ''}`,
    ),
  );
}
