/** What applying an estate did to tags, for a user to read. */
import type { TagDefinition } from '../../access/index.js';
import { type ResourceName, splitResource } from '../../names/index.js';
import type { Store } from '../../store/index.js';
import type { EstateChange } from './report-types.js';
import { PREFIX } from './rows.js';
import type { RowChange } from './scratch.js';

/** `tagKeys/N` → `123456789012/env`, `tagValues/N` → `123456789012/env/prod`. */
export type TagNames = ReadonlyMap<string, string>;

/** Of all keys and values in these stores: before the change, and after it. */
export async function tagNames(stores: readonly Pick<Store, 'list'>[]): Promise<TagNames> {
  const names = new Map<string, string>();
  for (const store of stores) {
    for (const { value } of await store.list<TagDefinition>(PREFIX.tagKeys)) {
      const parent = value.parent.slice(value.parent.indexOf('/') + 1);
      names.set(`tagKeys/${value.id}`, `${parent}/${value.shortName}`);
    }
    for (const { value } of await store.list<TagDefinition>(PREFIX.tagValues)) {
      names.set(`tagValues/${value.id}`, `${names.get(value.parent) ?? value.parent}/${value.shortName}`);
    }
  }
  return names;
}

/** One line for each tag that a resource got or lost; none where the resource itself came or went. */
export function tagChanges(
  { key, before, after }: RowChange,
  comeOrGone: ReadonlySet<string>,
  names: TagNames,
): EstateChange[] {
  const resource = key.slice(PREFIX.tagBindings.length) as ResourceName;
  if (comeOrGone.has(resource)) return [];
  const line =
    (action: 'created' | 'removed') =>
    (valueId: string): EstateChange => ({
      action,
      kind: 'tag',
      name: `${names.get(`tagValues/${valueId}`) ?? valueId} on ${splitResource(resource).path}`,
      details: [],
    });
  const [old, now] = [attached(before), attached(after)];
  return [
    ...now.filter((id) => !old.includes(id)).map(line('created')),
    ...old.filter((id) => !now.includes(id)).map(line('removed')),
  ];
}

/** The values of a row of what is attached, in the order of their keys. */
const attached = (row: unknown): string[] => Object.values((row ?? {}) as Readonly<Record<string, string>>);
