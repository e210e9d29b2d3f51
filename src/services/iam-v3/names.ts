/**
 * Names of IAM v3: `CONTAINER/locations/global/COLLECTION/ID`, where the container is an organization, and for policy
 * bindings and operations a folder or project as well
 * (https://cloud.google.com/iam/docs/reference/rest/v3/organizations.locations.policyBindings).
 */
import { containerResource } from '../../access/index.js';
import { invalidArgument } from '../../google/index.js';
import { isProjectId, isProjectNumber, type ResourceName } from '../../names/index.js';

/** What a name begins with. */
export interface Container {
  readonly kind: 'organizations' | 'folders' | 'projects';
  /** A project's may be its id or its number. */
  readonly id: string;
}

export interface Named extends Container {
  /** The last part of the name. */
  readonly last: string;
}

export const POLICIES = 'principalAccessBoundaryPolicies';
export const BINDINGS = 'policyBindings';
export const OPERATIONS = 'operations';

type Collection = typeof POLICIES | typeof BINDINGS | typeof OPERATIONS;

const PARENT = /^(organizations|folders|projects)\/([^/]+)\/locations\/([^/]+)$/;
const NAME = /^((?:organizations|folders|projects)\/[^/]+\/locations\/[^/]+)\/([A-Za-z]+)\/([^/]+)$/;

/** @throws GoogleError INVALID_ARGUMENT, for locations other than `global` too */
export function parseParent(parent: string): Container {
  const [, kind, id = '', location = ''] = PARENT.exec(parent) ?? [];
  if (kind === undefined || !isIdOf(kind as Container['kind'], id)) throw badName(parent);
  if (location !== 'global') {
    throw invalidArgument(`Invalid location: "${location}". The only location is "global".`);
  }
  return { kind: kind as Container['kind'], id };
}

/** The number of an organization: only they have policies. @throws GoogleError INVALID_ARGUMENT */
export function parseOrganization(parent: string): string {
  const { kind, id } = parseParent(parent);
  if (kind !== 'organizations') throw badName(parent);
  return id;
}

/** @throws GoogleError INVALID_ARGUMENT */
export function parseName(name: string, collection: Collection): Named {
  const [, parent = '', found, last = ''] = NAME.exec(name) ?? [];
  if (found !== collection) throw badName(name);
  const container = parseParent(parent);
  if (collection === POLICIES && container.kind !== 'organizations') throw badName(name);
  return { ...container, last };
}

export const isOperation = (name: string): boolean => NAME.exec(name)?.[2] === OPERATIONS;

/** @param container a project by its number, where names are compared */
export function nameIn({ kind, id }: Container, collection: Collection, last: string): string {
  return `${kind}/${id}/locations/global/${collection}/${last}`;
}

/** The container, for questions of access. */
export function resourceOf({ kind, id }: Container): ResourceName {
  return containerResource(kind === 'projects' ? id : `${kind}/${id}`);
}

function isIdOf(kind: Container['kind'], id: string): boolean {
  return isProjectNumber(id) || (kind === 'projects' && isProjectId(id));
}

const badName = (name: string) => invalidArgument(`Invalid resource name: "${name}".`);
