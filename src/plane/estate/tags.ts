/** Tag keys and values of an estate, and what is attached: built, taken away and exported. */
import type { TagDefinition, TagDefinitions, Tags } from '../../access/index.js';
import type { TagKeyDocument, TagsDocument, TagValueDocument } from '../../estate-file/index.js';
import type { ResourceName } from '../../names/index.js';
import { valueNamed } from '../../services/index.js';
import type { Write } from '../../store/index.js';
import type { BuildOptions } from './build-options.js';
import type { AttachedTag, Estate, TagKeyEntry, TagValueEntry } from './estate.js';
import { exportIam } from './export-iam.js';
import { Problems, within } from './problems.js';
import { type EstateResource, estateResources, tagName } from './resources.js';
import type { Rooms } from './rooms.js';
import { PREFIX } from './rows.js';

const NOTHING_MORE = () => [];
const NUMBER = /^[1-9]\d{0,18}$/;

/** Once all is there that tags are attached to, and before the policies whose conditions ask for tags. */
export async function buildTags(estate: Estate, rooms: Rooms, options: BuildOptions): Promise<void> {
  for (const { parent, keys } of definers(estate)) {
    if (!(await rooms.store.get(parent))) continue;
    for (const key of keys) await buildKey(key, parent, rooms, options);
  }
  // What is wrong with resources is said where their policies are set.
  for (const resource of await estateResources(estate, rooms, new Problems())) {
    await attachTags(resource, rooms, options);
  }
}

/** Everything that has tag keys in the estate, by what its keys' parent is called. */
function definers({ organization, projects }: Estate) {
  return [
    ...(organization ? [{ parent: `organizations/${organization.id}`, keys: organization.tagKeys }] : []),
    ...projects.map(({ id, tagKeys }) => ({ parent: `projects/${id}`, keys: tagKeys })),
  ];
}

async function buildKey(
  entry: TagKeyEntry,
  parent: string,
  rooms: Rooms,
  options: BuildOptions,
): Promise<void> {
  const { keys, values } = rooms.access.tags;
  const key = await buildDefinition(entry, parent, keys, options);
  if (!key) return;
  for (const value of entry.values) await buildDefinition(value, `tagKeys/${key.id}`, values, options);
}

/** @returns undefined when there is a problem */
async function buildDefinition(
  { id: shortName, number: id, description, place }: TagValueEntry,
  parent: string,
  definitions: TagDefinitions,
  { time, exact, problems }: BuildOptions,
): Promise<TagDefinition | undefined> {
  if (id !== undefined && !NUMBER.test(id)) {
    problems.add(within(place, 'number'), `"${id}" is no number of a tag.`);
    return undefined;
  }
  return problems.attempt(place, async () => {
    const stored = await definitions.named(parent, shortName);
    if (!stored) {
      const wanted = {
        ...(id === undefined ? {} : { id }),
        parent,
        shortName,
        description: description ?? '',
      };
      return definitions.create(wanted, time, NOTHING_MORE);
    }
    if (id !== undefined && id !== stored.id) {
      problems.add(
        within(place, 'number'),
        `The tag ${shortName} has the number ${stored.id}, which cannot change.`,
      );
      return undefined;
    }
    const text = description ?? (exact ? '' : stored.description);
    if (text === stored.description) return stored;
    return definitions.update(stored.id, text, undefined, time, NOTHING_MORE);
  });
}

/** @throws GoogleError INVALID_ARGUMENT for what cannot be the namespaced name of a key */
const attachedValue = (
  { key, value }: AttachedTag,
  access: Rooms['access'],
): Promise<TagDefinition | undefined> => valueNamed(access, `${key}/${value}`);

async function attachTags(
  { resource, tags }: EstateResource,
  { access }: Rooms,
  { problems }: BuildOptions,
): Promise<void> {
  if (tags.length === 0) return;
  const bound = await access.tags.bindings(resource);
  for (const { value: wanted, place } of tags) {
    await problems.attempt(place, async () => {
      const value = await attachedValue(wanted, access);
      if (!value) {
        problems.add(place, `There is no tag ${wanted.key} with the value ${wanted.value}.`);
        return;
      }
      const former = bound.find(({ value: { parent } }) => parent === value.parent);
      if (former?.value.id === value.id) return;
      if (former) await access.tags.unbind(resource, former.value.id, NOTHING_MORE);
      await access.tags.bind(resource, value.id, NOTHING_MORE);
    });
  }
}

/**
 * Takes away what an exact estate does not name, and holds of values, which no estate names. Before it is built. A key
 * or value that the estate gives another number is made anew.
 */
export async function pruneTags(estate: Estate, rooms: Rooms): Promise<void> {
  const { store, access } = rooms;
  const kept = await keptRows(estate, access.tags);
  const attached = await store.list<Readonly<Record<string, string>>>(PREFIX.tagBindings);
  const resources = await estateResources(estate, rooms, new Problems());
  const tagsOf = new Map<string, EstateResource['tags']>(
    resources.map(({ resource, tags }) => [resource, tags]),
  );
  const writes: Write[] = [];
  for (const { key, value } of attached) {
    const wanted = new Set<string | undefined>();
    for (const tag of tagsOf.get(key.slice(PREFIX.tagBindings.length)) ?? []) {
      // What is wrong with it is said where it is attached.
      const found = await new Problems().attempt(tag.place, () => attachedValue(tag.value, access));
      if (found && kept.has(PREFIX.tagValues + found.id)) wanted.add(found.id);
    }
    const left = Object.entries(value).filter(([, valueId]) => wanted.has(valueId));
    if (left.length === 0) writes.push({ op: 'delete', key });
    else writes.push({ op: 'put', key, value: Object.fromEntries(left) });
  }
  for (const prefix of [PREFIX.tagKeys, PREFIX.tagValues, PREFIX.tagNames, PREFIX.tagHolds]) {
    const gone = (await store.list(prefix)).filter(({ key }) => !kept.has(key));
    writes.push(...gone.map(({ key }): Write => ({ op: 'delete', key })));
  }
  await store.commit(writes);
}

/** The rows of the keys and values that the estate names. */
async function keptRows(estate: Estate, { keys, values }: Tags): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const keep = async (
    { id: shortName, number }: TagValueEntry,
    parent: string,
    [definitions, prefix]: readonly [TagDefinitions, string],
  ) => {
    const stored = await definitions.named(parent, shortName);
    if (!stored || (number ?? stored.id) !== stored.id) return undefined;
    kept.add(prefix + stored.id).add(`${PREFIX.tagNames}${parent}/${shortName}`);
    return stored.id;
  };
  for (const { parent, keys: entries } of definers(estate)) {
    for (const entry of entries) {
      const id = await keep(entry, parent, [keys, PREFIX.tagKeys]);
      if (id === undefined) continue;
      for (const value of entry.values) await keep(value, `tagKeys/${id}`, [values, PREFIX.tagValues]);
    }
  }
  return kept;
}

/** The keys of an organization or a project with their values, as a file lists them. @param parent e.g. `projects/P` */
export async function exportTagKeys(
  parent: string,
  rooms: Rooms,
  notes: string[],
): Promise<{ readonly tagKeys?: readonly TagKeyDocument[] }> {
  const { tags } = rooms.access;
  const tagKeys: TagKeyDocument[] = [];
  for (const key of await tags.keys.list(parent)) {
    const values: TagValueDocument[] = [];
    for (const value of await tags.values.list(`tagKeys/${key.id}`)) {
      if ((await tags.holds(value.id)).length > 0)
        notes.push(`${tags.namespacedName(key)}/${value.shortName}: the holds of the tag are left out.`);
      values.push(await definitionDocument(value, 'tagValues', rooms, notes));
    }
    const document = await definitionDocument(key, 'tagKeys', rooms, notes);
    tagKeys.push({ ...document, ...(values.length > 0 ? { values } : {}) });
  }
  return tagKeys.length > 0 ? { tagKeys } : {};
}

/** Conditions may name keys and values by their numbers, so these are written too. */
async function definitionDocument(
  { id, shortName, description }: TagDefinition,
  collection: 'tagKeys' | 'tagValues',
  rooms: Rooms,
  notes: string[],
): Promise<TagValueDocument> {
  const path = `${collection}/${id}`;
  const { policy } = await rooms.access.policy(tagName(path));
  const iam = await exportIam(policy.bindings, path, rooms, notes);
  return {
    id: shortName,
    number: id,
    ...(description === '' ? {} : { description }),
    ...(iam.length > 0 ? { iam } : {}),
  };
}

/** What is attached to a resource, as a file has it. */
export async function exportTags(
  resource: ResourceName,
  { access }: Rooms,
): Promise<{ readonly tags?: TagsDocument }> {
  const bound = await access.tags.bindings(resource);
  if (bound.length === 0) return {};
  return { tags: Object.fromEntries(bound.map(({ tag }) => [tag.key, tag.value])) };
}
