/** What the changes of a plan do, worked out once per plan: by what each concerns, and with the change that does it. */
import type {
  AccountFacts,
  Known,
  RepositoryFacts,
  RunResourceFacts,
  Unknown,
} from '../../checkpoint/index.js';
import type { DenyRules, Role } from '../../iam/index.js';
import {
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

export interface PlacedProject {
  /** The folder or the organization that it lies in; undefined for one without. */
  readonly parent?: Known<ResourceName>;
}

export interface PlannedProject extends PlacedProject {
  readonly address: string;
  /** It is made with tags of its own. */
  readonly tagged: boolean;
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

/** What one change does to one thing. */
export interface Effect<V> {
  readonly change: ResourceChange;
  readonly value: V;
}

/** All that the changes of a plan do to things of one kind, by thing; in the order of the plan. */
export class Effects<K, V> {
  readonly #byKey = new Map<K, Effect<V>[]>();

  add(change: ResourceChange, key: K, value: V): void {
    const known = this.#byKey.get(key);
    if (known) known.push({ change, value });
    else this.#byKey.set(key, [{ change, value }]);
  }

  of(key: K): readonly Effect<V>[] {
    return this.#byKey.get(key) ?? [];
  }
}

/** Everything that a plan does; the changes that change nothing are not in it: of them the source below knows best. */
export class PlanEffects {
  readonly projects = new Effects<string, PlannedProject | 'deleted'>();
  /** Projects that the plan moves. */
  readonly moved = new Effects<string, PlacedProject>();
  /** Projects whose default compute account is deleted or disabled. */
  readonly withoutDefaultAccount = new Effects<string, true>();
  /** By `PROJECT API`. */
  readonly apis = new Effects<string, Known<boolean>>();
  /** Changes of APIs of which not even the name or the project is known. */
  readonly unclearApis: ResourceChange[] = [];
  readonly accounts = new Effects<string, Known<AccountFacts | 'absent'>>();
  readonly repositories = new Effects<ResourceName, Known<RepositoryFacts | 'absent'>>();
  readonly versions = new Effects<ResourceName, PlannedVersions>();
  readonly roles = new Effects<string, Known<Role | 'absent'>>();
  readonly runResources = new Effects<ResourceName, RunResourceFacts | 'absent'>();
  readonly created = new Effects<ResourceName, true>();
  readonly deleted = new Effects<ResourceName, true>();
  /** By what they are attached to. */
  readonly denyPolicies = new Effects<
    ResourceName,
    { readonly id: string; readonly rules: Known<DenyRules | 'absent'> }
  >();
  /** Of which it is not known what they will be attached to. */
  readonly unclearDenyPolicies: ResourceChange[] = [];
  readonly memberships: Effect<PlannedMembership>[] = [];
  readonly boundaries: ResourceChange[] = [];
  readonly tags: ResourceChange[] = [];
  /** In the order in which they can be relied on. */
  readonly edits: readonly IamEdit[];
  readonly #editsOn = new Map<ResourceName | undefined, IamEdit[]>();

  constructor(plan: TerraformPlan) {
    for (const change of plan.document.changes) {
      if (change.mode !== 'managed' || !(isWritten(change) || isRemoved(change))) continue;
      RECORD[change.type]?.(change, this, plan);
      if (runTypeOf(change)) recordRun(change, this, plan);
    }
    this.edits = iamEdits(plan);
    for (const edit of this.edits) {
      const known = this.#editsOn.get(edit.resource);
      if (known) known.push(edit);
      else this.#editsOn.set(edit.resource, [edit]);
    }
  }

  /** The edits of one policy, in their order; of undefined, those of which it is not known whose policy they edit. */
  editsOn(resource: ResourceName | undefined): readonly IamEdit[] {
    return this.#editsOn.get(resource) ?? [];
  }
}

const EFFECTS = new WeakMap<TerraformPlan, PlanEffects>();

/** What the plan does, worked out when it is first asked for. */
export function effectsOf(plan: TerraformPlan): PlanEffects {
  const known = EFFECTS.get(plan);
  if (known) return known;
  const effects = new PlanEffects(plan);
  EFFECTS.set(plan, effects);
  return effects;
}

/** Something that is only known once the plan was applied. */
export function later(address: string, attribute: string): Unknown {
  return { unknown: true, why: `${address}.${attribute} is known only after apply` };
}

type Recorder = (change: ResourceChange, effects: PlanEffects, plan: TerraformPlan) => void;

const isNew = ({ action }: ResourceChange) => action === 'create' || action === 'replace';

/** Notes that a resource comes or goes. */
function note(change: ResourceChange, effects: PlanEffects, resource: ResourceName): void {
  if (isNew(change)) effects.created.add(change, resource, true);
  else if (change.action === 'delete') effects.deleted.add(change, resource, true);
}

const RECORD: Readonly<Record<string, Recorder>> = {
  google_project: (change, effects, plan) => {
    const id = plan.resolver.value(change, 'project_id') ?? '';
    note(change, effects, projectName(id));
    if (change.action === 'delete') effects.projects.add(change, id, 'deleted');
    else if (isNew(change))
      effects.projects.add(change, id, {
        address: change.address,
        tagged: !isEmpty(change.after.tags) || plan.resolver.isUnknown(change, ['tags']),
        ...placeOf(change, plan),
      });
    else if (isMoved(change)) effects.moved.add(change, id, placeOf(change, plan));
  },
  google_project_service: (change, effects, { resolver }) => {
    const removed = change.action === 'delete';
    // Terraform leaves the API enabled where it is told to.
    if (removed && change.before.disable_on_destroy === false) return;
    const project = removed ? textOf(change.before.project) : resolver.project(change);
    const api = removed ? textOf(change.before.service) : resolver.text(change, ['service']);
    if (project === undefined || api === undefined) effects.unclearApis.push(change);
    else effects.apis.add(change, `${project} ${api}`, !removed);
  },
  google_project_service_identity: (change, effects, { resolver }) => {
    const email = resolver.value(change, 'email');
    const project = resolver.project(change);
    if (!isNew(change) || email === undefined || project === undefined) return;
    effects.accounts.add(change, email, { project, isAgent: true, disabled: false });
  },
  google_service_account: (change, effects, { resolver }) => {
    const email = isWritten(change) ? resolver.value(change, 'email') : textOf(change.before.email);
    const project = isWritten(change) ? resolver.project(change) : textOf(change.before.project);
    if (email === undefined || project === undefined) return;
    note(change, effects, `//iam.googleapis.com/projects/${project}/serviceAccounts/${email}`);
    const disabled = change.after.disabled === true;
    effects.accounts.add(
      change,
      email,
      change.action === 'delete' ? 'absent' : { project, isAgent: false, disabled },
    );
  },
  google_artifact_registry_repository: (change, effects, plan) => {
    const values = isWritten(change) ? undefined : change.before;
    const project = values ? textOf(values.project) : plan.resolver.project(change);
    const location = values ? textOf(values.location) : plan.resolver.location(change);
    const id = values ? textOf(values.repository_id) : plan.resolver.value(change, 'repository_id');
    if (project === undefined || location === undefined || id === undefined) return;
    const name = repositoryName(project, location, id);
    note(change, effects, name);
    effects.repositories.add(change, name, values ? 'absent' : repositoryOf(change, plan));
  },
  google_secret_manager_secret: (change, effects, { resolver }) => {
    const project = isWritten(change) ? resolver.project(change) : textOf(change.before.project);
    const id = isWritten(change) ? resolver.value(change, 'secret_id') : textOf(change.before.secret_id);
    if (project !== undefined && id !== undefined) note(change, effects, secretName(project, id));
  },
  google_secret_manager_secret_version: (change, effects, { resolver }) => {
    const read = (text: string | undefined) =>
      /(?:^|\/)projects\/([^/]+)\/secrets\/([^/]+)/.exec(text ?? '') ?? [];
    const add = (text: string | undefined, more: PlannedVersions) => {
      const [, project, id] = read(text);
      if (project === undefined || id === undefined) return;
      effects.versions.add(change, secretName(project, id), more);
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
  google_iam_deny_policy: (change, effects, plan) => {
    const planned = denyPolicyOf(change, plan);
    if (planned === 'unclear') {
      effects.unclearDenyPolicies.push(change);
      return;
    }
    effects.denyPolicies.add(change, planned.parent, { id: planned.id, rules: planned.rules });
  },
  google_cloud_identity_group_membership: (change, effects, plan) => {
    for (const removed of [true, false]) {
      if (removed ? !isRemoved(change) : !isWritten(change)) continue;
      effects.memberships.push({ change, value: membershipOf(change, plan, removed) });
    }
  },
  google_project_default_service_accounts: (change, effects, { resolver }) => {
    const project = resolver.project(change);
    const action = textOf(change.after.action);
    if (project === undefined || !isWritten(change) || action === 'DEPRIVILEGE') return;
    effects.withoutDefaultAccount.add(change, project, true);
  },
  google_iam_principal_access_boundary_policy: recordBoundary,
  google_iam_projects_policy_binding: recordBoundary,
  google_iam_folders_policy_binding: recordBoundary,
  google_iam_organizations_policy_binding: recordBoundary,
  google_tags_tag_binding: (change, effects) => {
    effects.tags.push(change);
  },
  google_tags_location_tag_binding: (change, effects) => {
    effects.tags.push(change);
  },
};

/** https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#tags */
const isEmpty = (value: unknown): boolean => Object.keys(fieldsOf(value)).length === 0;

const isMoved = ({ before, after }: ResourceChange) =>
  ['org_id', 'folder_id'].some((name) => (textOf(before[name]) ?? '') !== (textOf(after[name]) ?? ''));

function placeOf(change: ResourceChange, { resolver }: TerraformPlan): PlacedProject {
  const organization = resolver.text(change, ['org_id']);
  if (organization !== undefined) return { parent: organizationName(organization) };
  const folder = resolver.text(change, ['folder_id']);
  if (folder !== undefined) return { parent: folderName(folder.replace(/^folders\//, '')) };
  if (resolver.isUnknown(change, ['org_id'])) return { parent: later(change.address, 'org_id') };
  return resolver.isUnknown(change, ['folder_id']) ? { parent: later(change.address, 'folder_id') } : {};
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

function recordRole(change: ResourceChange, effects: PlanEffects, { resolver }: TerraformPlan): void {
  const name = isWritten(change) ? resolver.value(change, 'name') : textOf(change.before.name);
  if (name === undefined) return;
  const { title, description, stage } = fieldsOf(change.after);
  const permissions = resolver.texts(change, ['permissions']);
  const known = permissions?.every((each) => each !== undefined) === true;
  if (change.action === 'delete') effects.roles.add(change, name, 'absent');
  else if (!known) effects.roles.add(change, name, later(change.address, 'permissions'));
  else
    effects.roles.add(change, name, {
      name,
      title: textOf(title) ?? '',
      description: textOf(description) ?? '',
      stage: stage === 'DISABLED' ? 'DISABLED' : 'GA',
      permissions: new Set(stage === 'DISABLED' ? [] : textsOf(permissions)),
    });
}

function recordBoundary(change: ResourceChange, effects: PlanEffects): void {
  effects.boundaries.push(change);
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

function recordRun(change: ResourceChange, effects: PlanEffects, { resolver }: TerraformPlan): void {
  const type = runTypeOf(change);
  const project = resolver.project(change) ?? textOf(change.before.project);
  const location = resolver.location(change) ?? textOf(change.before.location);
  const name = resolver.text(change, ['name'], false) ?? textOf(change.before.name);
  if (!type || project === undefined || location === undefined || name === undefined) return;
  const resource = runResourceName(type.kind, project, location, name);
  note(change, effects, resource);
  if (isRemoved(change)) effects.runResources.add(change, resource, 'absent');
  if (change.action !== 'update') return;
  const before = readTemplate({ ...change, after: change.before, afterUnknown: {} }, type, resolver);
  effects.runResources.add(change, resource, {
    images: before.images.map(({ value }) => value),
    ...(before.serviceAccount && { serviceAccount: before.serviceAccount.value }),
    ...(isOpenToAll(change.before) && { invokerIamDisabled: true }),
  });
}
