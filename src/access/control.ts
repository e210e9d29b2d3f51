import { invalidArgument } from '../google/index.js';
import {
  type AuditLogType,
  type Decision,
  decide,
  type GroupDirectory,
  groupDirectory,
  isDataAccessLogged,
  isGranted,
  knownPermissions,
  MODIFIED_GRANTS,
  type Policy,
  type PolicyLevel,
  type PrincipalFacts,
  predefinedRoles,
  type Question,
  type RoleCatalogue,
} from '../iam/index.js';
import type { Principal, RequestContext, ResourceName } from '../names/index.js';
import type { Store, Write } from '../store/index.js';
import { StoredBoundaries } from './boundaries.js';
import { BoundaryDecisions } from './boundary-rows.js';
import { StoredCustomRoles } from './custom-roles.js';
import { Customers } from './customers.js';
import { DENY_POLICIES, mayHaveDenyPolicies, StoredDenyPolicies } from './deny-policies.js';
import { StoredFolders, StoredOrganizations } from './folders.js';
import { Hierarchies } from './hierarchy.js';
import { StoredPolicies } from './policies.js';
import { type AccountHome, factsOf } from './principal-facts.js';
import { StoredProjects } from './projects.js';
import type { Propagation, RowReader } from './propagation.js';
import { type RolesInEffect, rolesInEffect } from './roles-in-effect.js';
import { withPropagation } from './still-propagating.js';
import { StoredTags } from './tags.js';
import type { AccessControl, Grant, PolicyAcceptance, PolicyUpdate, StoredPolicy } from './types.js';

export interface AccessOptions {
  readonly store: Store;
  /** Google's predefined roles when left out. */
  readonly roles?: RoleCatalogue;
  /** Is there a service account, or a service agent, with this address? Policies may name no other. */
  readonly accountExists: (email: string) => Promise<boolean>;
  /** Is there a workload identity pool of this full name? Without it there is none. */
  readonly poolExists?: (name: string) => Promise<boolean>;
  /** Where a service account belongs; when left out, nobody knows of any. */
  readonly accountHome?: (email: string) => Promise<AccountHome | undefined>;
  /** What decisions go by while changes propagate; left out where they take effect at once. */
  readonly propagation?: Pick<Propagation, 'effective' | 'changes' | 'at'>;
}

const GROUPS = 'groups/';
/** What conditions see of testIamPermissions: it gives nobody a role and takes none. */
const A_TEST: RequestContext = { apiAttributes: { [MODIFIED_GRANTS]: [] } };

/** The access control of one plane, over its store. */
export function openAccess(options: AccessOptions): AccessControl {
  return new StoredAccess(options);
}

class StoredAccess implements AccessControl {
  readonly projects: StoredProjects;
  readonly folders: StoredFolders;
  readonly organizations: StoredOrganizations;
  readonly roles: RoleCatalogue;
  readonly customRoles: StoredCustomRoles;
  readonly denyPolicies: StoredDenyPolicies;
  readonly boundaries: StoredBoundaries;
  readonly tags: StoredTags;
  readonly #options: AccessOptions;
  readonly #store: Store;
  /** What decisions go by. */
  readonly #effective: RowReader;
  readonly #accountHome: (email: string) => Promise<AccountHome | undefined>;
  readonly #rolesInEffect: RolesInEffect;
  readonly #policies: StoredPolicies;
  readonly #hierarchies: Hierarchies;
  readonly #boundaries: BoundaryDecisions;
  readonly #customers: Customers;
  #groups: GroupDirectory | undefined;
  #groupChanges = 0;

  constructor(options: AccessOptions) {
    const { store, roles = predefinedRoles, accountExists } = options;
    const { accountHome = async () => undefined, poolExists = async () => false } = options;
    const effective: RowReader = options.propagation?.effective ?? store;
    this.#options = options;
    this.#store = store;
    this.#effective = effective;
    this.#accountHome = accountHome;
    const changed = () => {
      this.#hierarchies.forget();
      this.#boundaries.forget();
    };
    const groupExists = (email: string) => this.#groupExists(email);
    this.projects = new StoredProjects(store, changed);
    this.folders = new StoredFolders(store, changed);
    this.organizations = new StoredOrganizations(store);
    const { projects, folders } = this;
    this.denyPolicies = new StoredDenyPolicies({
      store,
      effective,
      projects,
      accountExists,
      groupExists,
      poolExists,
      changed,
    });
    this.customRoles = new StoredCustomRoles({
      store,
      effective,
      projects,
      predefined: roles,
      changed: () => this.#policies.rolesChanged(),
    });
    const { customRoles } = this;
    this.roles = customRoles.catalogue;
    const lineage = (resource: ResourceName) => this.#hierarchies.lineage(resource);
    this.#rolesInEffect = options.propagation
      ? rolesInEffect(effective, roles, () => this.#policies.rolesChanged())
      : customRoles;
    this.#policies = new StoredPolicies({
      store,
      effective,
      customRoles,
      rolesInEffect: this.#rolesInEffect,
      lineage,
      accountExists,
      groupExists,
      poolExists,
      changed,
    });
    this.tags = new StoredTags({ store, effective, lineage, changed });
    this.#hierarchies = new Hierarchies({
      projects,
      folders,
      policies: this.#policies,
      denyPolicies: this.denyPolicies,
      tags: this.tags,
      ...(options.propagation ? { settle: () => options.propagation?.effective.settle() } : {}),
    });
    const { organizations } = this;
    this.boundaries = new StoredBoundaries({ store, projects, organizations, lineage, poolExists });
    this.#boundaries = new BoundaryDecisions(store, effective, (resource) => projects.canonical(resource));
    this.#customers = new Customers(store, organizations);
    effective.watch(GROUPS, () => {
      this.#groupChanges++;
      this.#groups = undefined;
    });
  }

  async rolesInEffect(): Promise<RoleCatalogue> {
    await this.#rolesInEffect.ready();
    return this.#rolesInEffect.inBindings;
  }

  async groups(): Promise<GroupDirectory> {
    if (this.#groups) return this.#groups;
    const before = this.#groupChanges;
    const rows = await this.#effective.list<readonly string[]>(GROUPS);
    const directory = groupDirectory(
      Object.fromEntries(rows.map((row) => [row.key.slice(GROUPS.length), row.value])),
    );
    if (before === this.#groupChanges) this.#groups = directory;
    return directory;
  }

  async levels(resource: ResourceName): Promise<readonly PolicyLevel[]> {
    return (await this.#hierarchies.of(resource)).levels;
  }

  async question(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
    context?: RequestContext,
  ): Promise<Question> {
    const {
      resource: name,
      projectNumber,
      levels,
      deny,
      asksFacts,
      tags,
    } = await this.#hierarchies.of(resource);
    const groups = this.#groups ?? (await this.groups());
    const boundaries = await this.#boundaries.compiled();
    const facts = asksFacts || boundaries ? await this.facts(principal) : undefined;
    return {
      principal,
      permission,
      resource: name,
      levels,
      groups,
      time,
      tags,
      ...(facts ? { facts } : {}),
      ...(deny ? { deny } : {}),
      ...(boundaries ? { boundaries } : {}),
      ...(projectNumber === undefined ? {} : { projectNumber }),
      ...(context ? { context } : {}),
    };
  }

  facts(principal: Principal): Promise<PrincipalFacts | undefined> {
    const { projects } = this;
    return factsOf(principal, {
      projects,
      hierarchies: this.#hierarchies,
      accountHome: this.#accountHome,
      customers: this.#customers,
    });
  }

  async isGranted(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
    context?: RequestContext,
  ): Promise<boolean> {
    return isGranted(await this.question(principal, permission, resource, time, context));
  }

  async decide(
    principal: Principal,
    permission: string,
    resource: ResourceName,
    time: Date,
    context?: RequestContext,
  ): Promise<Decision> {
    const decision = decide(await this.question(principal, permission, resource, time, context));
    const { propagation } = this.#options;
    if (!propagation) return decision;
    return withPropagation(decision, resource, propagation, async ({ store, effective }) => {
      const later = new StoredAccess({ ...this.#options, store, propagation: { ...propagation, effective } });
      return decide(await later.question(principal, permission, resource, time, context));
    });
  }

  async held(
    principal: Principal,
    permissions: readonly string[],
    resource: ResourceName,
    time: Date,
  ): Promise<string[]> {
    if (permissions.length > 100) {
      throw invalidArgument(`At most 100 permissions can be tested at once; got ${permissions.length}.`);
    }
    for (const permission of permissions) {
      if (!knownPermissions.has(permission)) {
        throw invalidArgument(`Permission ${permission} is not valid for this resource.`);
      }
    }
    const held: string[] = [];
    for (const permission of new Set(permissions)) {
      if (await this.isGranted(principal, permission, resource, time, A_TEST)) held.push(permission);
    }
    return held;
  }

  async isDataAccessLogged(
    principal: Principal,
    service: string,
    type: AuditLogType,
    resource: ResourceName,
  ): Promise<boolean> {
    const levels = await this.levels(resource);
    return isDataAccessLogged({ principal, service, type, levels, groups: await this.groups() });
  }

  async policy(resource: ResourceName): Promise<StoredPolicy> {
    return this.#policies.get(await this.projects.canonical(resource));
  }

  async setPolicy(
    resource: ResourceName,
    update: PolicyUpdate,
    _time: Date,
    accept?: PolicyAcceptance,
  ): Promise<Policy> {
    return this.#policies.set(await this.projects.canonical(resource), update, accept);
  }

  async #groupExists(email: string): Promise<boolean> {
    return (await this.#store.get(GROUPS + email)) !== undefined;
  }

  async preconditions(resources: readonly ResourceName[]): Promise<Write[]> {
    const names = new Set<ResourceName>();
    for (const resource of resources) {
      for (const { resource: name } of await this.levels(resource)) names.add(name);
    }
    const checks: Write[] = [await this.#boundaries.check()];
    for (const name of names) {
      checks.push(await this.#policies.check(name), await this.tags.check(name));
      checks.push(...(await this.#placeCheck(name)));
      if (!mayHaveDenyPolicies(name)) continue;
      const denials = await this.denyPolicies.row(name);
      checks.push({ op: 'check', key: DENY_POLICIES + name, ifVersion: denials?.version ?? 0 });
    }
    return checks;
  }

  /** Where a project or a folder lies decides as well: it must not be moved meanwhile. */
  async #placeCheck(name: ResourceName): Promise<Write[]> {
    const [, kind, id = ''] =
      /^\/\/cloudresourcemanager\.googleapis\.com\/(projects|folders)\/(.+)$/.exec(name) ?? [];
    if (kind === undefined) return [];
    const row = await (kind === 'projects' ? this.projects : this.folders).get(id);
    return [{ op: 'check', key: `${kind}/${id}`, ifVersion: row?.version ?? 0 }];
  }

  removal(resource: ResourceName): Write {
    return this.#policies.removal(resource);
  }

  removals(resource: ResourceName): readonly Write[] {
    return [this.removal(resource), this.tags.removal(resource)];
  }

  grantWrite(resource: ResourceName, role: string, member: string): Promise<Write> {
    return this.grantsWrite(resource, [{ role, member }]);
  }

  async grantsWrite(resource: ResourceName, grants: readonly Grant[]): Promise<Write> {
    return this.#policies.grantsWrite(await this.projects.canonical(resource), grants);
  }
}
