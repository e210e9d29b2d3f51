/** What decides about a resource, read from a source: its levels, their policies, roles, groups and tags. */
import {
  type CompiledPolicy,
  compileBoundaries,
  compileDenyPolicies,
  compilePolicy,
  type DenyLevel,
  emptyRole,
  type PolicyLevel,
  predefinedRoles,
  type Question,
  type Role,
  UNKNOWN_ABOVE,
} from '../../iam/index.js';
import { parentInProject, policyHolder, projectOf, type ResourceName } from '../../names/index.js';
import { isUnknown } from '../rule.js';
import type { Known, ProjectFacts, Source } from './types.js';

/** What one level or the whole question lacks, by what it concerns: a resource, a group, a role. */
export type Whys = Map<string, string>;

export interface Levels {
  readonly resource: ResourceName;
  readonly projectNumber: string | undefined;
  readonly levels: readonly PolicyLevel[];
  readonly deny: readonly DenyLevel[];
  readonly boundaries: Question['boundaries'];
  readonly tags: Question['tags'];
  /** Some policy names a set whose members only the principal's facts tell. */
  readonly asksFacts: boolean;
}

const DENY_HOLDERS = /^\/\/cloudresourcemanager\.googleapis\.com\/(?:projects|folders|organizations)\//;

/** Reads each thing once, however many questions need it. */
export class LevelReader {
  readonly whys: Whys = new Map();
  readonly #source: Source;
  readonly #kept = new Map<string, Promise<unknown>>();
  readonly #roles = new Map<string, Role>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** @param resource with its project by id */
  async of(resource: ResourceName): Promise<Levels> {
    const projectId = projectOf(resource);
    const project = projectId === undefined ? undefined : await this.project(projectId);
    if (parentInProject(resource) !== undefined && isShutDown(project)) return shutDown(resource);
    const lineage = this.#lineage(resource, project);
    const levels = (await Promise.all(lineage.map((level) => this.#level(level)))).flat();
    const holders = lineage.filter((level) => DENY_HOLDERS.test(level));
    const deny = (await Promise.all(holders.map((level) => this.#deny(level)))).flat();
    return {
      resource,
      projectNumber: project && !isUnknown(project) && project !== 'absent' ? project.number : undefined,
      levels,
      deny,
      boundaries: projectId === undefined ? undefined : await this.#boundaries(projectId),
      tags: asksTags(levels, deny) ? await this.#tags(resource) : [],
      asksFacts: deny.length > 0 || levels.some(({ policy }) => policy !== 'unreadable' && policy.hasSets),
    };
  }

  project(id: string): Promise<Known<ProjectFacts | 'absent'>> {
    return this.#once(`project ${id}`, () => this.#source.project(id));
  }

  #lineage(resource: ResourceName, project: Known<ProjectFacts | 'absent'> | undefined): ResourceName[] {
    const own = policyHolder(resource);
    const inside = parentInProject(resource);
    const lineage = inside === undefined ? [own] : [own, inside];
    if (project === undefined || project === 'absent') return lineage;
    const above = isUnknown(project) ? project : project.above;
    if (!isUnknown(above)) return [...lineage, ...above];
    // Something may be above, which nobody could read: it stands for all of it.
    this.whys.set(aboveKey(resource), above.why);
    return [...lineage, UNKNOWN_ABOVE];
  }

  async #level(resource: ResourceName): Promise<PolicyLevel[]> {
    if (resource === UNKNOWN_ABOVE) return [{ resource, policy: 'unreadable' }];
    const policy = await this.#once(`policy ${resource}`, async () => {
      const read = await this.#source.policy(resource);
      if (read === 'absent') return undefined;
      if (isUnknown(read)) {
        this.whys.set(resource, read.why);
        return 'unreadable' as const;
      }
      await Promise.all([...new Set(read.bindings.map(({ role }) => role))].map((role) => this.#role(role)));
      return compilePolicy(read, { get: (name) => this.#roles.get(name), list: () => [] });
    });
    return policy === undefined ? [] : [{ resource, policy }];
  }

  /** Custom roles, and those that the catalogue lacks, are asked of the source. */
  async #role(name: string): Promise<void> {
    const known = this.#source.ownRoles === true ? undefined : predefinedRoles.get(name);
    if (known) {
      this.#roles.set(name, known);
      return;
    }
    const role = await this.#once(`role ${name}`, () => this.#source.role(name));
    if (isUnknown(role)) this.whys.set(name, role.why);
    else this.#roles.set(name, role === 'absent' ? emptyRole(name) : role);
  }

  async #deny(resource: ResourceName): Promise<DenyLevel[]> {
    if (resource === UNKNOWN_ABOVE) return [{ resource, policies: 'unreadable' }];
    const policies = await this.#once(`deny ${resource}`, () => this.#source.denyPolicies(resource));
    if (isUnknown(policies)) {
      this.whys.set(`deny ${resource}`, policies.why);
      return [{ resource, policies: 'unreadable' }];
    }
    return policies.length === 0 ? [] : [{ resource, policies: compileDenyPolicies(policies) }];
  }

  async #boundaries(project: string): Promise<Question['boundaries']> {
    const facts = await this.#once(`boundaries ${project}`, () => this.#source.boundaries(project));
    if (isUnknown(facts)) {
      this.whys.set(`boundaries ${project}`, facts.why);
      return 'unreadable';
    }
    if (facts.bindings.length === 0) return undefined;
    return compileBoundaries(facts.policies, facts.bindings);
  }

  async #tags(resource: ResourceName): Promise<Question['tags']> {
    const tags = await this.#once(`tags ${resource}`, () => this.#source.tags(resource));
    return isUnknown(tags) ? undefined : tags;
  }

  #once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key) as Promise<T> | undefined;
    if (kept) return kept;
    const reading = read();
    this.#kept.set(key, reading);
    return reading;
  }
}

const isShutDown = (project: Known<ProjectFacts | 'absent'> | undefined): boolean =>
  project !== undefined && !isUnknown(project) && project !== 'absent' && !project.active;

/** No policy holds in a project that is shut down. */
function shutDown(resource: ResourceName): Levels {
  return {
    resource,
    projectNumber: undefined,
    levels: [],
    deny: [],
    boundaries: undefined,
    tags: [],
    asksFacts: false,
  };
}

function asksTags(levels: readonly PolicyLevel[], deny: readonly DenyLevel[]): boolean {
  const conditions = [
    ...levels.flatMap(({ policy }) => (policy === 'unreadable' ? [] : conditionsOf(policy))),
    ...deny.flatMap(({ policies }) =>
      policies === 'unreadable'
        ? []
        : policies.source.flatMap(({ rules }) =>
            rules.map(({ denialCondition }) => denialCondition?.expression),
          ),
    ),
  ];
  return conditions.some((expression) => expression?.includes('Tag') === true);
}

const conditionsOf = ({ source }: CompiledPolicy) =>
  source.bindings.map(({ condition }) => condition?.expression);

/** Under which what could not be read above a resource is told. */
export function aboveKey(resource: ResourceName): string {
  return `above ${projectOf(resource) ?? resource}`;
}
