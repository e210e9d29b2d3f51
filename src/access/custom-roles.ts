/**
 * The custom roles of projects and organizations: rows under `roles/PARENT/roles/ID`. All of them are in memory from
 * the first use on, because whoever compiles a policy must know every role at once.
 */
import {
  alreadyExists,
  failedPrecondition,
  GoogleError,
  invalidArgument,
  notFound,
} from '../google/index.js';
import {
  type CustomRoleDefinition,
  customRoleProblems,
  emptyRole,
  MAX_CUSTOM_ROLES,
  parseCustomRoleName,
  type Role,
  type RoleCatalogue,
  roleIdProblems,
} from '../iam/index.js';
import { newEtag, type ResourceName, splitResource } from '../names/index.js';
import { type Store, VersionConflict, type Write } from '../store/index.js';
import { refusalOf } from './check-policy.js';
import { DelayedRoles } from './delayed-roles.js';
import { concurrentChange, sameEtag } from './etags.js';
import type { StoredProjects } from './projects.js';
import type { RowReader } from './propagation.js';
import type { CustomRole, CustomRoles } from './types.js';

export const CUSTOM_ROLES = 'roles/';

/** What a row holds. */
export interface CustomRoleRow extends CustomRoleDefinition {
  /** base64 */
  readonly etag: string;
  readonly deleteTime?: string;
}

const DAY = 24 * 60 * 60 * 1000;
/** "After the role has been deleted, it can be undeleted within 7 days" (google.iam.admin.v1.IAM.DeleteRole). */
const RESTORABLE = 7 * DAY;
/** "then it begins a permanent deletion process that lasts 30 days" (creating-custom-roles#deleting-custom-role) */
const GONE = RESTORABLE + 30 * DAY;

export interface CustomRolesDeps {
  readonly store: Store;
  /** What decisions go by: the store itself where changes take effect at once. */
  readonly effective: RowReader;
  readonly projects: StoredProjects;
  readonly predefined: RoleCatalogue;
  /** Called after each commit that touches a custom role. */
  readonly changed: () => void;
}

interface Known {
  readonly role: CustomRole;
  readonly version: number;
}

export class StoredCustomRoles implements CustomRoles {
  readonly #deps: CustomRolesDeps;
  /** By name; deleted ones too. */
  readonly #known = new Map<string, Known>();
  /** Undefined where changes take effect at once. */
  readonly #delayed: DelayedRoles<CustomRole> | undefined;
  #changes = 0;
  #loading: Promise<void> | undefined;

  constructor(deps: CustomRolesDeps) {
    this.#deps = deps;
    const { store, effective, changed } = deps;
    this.#delayed =
      effective === store
        ? undefined
        : new DelayedRoles(
            effective,
            CUSTOM_ROLES,
            (name, value) => roleOf(name, value as CustomRoleRow),
            changed,
          );
    store.watch(CUSTOM_ROLES, (changes) => {
      this.#changes++;
      for (const { key, value, version } of changes) this.#keep(key, value, version);
      changed();
    });
  }

  /** Resolves when every custom role is known: what the catalogues below say holds from then on. */
  async ready(): Promise<void> {
    await this.#delayed?.ready();
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    for (;;) {
      const before = this.#changes;
      const rows = await this.#deps.store.list(CUSTOM_ROLES);
      // A commit meanwhile may have made them stale.
      if (before !== this.#changes) continue;
      this.#known.clear();
      for (const { key, value, version } of rows) this.#keep(key, value, version);
      return;
    }
  }

  #keep(key: string, value: unknown, version: number): void {
    const name = key.slice(CUSTOM_ROLES.length);
    if (value === undefined) this.#known.delete(name);
    else this.#known.set(name, { role: roleOf(name, value as CustomRoleRow), version });
  }

  /** Predefined roles, and the custom ones that are in use. */
  readonly catalogue: RoleCatalogue = {
    get: (name) => {
      const role = this.#known.get(name)?.role;
      return role && role.deleteTime === undefined ? role : this.#deps.predefined.get(name);
    },
    list: () => [...this.#deps.predefined.list(), ...this.#live()],
  };

  /**
   * Roles as bindings see them: a custom role that is deleted, or gone, stays in policies and grants nothing, as
   * surely as any other role (https://cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role).
   */
  readonly inBindings: RoleCatalogue = {
    get: (name) => {
      if (!parseCustomRoleName(name)) return this.#deps.predefined.get(name);
      const role = this.#delayed ? this.#delayed.get(name) : this.#known.get(name)?.role;
      return role && role.deleteTime === undefined ? role : emptyRole(name);
    },
    list: () => this.catalogue.list(),
  };

  /**
   * The roles that a policy may name: custom ones of the hierarchy that it is in, and those that it has already.
   * @param lineage the resource whose policy it is, and everything above it
   */
  grantableIn(lineage: readonly ResourceName[], named: ReadonlySet<string>): RoleCatalogue {
    const parents = new Set(lineage.map((level) => splitResource(level).path));
    return {
      get: (name) => {
        const custom = parseCustomRoleName(name);
        if (!custom) return this.#deps.predefined.get(name);
        if (named.has(name)) return this.catalogue.get(name) ?? emptyRole(name);
        return parents.has(custom.parent) ? this.catalogue.get(name) : undefined;
      },
      list: () => this.catalogue.list(),
    };
  }

  #live(): CustomRole[] {
    return [...this.#known.values()].flatMap(({ role }) => (role.deleteTime === undefined ? [role] : []));
  }

  async find(name: string, time: Date): Promise<CustomRole | undefined> {
    const canonical = await this.#canonical(name);
    await this.ready();
    const role = this.#known.get(canonical)?.role;
    return role && age(role, time) < RESTORABLE ? role : undefined;
  }

  async list(parent: string, time: Date): Promise<readonly CustomRole[]> {
    const own = (await this.#parentOf(parent)) ?? parent;
    await this.ready();
    return [...this.#known.values()]
      .map(({ role }) => role)
      .filter(({ name }) => name.startsWith(`${own}/roles/`))
      .filter((role) => age(role, time) < RESTORABLE)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async create(
    parent: string,
    id: string,
    definition: CustomRoleDefinition,
    time: Date,
  ): Promise<CustomRole> {
    const own = await this.#parentOf(parent);
    if (own === undefined) throw notFound(`The resource ${parent} was not found.`);
    const problems = roleIdProblems(id);
    if (problems.length > 0) throw refusalOf(problems);
    const name = `${own}/roles/${id}`;
    requireDefinition(name, definition);
    await this.ready();
    const known = this.#known.get(name);
    if (known && known.role.deleteTime === undefined) {
      throw alreadyExists(`A role named ${id} in ${own} already exists.`);
    }
    if (known && age(known.role, time) < GONE) {
      throw failedPrecondition(`You can't create a role_id (${id}) which has been marked for deletion.`);
    }
    this.#requireRoom(own);
    return this.#write(name, rowOf(definition), known?.version ?? 0, this.#expired(own, name, time));
  }

  async update(
    name: string,
    change: Partial<CustomRoleDefinition>,
    etag: string | undefined,
    time: Date,
  ): Promise<CustomRole> {
    const { role, version } = await this.#current(name, etag, time);
    if (role.deleteTime !== undefined) throw deleted('update', role);
    const definition = { ...definitionOf(role), ...change };
    requireDefinition(role.name, definition);
    return this.#write(role.name, rowOf(definition), version);
  }

  async remove(name: string, etag: string | undefined, time: Date): Promise<CustomRole> {
    const { role, version } = await this.#current(name, etag, time);
    if (role.deleteTime !== undefined) throw deleted('delete', role);
    const row = { ...rowOf(definitionOf(role)), deleteTime: time.toISOString() };
    const { parent = '' } = parseCustomRoleName(role.name) ?? {};
    return this.#write(role.name, row, version, this.#expired(parent, role.name, time));
  }

  async restore(name: string, etag: string | undefined, time: Date): Promise<CustomRole> {
    const { role, version } = await this.#current(name, etag, time);
    const { id = '', parent = '' } = parseCustomRoleName(role.name) ?? {};
    if (role.deleteTime === undefined) {
      throw failedPrecondition(`You can't undelete a role_id (${id}) which hasn't been deleted.`);
    }
    this.#requireRoom(parent);
    return this.#write(role.name, rowOf(definitionOf(role)), version);
  }

  /** @throws GoogleError NOT_FOUND, ABORTED */
  async #current(name: string, etag: string | undefined, time: Date): Promise<Known> {
    const found = await this.find(name, time);
    const known = found && this.#known.get(found.name);
    if (!known) throw notFound(`The role named ${name} was not found.`);
    if (etag !== undefined && !sameEtag(etag, known.role.etag)) throw concurrentChange();
    return known;
  }

  async #write(
    name: string,
    row: CustomRoleRow,
    ifVersion: number,
    also: readonly Write[] = [],
  ): Promise<CustomRole> {
    try {
      await this.#deps.store.commit([
        { op: 'put', key: CUSTOM_ROLES + name, value: row, ifVersion },
        ...also,
      ]);
    } catch (error) {
      if (error instanceof VersionConflict) throw concurrentChange();
      throw error;
    }
    return roleOf(name, row);
  }

  /** "Number of custom roles in an organization / project: 300" */
  #requireRoom(parent: string): void {
    const own = this.#live().filter(({ name }) => name.startsWith(`${parent}/roles/`));
    if (own.length >= MAX_CUSTOM_ROLES) {
      throw new GoogleError(
        'RESOURCE_EXHAUSTED',
        `Maximum number of roles reached. Maximum is: ${MAX_CUSTOM_ROLES}.`,
      );
    }
  }

  /** Takes away the rows of the parent's roles whose ids are free again. @param but the role that is written anyway */
  #expired(parent: string, but: string, time: Date): Write[] {
    return [...this.#known.entries()].flatMap(([name, { role, version }]): Write[] =>
      name !== but && name.startsWith(`${parent}/roles/`) && age(role, time) >= GONE
        ? [{ op: 'delete', key: CUSTOM_ROLES + name, ifVersion: version }]
        : [],
    );
  }

  async #canonical(name: string): Promise<string> {
    const custom = parseCustomRoleName(name);
    const parent = custom && (await this.#parentOf(custom.parent));
    return custom && parent !== undefined ? `${parent}/roles/${custom.id}` : name;
  }

  /** The parent by its own name, projects by id; undefined for a project that is not there. */
  async #parentOf(parent: string): Promise<string | undefined> {
    const [, project] = /^projects\/([^/]+)$/.exec(parent) ?? [];
    if (project === undefined) return parent;
    const found = await this.#deps.projects.get(project);
    return found && `projects/${found.projectId}`;
  }
}

/** Milliseconds since it was deleted; negative for a role in use. */
const age = ({ deleteTime }: CustomRole, time: Date): number =>
  deleteTime === undefined ? -1 : time.getTime() - Date.parse(deleteTime);

function deleted(verb: 'update' | 'delete', { name }: CustomRole): GoogleError {
  const { id = '' } = parseCustomRoleName(name) ?? {};
  return failedPrecondition(`You can't ${verb} a role_id (${id}) which has been marked for deletion.`);
}

/** @throws GoogleError INVALID_ARGUMENT */
function requireDefinition(name: string, definition: CustomRoleDefinition): void {
  const custom = parseCustomRoleName(name);
  if (!custom) throw invalidArgument(`The role name "${name}" is not that of a custom role.`);
  const problems = customRoleProblems(definition, custom.level);
  if (problems.length > 0) throw refusalOf(problems);
}

const rowOf = (definition: CustomRoleDefinition): CustomRoleRow => ({ ...definition, etag: newEtag() });

/** The role that a row keeps. */
export function roleOf(name: string, { permissions, ...row }: CustomRoleRow): CustomRole {
  return { name, ...row, permissions: new Set<string>(permissions) };
}

const definitionOf = ({ title, description, stage, permissions }: Role): CustomRoleDefinition => ({
  title,
  description,
  stage,
  permissions: [...permissions].sort(),
});
