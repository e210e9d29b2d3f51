/** What decides about a resource, out of an inventory: as LevelReader reads it from a source, but at once. */
import {
  type Binding,
  type CompiledBoundaries,
  type CompiledDenyPolicies,
  type CompiledPolicy,
  compileBoundaries,
  compileDenyPolicies,
  compilePolicy,
  type DenyLevel,
  emptyRole,
  type Policy,
  type PolicyLevel,
  predefinedRoles,
  type Question,
  type Role,
  type RoleCatalogue,
  UNKNOWN_ABOVE,
} from '../../iam/index.js';
import {
  parentInProject,
  policyHolder,
  projectName,
  projectOf,
  type ResourceName,
} from '../../names/index.js';
import { isUnknown, thereIs } from '../rule.js';
import type { BoundaryFacts, ProjectFacts } from '../source/types.js';
import type { BindingFilter, Inventory } from './inventory.js';

/** The part of a question that the resource decides. */
export interface Scope {
  readonly resource: ResourceName;
  readonly levels: readonly PolicyLevel[];
  readonly deny: readonly DenyLevel[];
  readonly boundaries: CompiledBoundaries | 'unreadable' | undefined;
  readonly tags: Question['tags'];
  readonly projectNumber: string | undefined;
  /** Some policy names a set whose members only the principal's facts tell. */
  readonly asksFacts: boolean;
  /** Some condition may look at the resource: then what holds of one holds of no other. */
  readonly isParticular: boolean;
}

/** What levels ask for beside themselves. */
interface Traits {
  readonly asksFacts: boolean;
  readonly asksTags: boolean;
  readonly isParticular: boolean;
}

/** Above a resource, the project and what it lies in: the same for all that lies in the project. */
interface Above extends Traits {
  readonly levels: readonly PolicyLevel[];
  readonly deny: readonly DenyLevel[];
  readonly boundaries: Scope['boundaries'];
  readonly project: ProjectFacts | undefined;
}

/** Which bindings of policies are looked at; they must not be able to change an answer. */
export interface LevelFilters {
  /** In projects and above. */
  readonly above: BindingFilter;
  /** On what lies in projects. */
  readonly own: BindingFilter;
  /** Policies of which nothing is looked at are levels all the same, as they are for reasons. */
  readonly keepsEmpty: boolean;
}

/** Reads and compiles each policy once; a project's levels once for all that lies in it. */
export class EstateLevels {
  readonly #inventory: Inventory;
  readonly #filters: Partial<LevelFilters>;
  readonly #roles: RoleCatalogue;
  /** What several resources have in common is compiled once. */
  #compiled = new Map<Policy, CompiledPolicy>();
  readonly #levels = new Map<ResourceName, PolicyLevel | undefined>();
  /** Policies that matter of what lies in projects: another project's repository may be asked for by every one. */
  readonly #far = new Map<ResourceName, PolicyLevel>();
  /** Those of what lies in the project at hand. */
  #near = new Map<ResourceName, PolicyLevel>();
  readonly #denied = new Map<ResourceName, DenyLevel | undefined>();
  readonly #boundaries = new WeakMap<BoundaryFacts, CompiledBoundaries>();
  readonly #above = new Map<string, Above>();
  /** At hand. */
  #project = '';

  constructor(inventory: Inventory, filters: Partial<LevelFilters> = {}) {
    this.#inventory = inventory;
    this.#filters = filters;
    this.#roles = rolesOf(inventory);
  }

  /** Forgets what belongs to the project at hand, and goes on to another one. */
  begin(project: string): void {
    // Maps anew: what one was cleared of stays in memory longer, since V8 keeps what it was before beside it.
    this.#near = new Map();
    this.#compiled = new Map();
    this.#above.delete(this.#project);
    this.#levels.delete(projectName(this.#project));
    this.#denied.delete(projectName(this.#project));
    this.#project = project;
  }

  /** @param resource in a project, or a project itself, which goes by its id */
  scope(resource: ResourceName): Scope {
    const above = this.#aboveIn(projectOf(resource) ?? '');
    const inside = parentInProject(resource);
    if (inside !== undefined && above.project?.active === false) return shutDown(resource);
    const own = inside === undefined ? undefined : this.own(resource);
    const traits = own === undefined ? above : both(above, traitsOf([own]));
    return {
      resource,
      levels: own === undefined ? above.levels : [own, ...above.levels],
      deny: above.deny,
      boundaries: above.boundaries,
      tags: traits.asksTags ? this.#tags(resource) : NO_TAGS,
      projectNumber: above.project?.number,
      asksFacts: traits.asksFacts,
      isParticular: traits.isParticular,
    };
  }

  /** True when the answers about a resource are those about its project. */
  isShared(resource: ResourceName): boolean {
    const above = this.#aboveIn(projectOf(resource) ?? '');
    return above.project?.active !== false && !above.isParticular && this.own(resource) === undefined;
  }

  #tags(resource: ResourceName): Scope['tags'] {
    const tags = this.#inventory.tags(resource);
    return isUnknown(tags) ? undefined : tags;
  }

  /** The resource's own level; undefined when it has none that could matter. */
  own(resource: ResourceName): PolicyLevel | undefined {
    const holder = policyHolder(resource);
    const known = projectOf(holder) === this.#project ? this.#near : this.#far;
    const kept = known.get(holder);
    if (kept !== undefined) return kept;
    const filter = this.#filters.own;
    const policy = this.#inventory.policy(holder, filter);
    if (policy === 'absent') return undefined;
    if (isUnknown(policy)) return { resource: holder, policy: 'unreadable' };
    const looked = filtered(policy, filter);
    const dropsEmpty = filter !== undefined && this.#filters.keepsEmpty !== true;
    if (dropsEmpty && looked.bindings.length === 0) return undefined;
    const level: PolicyLevel = { resource: holder, policy: this.#compile(policy, looked) };
    known.set(holder, level);
    return level;
  }

  #aboveIn(id: string): Above {
    const kept = this.#above.get(id);
    if (kept !== undefined) return kept;
    const project = this.#inventory.project(id);
    const facts = thereIs(project);
    const own = projectName(id);
    const above = project === 'absent' ? [] : isUnknown(project) ? project : project.above;
    const lineage: ResourceName[] = [own, ...(isUnknown(above) ? [UNKNOWN_ABOVE as ResourceName] : above)];
    const boundaries = this.#inventory.boundaries(id);
    const levels = lineage.map((level) => this.#level(level)).filter((level) => level !== undefined);
    const deny = this.#deny(lineage);
    const made: Above = {
      ...both(traitsOf(levels), traitsOfDeny(deny)),
      levels,
      deny,
      boundaries: isUnknown(boundaries) ? 'unreadable' : this.#bound(boundaries),
      project: facts,
    };
    this.#above.set(id, made);
    return made;
  }

  #level(resource: ResourceName): PolicyLevel | undefined {
    if (resource === UNKNOWN_ABOVE) return { resource, policy: 'unreadable' };
    if (this.#levels.has(resource)) return this.#levels.get(resource);
    const level = this.#read(resource);
    this.#levels.set(resource, level);
    return level;
  }

  #read(resource: ResourceName): PolicyLevel | undefined {
    const filter = this.#filters.above;
    const policy = this.#inventory.policy(resource, filter);
    if (policy === 'absent') return undefined;
    if (isUnknown(policy)) return { resource, policy: 'unreadable' };
    return { resource, policy: this.#compile(policy, filtered(policy, filter)) };
  }

  /** @param looked what of it is looked at, always the same */
  #compile(policy: Policy, looked: Policy): CompiledPolicy {
    const kept = this.#compiled.get(policy);
    if (kept !== undefined) return kept;
    const compiled = compilePolicy(looked, this.#roles);
    this.#compiled.set(policy, compiled);
    return compiled;
  }

  #deny(resources: readonly ResourceName[]): DenyLevel[] {
    return resources.flatMap((resource) => {
      if (resource === UNKNOWN_ABOVE) return [{ resource, policies: 'unreadable' as const }];
      if (!this.#denied.has(resource)) this.#denied.set(resource, this.#denyLevel(resource));
      return this.#denied.get(resource) ?? [];
    });
  }

  #denyLevel(resource: ResourceName): DenyLevel | undefined {
    const policies = this.#inventory.denyPolicies(resource);
    if (isUnknown(policies)) return { resource, policies: 'unreadable' };
    const compiled: CompiledDenyPolicies | undefined =
      policies.length === 0 ? undefined : compileDenyPolicies(policies);
    return compiled && { resource, policies: compiled };
  }

  #bound(facts: BoundaryFacts): CompiledBoundaries | undefined {
    if (facts.bindings.length === 0) return undefined;
    const kept = this.#boundaries.get(facts);
    if (kept !== undefined) return kept;
    const compiled = compileBoundaries(facts.policies, facts.bindings);
    this.#boundaries.set(facts, compiled);
    return compiled;
  }
}

function filtered(policy: Policy, filter: BindingFilter | undefined): Policy {
  if (filter === undefined) return policy;
  const isLooked = ({ role, condition }: Binding) => filter(role, condition !== undefined);
  return policy.bindings.every(isLooked) ? policy : { ...policy, bindings: policy.bindings.filter(isLooked) };
}

const NO_TAGS: NonNullable<Question['tags']> = [];

function shutDown(resource: ResourceName): Scope {
  return {
    resource,
    levels: [],
    deny: [],
    boundaries: undefined,
    tags: NO_TAGS,
    projectNumber: undefined,
    asksFacts: false,
    isParticular: false,
  };
}

/** Predefined roles, and those that the inventory tells of; one that is certainly gone carries nothing. */
export function rolesOf(inventory: Inventory): RoleCatalogue {
  const kept = new Map<string, Role | undefined>();
  const read = (name: string): Role | undefined => {
    const predefined = inventory.ownRoles === true ? undefined : predefinedRoles.get(name);
    if (predefined !== undefined) return predefined;
    const role = inventory.role(name);
    if (isUnknown(role)) return undefined;
    return role === 'absent' ? emptyRole(name) : role;
  };
  return {
    get(name) {
      if (!kept.has(name)) kept.set(name, read(name));
      return kept.get(name);
    },
    list: () => [],
  };
}

const both = (a: Traits, b: Traits): Traits => ({
  asksFacts: a.asksFacts || b.asksFacts,
  asksTags: a.asksTags || b.asksTags,
  isParticular: a.isParticular || b.isParticular,
});

/** Conditions on tags alone make tags worth looking for. */
function traitsOf(levels: readonly PolicyLevel[]): Traits {
  let asksFacts = false;
  let asksTags = false;
  let isParticular = false;
  for (const { policy } of levels) {
    if (policy === 'unreadable') continue;
    asksFacts ||= policy.hasSets;
    for (const { condition } of policy.source.bindings) {
      isParticular ||= condition !== undefined;
      asksTags ||= condition?.expression.includes('Tag') === true;
    }
  }
  return { asksFacts, asksTags, isParticular };
}

function traitsOfDeny(levels: readonly DenyLevel[]): Traits {
  const conditions = levels.flatMap(({ policies }) =>
    policies === 'unreadable'
      ? []
      : policies.source.flatMap(({ rules }) => rules.flatMap(({ denialCondition }) => denialCondition ?? [])),
  );
  return {
    asksFacts: levels.length > 0,
    asksTags: conditions.some(({ expression }) => expression.includes('Tag')),
    isParticular: conditions.length > 0,
  };
}
