/** Tags of estate files: keys with their values, and what is attached. */
import type { TagKeyDocument, TagsDocument, TagValueDocument } from '../../estate-file/index.js';
import type { Placed, TagKeyEntry, Tags, TagValueEntry } from './estate.js';
import { iamOf } from './merge-iam.js';
import { each, given, listed, mapping, type Parts } from './parts.js';
import { type Problems, within } from './problems.js';

export function tagKeysOf(
  problems: Problems,
  parts: readonly Placed<{ readonly tagKeys?: readonly TagKeyDocument[] }>[],
): readonly TagKeyEntry[] {
  return each(
    problems,
    listed(parts, 'tagKeys', ({ tagKeys }) => tagKeys),
    ({ id }) => id,
    'tag key',
    (own) => ({
      ...definition(problems, own),
      values: each(
        problems,
        listed(own, 'values', ({ values }) => values),
        ({ id }) => id,
        'tag value',
        (value) => definition(problems, value),
      ),
    }),
  );
}

function definition(problems: Problems, parts: Parts<TagValueDocument>): TagValueEntry {
  const [{ value, place }] = parts;
  return {
    id: value.id,
    place,
    ...given(parts, ['number', 'description'], problems),
    iam: iamOf(problems, parts),
  };
}

/** What the files attach to one resource, each where it is said first. */
export function tagsOf<T extends { readonly tags?: TagsDocument }>(
  problems: Problems,
  parts: Parts<T>,
): Tags {
  const all = mapping(parts, 'tags', ({ tags }) => tags, problems);
  return Object.entries(all).map(([key, value]) => {
    const { place } = parts.find((part) => part.value.tags?.[key] !== undefined) ?? parts[0];
    return { value: { key, value }, place: within(place, 'tags', key) };
  });
}
