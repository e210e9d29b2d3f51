/** What will be there once a plan, or a part of it, is applied, and what will not: by resource, without policies. */
import type { AccountFacts, Known, RepositoryFacts, RunResourceFacts } from '../../checkpoint/index.js';
import type { DenyRules, Role } from '../../iam/index.js';
import { CLOUD_RUN_AGENT, type ResourceName } from '../../names/index.js';
import type { ResourceChange } from './document.js';
import type { IamEdit } from './iam-edits.js';
import type { TerraformPlan } from './plan.js';
import {
  type Effects,
  effectsOf,
  type PlacedProject,
  type PlannedMembership,
  type PlannedProject,
  type PlannedVersions,
} from './planned-effects.js';

/** What the changes that count say of a thing; undefined where they say nothing. */
export interface Lookup<K, V> {
  get(key: K): V | undefined;
  has(key: K): boolean;
}

/** A view of a plan's effects: making one costs nothing, and asking it what the changes of the thing asked for do. */
export interface PlannedState {
  readonly projects: Lookup<string, PlannedProject | 'deleted'>;
  /** Projects that the plan moves. */
  readonly moved: Lookup<string, PlacedProject>;
  /** Projects whose default compute account is deleted or disabled. */
  readonly withoutDefaultAccount: Lookup<string, true>;
  /** By `PROJECT API`. */
  readonly apis: Lookup<string, Known<boolean>>;
  /** The address of a change of an API of which not even the name or the project is known. */
  readonly unclearApi: () => string | undefined;
  readonly accounts: Lookup<string, Known<AccountFacts | 'absent'>>;
  readonly repositories: Lookup<ResourceName, Known<RepositoryFacts | 'absent'>>;
  readonly versions: (secret: ResourceName) => PlannedVersions | undefined;
  readonly roles: Lookup<string, Known<Role | 'absent'>>;
  /** As they were before the plan, for those that it updates; `absent` for those that it replaces or deletes. */
  readonly runResources: Lookup<ResourceName, RunResourceFacts | 'absent'>;
  /** What is made anew, and so has no policy but the plan's. */
  readonly created: Lookup<ResourceName, true>;
  readonly deleted: Lookup<ResourceName, true>;
  /** The edits of one policy, in the order in which they can be relied on; of undefined, those of unknown policies. */
  readonly editsOn: (resource: ResourceName | undefined) => readonly IamEdit[];
  /** By their ids, for what they are attached to. */
  readonly denyPolicies: (
    resource: ResourceName,
  ) => ReadonlyMap<string, Known<DenyRules | 'absent'>> | undefined;
  /** The address of a deny policy of which it is not known what it will be attached to. */
  readonly unclearDenyPolicy: () => string | undefined;
  readonly memberships: () => readonly PlannedMembership[];
  /** The address of a changed principal access boundary, or of what binds one. */
  readonly boundary: () => string | undefined;
  /** The address of a changed tag binding. */
  readonly tag: () => string | undefined;
}

/** Which changes count. */
export type Keep = (change: ResourceChange) => boolean;

/** @param keep all changes count when left out; those that change nothing never do */
export function plannedState(plan: TerraformPlan, keep: Keep = () => true): PlannedState {
  const effects = effectsOf(plan);
  const kept = ({ change }: { readonly change: ResourceChange }) => keep(change);
  const first = (changes: readonly ResourceChange[]) => () => changes.find(keep)?.address;
  return {
    projects: latest(effects.projects, keep),
    moved: latest(effects.moved, keep),
    withoutDefaultAccount: latest(effects.withoutDefaultAccount, keep),
    apis: latest(effects.apis, keep),
    unclearApi: first(effects.unclearApis),
    accounts: latest(effects.accounts, keep),
    repositories: latest(effects.repositories, keep),
    versions: (secret) => together(effects.versions.of(secret).filter(kept)),
    roles: latest(effects.roles, keep),
    runResources: latest(effects.runResources, keep),
    created: latest(effects.created, keep),
    deleted: latest(effects.deleted, keep),
    editsOn: (resource) => effects.editsOn(resource).filter(kept),
    denyPolicies(resource) {
      const found = effects.denyPolicies.of(resource).filter(kept);
      return found.length === 0 ? undefined : new Map(found.map(({ value: { id, rules } }) => [id, rules]));
    },
    unclearDenyPolicy: first(effects.unclearDenyPolicies),
    memberships: () => effects.memberships.filter(kept).map(({ value }) => value),
    boundary: first(effects.boundaries),
    tag: first(effects.tags),
  };
}

/** Of several changes of one thing the last one counts. */
function latest<K, V>(effects: Effects<K, V>, keep: Keep): Lookup<K, V> {
  const find = (key: K) => effects.of(key).findLast(({ change }) => keep(change));
  return { get: (key) => find(key)?.value, has: (key) => find(key) !== undefined };
}

function together(found: readonly { readonly value: PlannedVersions }[]): PlannedVersions | undefined {
  if (found.length === 0) return undefined;
  return {
    made: found.reduce((sum, { value }) => sum + value.made, 0),
    gone: found.flatMap(({ value }) => value.gone),
  };
}

/** True when the plan enables this API, and so makes its agents. */
export function enables(state: PlannedState, project: string, api: string = CLOUD_RUN_AGENT.api): boolean {
  return state.apis.get(`${project} ${api}`) === true;
}
