/** What will be there once a plan is applied, and what will not: by resource, without policies. */
import type {
  AccountFacts,
  Known,
  RepositoryFacts,
  RunResourceFacts,
  Unknown,
} from '../../checkpoint/index.js';
import type { DenyRules, Role } from '../../iam/index.js';
import {
  CLOUD_RUN_AGENT,
  folderName,
  organizationName,
  projectName,
  type ResourceName,
  repositoryName,
  runResourceName,
  secretName,
} from '../../names/index.js';
import { denyPolicyOf } from './deny-policies.js';
import type { ResourceChange } from './document.js';
import { type IamEdit, iamEdits } from './iam-edits.js';
import { at, fieldsOf, listOf, textOf, textsOf } from './json.js';
import { isRemoved, isWritten, type TerraformPlan } from './plan.js';
import { isOpenToAll, readTemplate, runTypeOf } from './run-templates.js';

export interface PlannedProject {
  readonly address: string;
  readonly above: Known<readonly ResourceName[]>;
}

/** A secret's versions of which the plan says something. */
export interface PlannedVersions {
  /** How many the plan makes that can be read. */
  readonly made: number;
  /** The numbers of those that it destroys or disables. */
  readonly gone: readonly string[];
}

/** Whether a group's member is written or removed, as far as the plan tells. */
export interface PlannedMembership {
  readonly address: string;
  /** As members; undefined where the address is not known. */
  readonly group: string | undefined;
  readonly member: string | undefined;
  readonly removed: boolean;
}

export interface PlannedState {
  readonly projects: ReadonlyMap<string, PlannedProject | 'deleted'>;
  /** What is above projects that the plan moves. */
  readonly moved: ReadonlyMap<string, Known<readonly ResourceName[]>>;
  /** Projects whose default compute account is deleted or disabled. */
  readonly withoutDefaultAccount: ReadonlySet<string>;
  /** By `PROJECT API`. */
  readonly apis: ReadonlyMap<string, Known<boolean>>;
  /** Changes of APIs of which not even the name or the project is known, by address. */
  readonly unclearApis: readonly string[];
  readonly accounts: ReadonlyMap<string, Known<AccountFacts | 'absent'>>;
  readonly repositories: ReadonlyMap<ResourceName, Known<RepositoryFacts | 'absent'>>;
  readonly versions: ReadonlyMap<ResourceName, PlannedVersions>;
  readonly roles: ReadonlyMap<string, Known<Role | 'absent'>>;
  /** As they were before the plan, for those that it updates; `absent` for those that it replaces or deletes. */
  readonly runResources: ReadonlyMap<ResourceName, RunResourceFacts | 'absent'>;
  /** What is made anew, and so has no policy but the plan's. */
  readonly created: ReadonlySet<ResourceName>;
  readonly deleted: ReadonlySet<ResourceName>;
  readonly edits: readonly IamEdit[];
  /** By what they are attached to and their id. */
  readonly denyPolicies: ReadonlyMap<ResourceName, ReadonlyMap<string, Known<DenyRules | 'absent'>>>;
  /** The addresses of those of which it is not known what they will be attached to. */
  readonly unclearDenyPolicies: readonly string[];
  readonly memberships: readonly PlannedMembership[];
  /** The addresses of changed principal access boundaries, and of what binds them. */
  readonly boundaries: readonly string[];
  /** The addresses of changed tag bindings. */
  readonly tags: readonly string[];
}

type Mutable<T> = {
  -readonly [K in keyof T]: T[K] extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Value>
    : T[K] extends ReadonlySet<infer Item>
      ? Set<Item>
      : T[K] extends readonly (infer Item)[]
        ? Item[]
        : T[K];
};

/** Something that is only known once the plan was applied. */
export function later(address: string, attribute: string): Unknown {
  return { unknown: true, why: `${address}.${attribute} is known only after apply` };
}

/**
 * @param keep which changes count; all of them when left out. Those that change nothing never do: of them the source
 *   below knows best.
 */
export function plannedState(
  plan: TerraformPlan,
  keep: (change: ResourceChange) => boolean = () => true,
): PlannedState {
  const state: Mutable<PlannedState> = {
    projects: new Map(),
    moved: new Map(),
    withoutDefaultAccount: new Set(),
    apis: new Map(),
    unclearApis: [],
    accounts: new Map(),
    repositories: new Map(),
    versions: new Map(),
    roles: new Map(),
    runResources: new Map(),
    created: new Set(),
    deleted: new Set(),
    edits: [...iamEdits(plan, keep)],
    denyPolicies: new Map(),
    unclearDenyPolicies: [],
    memberships: [],
    boundaries: [],
    tags: [],
  };
  for (const change of plan.document.changes) {
    const counts = change.mode === 'managed' && (isWritten(change) || isRemoved(change)) && keep(change);
    if (counts) RECORD[change.type]?.(change, state, plan);
    if (counts && runTypeOf(change)) recordRun(change, state, plan);
  }
  return state;
}

type Recorder = (change: ResourceChange, state: Mutable<PlannedState>, plan: TerraformPlan) => void;

const isNew = ({ action }: ResourceChange) => action === 'create' || action === 'replace';

/** Notes that a resource comes or goes. */
function note(change: ResourceChange, state: Mutable<PlannedState>, resource: ResourceName): void {
  if (isNew(change)) state.created.add(resource);
  else if (change.action === 'delete') state.deleted.add(resource);
}

const RECORD: Readonly<Record<string, Recorder>> = {
  google_project: (change, state, plan) => {
    const id = plan.resolver.value(change, 'project_id') ?? '';
    note(change, state, projectName(id));
    if (change.action === 'delete') state.projects.set(id, 'deleted');
    else if (isNew(change)) state.projects.set(id, { address: change.address, above: aboveOf(change, plan) });
    else if (isMoved(change)) state.moved.set(id, aboveOf(change, plan));
  },
  google_project_service: (change, state, { resolver }) => {
    const removed = change.action === 'delete';
    // Terraform leaves the API enabled where it is told to.
    if (removed && change.before.disable_on_destroy === false) return;
    const project = removed ? textOf(change.before.project) : resolver.project(change);
    const api = removed ? textOf(change.before.service) : resolver.text(change, ['service']);
    if (project === undefined || api === undefined) state.unclearApis.push(change.address);
    else state.apis.set(`${project} ${api}`, !removed);
  },
  google_project_service_identity: (change, state, { resolver }) => {
    const email = resolver.value(change, 'email');
    const project = resolver.project(change);
    if (!isNew(change) || email === undefined || project === undefined) return;
    state.accounts.set(email, { project, isAgent: true, disabled: false });
  },
  google_service_account: (change, state, { resolver }) => {
    const email = isWritten(change) ? resolver.value(change, 'email') : textOf(change.before.email);
    const project = isWritten(change) ? resolver.project(change) : textOf(change.before.project);
    if (email === undefined || project === undefined) return;
    note(change, state, `//iam.googleapis.com/projects/${project}/serviceAccounts/${email}`);
    const disabled = change.after.disabled === true;
    state.accounts.set(email, change.action === 'delete' ? 'absent' : { project, isAgent: false, disabled });
  },
  google_artifact_registry_repository: (change, state, plan) => {
    const values = isWritten(change) ? undefined : change.before;
    const project = values ? textOf(values.project) : plan.resolver.project(change);
    const location = values ? textOf(values.location) : plan.resolver.location(change);
    const id = values ? textOf(values.repository_id) : plan.resolver.value(change, 'repository_id');
    if (project === undefined || location === undefined || id === undefined) return;
    const name = repositoryName(project, location, id);
    note(change, state, name);
    state.repositories.set(name, values ? 'absent' : repositoryOf(change, plan));
  },
  google_secret_manager_secret: (change, state, { resolver }) => {
    const project = isWritten(change) ? resolver.project(change) : textOf(change.before.project);
    const id = isWritten(change) ? resolver.value(change, 'secret_id') : textOf(change.before.secret_id);
    if (project !== undefined && id !== undefined) note(change, state, secretName(project, id));
  },
  google_secret_manager_secret_version: (change, state, { resolver }) => {
    const read = (text: string | undefined) =>
      /(?:^|\/)projects\/([^/]+)\/secrets\/([^/]+)/.exec(text ?? '') ?? [];
    const add = (text: string | undefined, more: PlannedVersions) => {
      const [, project, id] = read(text);
      if (project === undefined || id === undefined) return;
      const name = secretName(project, id);
      const known = state.versions.get(name) ?? { made: 0, gone: [] };
      state.versions.set(name, { made: known.made + more.made, gone: [...known.gone, ...more.gone] });
    };
    const readable = change.after.enabled !== false;
    const version = textOf(change.before.version) ?? '';
    if (isNew(change) && readable) add(resolver.text(change, ['secret']), { made: 1, gone: [] });
    if (isRemoved(change) || (change.action === 'update' && !readable)) {
      add(textOf(change.before.secret), { made: 0, gone: [version] });
    }
  },
  google_project_iam_custom_role: recordRole,
  google_organization_iam_custom_role: recordRole,
  google_iam_deny_policy: (change, state, plan) => {
    const planned = denyPolicyOf(change, plan);
    if (planned === 'unclear') {
      state.unclearDenyPolicies.push(change.address);
      return;
    }
    const known = new Map(state.denyPolicies.get(planned.parent) ?? []);
    state.denyPolicies.set(planned.parent, known.set(planned.id, planned.rules));
  },
  google_cloud_identity_group_membership: (change, state, plan) => {
    for (const removed of [true, false]) {
      if (removed ? !isRemoved(change) : !isWritten(change)) continue;
      state.memberships.push(membershipOf(change, plan, removed));
    }
  },
  google_project_default_service_accounts: (change, state, { resolver }) => {
    const project = resolver.project(change);
    const action = textOf(change.after.action);
    if (project === undefined || !isWritten(change) || action === 'DEPRIVILEGE') return;
    state.withoutDefaultAccount.add(project);
  },
  google_iam_principal_access_boundary_policy: recordBoundary,
  google_iam_projects_policy_binding: recordBoundary,
  google_iam_folders_policy_binding: recordBoundary,
  google_iam_organizations_policy_binding: recordBoundary,
  google_tags_tag_binding: (change, state) => {
    state.tags.push(change.address);
  },
  google_tags_location_tag_binding: (change, state) => {
    state.tags.push(change.address);
  },
};

const isMoved = ({ before, after }: ResourceChange) =>
  ['org_id', 'folder_id'].some((name) => (textOf(before[name]) ?? '') !== (textOf(after[name]) ?? ''));

function aboveOf(change: ResourceChange, { resolver }: TerraformPlan): Known<readonly ResourceName[]> {
  const organization = resolver.text(change, ['org_id']);
  if (organization !== undefined) return [organizationName(organization)];
  const folder = resolver.text(change, ['folder_id']);
  if (folder !== undefined) {
    const name = folderName(folder.replace(/^folders\//, ''));
    return { unknown: true, why: `what is above ${name.slice(2)} is not in the plan` };
  }
  if (resolver.isUnknown(change, ['org_id'])) return later(change.address, 'org_id');
  return resolver.isUnknown(change, ['folder_id']) ? later(change.address, 'folder_id') : [];
}

function repositoryOf(change: ResourceChange, { resolver }: TerraformPlan): Known<RepositoryFacts> {
  const mode = resolver.text(change, ['mode'])?.replace('_REPOSITORY', '').toLowerCase() ?? 'standard';
  if (mode !== 'virtual' && mode !== 'remote') return { mode: 'standard', upstreams: [] };
  const policies = ['virtual_repository_config', 0, 'upstream_policies'];
  const behind = listOf(at(change.after, policies)).map((policy, index) => ({
    repository: resolver.text(change, [...policies, index, 'repository']),
    priority: Number(fieldsOf(policy).priority ?? 0),
  }));
  if (behind.some(({ repository }) => repository === undefined)) {
    return later(change.address, 'virtual_repository_config');
  }
  const upstreams = behind
    .sort((a, b) => b.priority - a.priority)
    .map(({ repository }): ResourceName => `//artifactregistry.googleapis.com/${repository}`);
  const password = resolver.text(change, [
    'remote_repository_config',
    0,
    'upstream_credentials',
    0,
    'username_password_credentials',
    0,
    'password_secret_version',
  ]);
  const [, secret] = /^(projects\/[^/]+\/secrets\/[^/]+)/.exec(password ?? '') ?? [];
  return {
    mode,
    upstreams,
    ...(secret !== undefined && { credentials: `//secretmanager.googleapis.com/${secret}` as const }),
  };
}

function recordRole(change: ResourceChange, state: Mutable<PlannedState>, { resolver }: TerraformPlan): void {
  const name = isWritten(change) ? resolver.value(change, 'name') : textOf(change.before.name);
  if (name === undefined) return;
  const { title, description, stage } = fieldsOf(change.after);
  const permissions = resolver.texts(change, ['permissions']);
  const known = permissions?.every((each) => each !== undefined) === true;
  if (change.action === 'delete') state.roles.set(name, 'absent');
  else if (!known) state.roles.set(name, later(change.address, 'permissions'));
  else
    state.roles.set(name, {
      name,
      title: textOf(title) ?? '',
      description: textOf(description) ?? '',
      stage: stage === 'DISABLED' ? 'DISABLED' : 'GA',
      permissions: new Set(stage === 'DISABLED' ? [] : textsOf(permissions)),
    });
}

function recordBoundary({ address }: ResourceChange, state: Mutable<PlannedState>): void {
  state.boundaries.push(address);
}

function membershipOf(
  change: ResourceChange,
  { resolver }: TerraformPlan,
  removed: boolean,
): PlannedMembership {
  const key = ['preferred_member_key', 0, 'id'];
  const [group] = resolver.referredTo(change, ['group']);
  const address =
    group?.type === 'google_cloud_identity_group' ? resolver.text(group, ['group_key', 0, 'id']) : undefined;
  const member = removed ? textOf(at(change.before, key)) : resolver.text(change, key);
  return {
    address: change.address,
    group: address === undefined ? undefined : `group:${address.toLowerCase()}`,
    member: member?.toLowerCase(),
    removed,
  };
}

function recordRun(change: ResourceChange, state: Mutable<PlannedState>, { resolver }: TerraformPlan): void {
  const type = runTypeOf(change);
  const project = resolver.project(change) ?? textOf(change.before.project);
  const location = resolver.location(change) ?? textOf(change.before.location);
  const name = resolver.text(change, ['name'], false) ?? textOf(change.before.name);
  if (!type || project === undefined || location === undefined || name === undefined) return;
  const resource = runResourceName(type.kind, project, location, name);
  note(change, state, resource);
  if (isRemoved(change)) state.runResources.set(resource, 'absent');
  if (change.action !== 'update') return;
  const before = readTemplate({ ...change, after: change.before, afterUnknown: {} }, type, resolver);
  state.runResources.set(resource, {
    images: before.images.map(({ value }) => value),
    ...(before.serviceAccount && { serviceAccount: before.serviceAccount.value }),
    ...(isOpenToAll(change.before) && { invokerIamDisabled: true }),
  });
}

/** True when the plan enables this API, and so makes its agents. */
export function enables(state: PlannedState, project: string, api: string = CLOUD_RUN_AGENT.api): boolean {
  return state.apis.get(`${project} ${api}`) === true;
}
