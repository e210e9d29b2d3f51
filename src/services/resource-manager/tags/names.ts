/** Names of tag keys, values, holds and what they are defined in, as the API spells them. */
import type { AccessControl, TagDefinition } from '../../../access/index.js';
import { badField } from '../../../google/index.js';

/** What keys are defined in: `organizations/N`, or `projects/P` by its id or number. @throws GoogleError INVALID_ARGUMENT */
export function requireDefiner(parent: string): string {
  if (/^(?:organizations\/[1-9]\d*|projects\/[^/]+)$/.test(parent)) return parent;
  throw badField('parent', `"${parent}" is neither organizations/NUMBER nor projects/PROJECT.`);
}

/** The same with the project's id, where there is such a project. */
export async function canonicalParent(
  { projects }: Pick<AccessControl, 'projects'>,
  parent: string,
): Promise<string> {
  const [, project] = /^projects\/(.+)$/.exec(parent) ?? [];
  if (project === undefined) return parent;
  return `projects/${(await projects.get(project))?.projectId ?? project}`;
}

/** What a key is defined in, as answers have it: projects by number. */
export async function parentName(
  { projects }: Pick<AccessControl, 'projects'>,
  { parent }: Pick<TagDefinition, 'parent'>,
): Promise<string> {
  const [, project] = /^projects\/(.+)$/.exec(parent) ?? [];
  if (project === undefined) return parent;
  return `projects/${(await projects.get(project))?.number ?? project}`;
}

/** The number in `tagKeys/N` or `tagValues/N`. @throws GoogleError INVALID_ARGUMENT */
export function idIn(name: string, collection: 'tagKeys' | 'tagValues', field = 'name'): string {
  const [, found, id] = /^(tagKeys|tagValues)\/([1-9]\d*)$/.exec(name) ?? [];
  if (found === collection && id !== undefined) return id;
  throw badField(field, `"${name}" is not of the form ${collection}/NUMBER.`);
}

export interface HoldName {
  readonly value: string;
  readonly id: string;
}

/** `tagValues/N/tagHolds/M`. @throws GoogleError INVALID_ARGUMENT */
export function parseHoldName(name: string): HoldName {
  const [, value, id] = /^tagValues\/([1-9]\d*)\/tagHolds\/([1-9]\d*)$/.exec(name) ?? [];
  if (value !== undefined && id !== undefined) return { value, id };
  throw badField('name', `"${name}" is not of the form tagValues/NUMBER/tagHolds/NUMBER.`);
}

/**
 * The key that `PARENT/SHORT_NAME` names, PARENT being an organization's number or a project's id or number.
 * @throws GoogleError INVALID_ARGUMENT for another form
 */
export async function keyNamed(access: AccessControl, name: string): Promise<TagDefinition | undefined> {
  const [parent, key, ...more] = name.split('/');
  if (!parent || !key || more.length > 0)
    throw badField('name', `"${name}" is not of the form PARENT/TAG_KEY.`);
  return keyOf(access, parent, key);
}

/** The value that `PARENT/KEY/SHORT_NAME` names. @throws GoogleError INVALID_ARGUMENT for another form */
export async function valueNamed(
  access: AccessControl,
  name: string,
  field = 'name',
): Promise<TagDefinition | undefined> {
  const [parent, key, value, ...more] = name.split('/');
  if (!parent || !key || !value || more.length > 0)
    throw badField(field, `"${name}" is not of the form PARENT/TAG_KEY/TAG_VALUE.`);
  const found = await keyOf(access, parent, key);
  return found && access.tags.values.named(`tagKeys/${found.id}`, value);
}

/** A number may be an organization's or a project's. */
async function keyOf(access: AccessControl, parent: string, key: string): Promise<TagDefinition | undefined> {
  const inProject = await canonicalParent(access, `projects/${parent}`);
  return (
    (await access.tags.keys.named(`organizations/${parent}`, key)) ?? access.tags.keys.named(inProject, key)
  );
}
