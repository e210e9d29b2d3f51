/** A plane's whole estate in memory, for those who ask about all of it. */
import type {
  AccountFacts,
  BoundaryFacts,
  Inventory,
  ProjectFacts,
  RepositoryFacts,
  Unknown,
} from '../../checkpoint/index.js';
import type { DenyRules, EffectiveTag, Policy, Role } from '../../iam/index.js';
import { projectOf, type ResourceName } from '../../names/index.js';
import {
  type InventoryPart,
  type InventoryRun,
  inventoryOf,
  type SecretVersionState,
} from '../inventory/index.js';
import { callPlane, type Fields, isFields, type PlaneAddress } from './call.js';

/** What a plane tells of itself: it comes from the same program, and is taken at its word. */
interface Told {
  readonly projects: readonly ProjectFacts[];
  readonly policies: Readonly<Record<ResourceName, Policy>>;
  readonly denyPolicies: Readonly<Record<ResourceName, readonly DenyRules[]>>;
  readonly boundaries: BoundaryFacts;
  readonly roles: readonly (Omit<Role, 'permissions'> & { readonly permissions: readonly string[] })[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly tags: Readonly<Record<ResourceName, readonly EffectiveTag[]>>;
  readonly apis: Readonly<Record<string, readonly string[]>>;
  readonly accounts: Readonly<Record<string, AccountFacts>>;
  readonly repositories: Readonly<Record<ResourceName, RepositoryFacts>>;
  readonly secrets: Readonly<Record<ResourceName, Readonly<Record<string, SecretVersionState>>>>;
  readonly runs: readonly InventoryRun[];
}

const isTold = (body: Fields): body is Fields & Told =>
  Array.isArray(body.projects) && isFields(body.policies) && Array.isArray(body.runs);

/**
 * Everything that a running plane has.
 * @throws PlaneError when nobody answers or the secret is not the plane's
 */
export async function planeInventory(address: PlaneAddress): Promise<Inventory> {
  const contents = await callPlane(address, 'inventory', {}, (body) =>
    isFields(body) && isTold(body) ? body : undefined,
  );
  return inventoryOfPlane(contents, `the plane at ${address.url}`);
}

/**
 * @param contents what a plane tells of itself, or an estate that was opened as a source
 * @throws TypeError for anything else
 */
export function inventoryOfPlane(contents: unknown, name: string): Inventory {
  if (!isFields(contents) || !isTold(contents))
    throw new TypeError('That is not what a plane tells of itself.');
  return inventoryOf({
    name,
    projects: contents.projects,
    policies: mapOf(contents.policies),
    denyPolicies: mapOf(contents.denyPolicies),
    boundaries: contents.boundaries,
    roles: new Map(
      contents.roles.map((role) => [role.name, { ...role, permissions: new Set(role.permissions) }]),
    ),
    groups: contents.groups,
    tags: mapOf(contents.tags),
    apis: new Map(Object.entries(contents.apis).map(([id, apis]) => [id, new Set(apis)])),
    accounts: new Map(Object.entries(contents.accounts)),
    repositories: mapOf(contents.repositories),
    images: new Map(),
    secrets: new Map(
      [...mapOf(contents.secrets)]
        .filter(([secret]) => contents.apis[projectOf(secret) ?? '']?.includes(SECRETS) === true)
        .map(([secret, versions]) => [secret, new Map(Object.entries(versions))]),
    ),
    runs: contents.runs,
    missing: (part) => (ASKED_ALONE.has(part) ? NOT_LISTED : undefined),
  });
}

const SECRETS = 'secretmanager.googleapis.com';

/** Of itself a plane tells all but these: there may be very many of them, or a file says nothing of them. */
const ASKED_ALONE: ReadonlySet<InventoryPart> = new Set(['image', 'secret', 'customers']);

const NOT_LISTED: Unknown = {
  unknown: true,
  why: 'a plane lists everything but its images and whose customers users are: it is asked about each',
};

const mapOf = <T>(record: Readonly<Record<ResourceName, T>>): ReadonlyMap<ResourceName, T> =>
  new Map(Object.entries(record) as [ResourceName, T][]);
