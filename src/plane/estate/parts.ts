/** One thing described in several files: its parts are put together, and what contradicts is named. */
import { isDeepStrictEqual } from 'node:util';
import type { Placed } from './estate.js';
import { type Problems, placeText, within } from './problems.js';

/** What several files say of one thing, in the order of the files. Never empty. */
export type Parts<T> = readonly [Placed<T>, ...Placed<T>[]];

/**
 * The items by their key. Files may each say something of a thing, but one file says it in one place.
 * @param what the noun for the sentence, e.g. `project`
 */
export function byKey<T>(
  items: readonly Placed<T>[],
  keyOf: (value: T) => string,
  what: string,
  problems: Problems,
): ReadonlyMap<string, Parts<T>> {
  const found = new Map<string, [Placed<T>, ...Placed<T>[]]>();
  for (const item of items) {
    const key = keyOf(item.value);
    const parts = found.get(key);
    if (!parts) {
      found.set(key, [item]);
      continue;
    }
    const same = parts.find(({ place }) => place.file === item.place.file);
    if (same)
      problems.add(item.place, `The ${what} ${key} is listed twice, first at ${placeText(same.place)}.`);
    else parts.push(item);
  }
  return found;
}

/** The one value that the parts give to a key; undefined when none does. A contradiction is a problem. */
export function one<T, K extends keyof T & string>(
  parts: Parts<T>,
  key: K,
  problems: Problems,
): T[K] | undefined {
  let first: Placed<T> | undefined;
  for (const part of parts) {
    if (part.value[key] === undefined) continue;
    if (!first) first = part;
    else if (!isDeepStrictEqual(first.value[key], part.value[key])) {
      const [here, there] = [part, first].map(({ value }) => JSON.stringify(value[key]));
      const where = placeText(within(first.place, key));
      problems.add(within(part.place, key), `This is ${here} here and ${there} at ${where}.`);
    }
  }
  return first?.value[key];
}

/** {@link one} as properties to spread: none where no part gives the key a value. */
export function given<T, K extends keyof T & string>(
  parts: Parts<T>,
  keys: readonly K[],
  problems: Problems,
): { readonly [P in K]?: Exclude<T[P], undefined> } {
  const found: { [P in K]?: Exclude<T[P], undefined> } = {};
  for (const key of keys) {
    const value = one(parts, key, problems);
    if (value !== undefined) found[key] = value as Exclude<T[K], undefined>;
  }
  return found;
}

/** The mappings that the parts give to a key, as one. Two values for one name are a problem. */
export function mapping<T>(
  parts: Parts<T>,
  key: string,
  mapOf: (value: T) => Readonly<Record<string, string>> | undefined,
  problems: Problems,
): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const { value, place } of parts) {
    for (const [name, text] of Object.entries(mapOf(value) ?? {})) {
      const known = found.get(name);
      if (known !== undefined && known !== text) {
        problems.add(within(place, key, name), `This is "${text}" here and "${known}" in another file.`);
      }
      found.set(name, text);
    }
  }
  return Object.fromEntries(found);
}

/** The items of a list, each with its place. */
export function listed<T, I>(
  parts: readonly Placed<T>[],
  key: string,
  listOf: (value: T) => readonly I[] | undefined,
): Placed<I>[] {
  return parts.flatMap(({ value, place }) =>
    (listOf(value) ?? []).map((item, index) => ({ value: item, place: within(place, key, index) })),
  );
}

/** Makes one thing of what the files say of each, as {@link byKey} puts it together. */
export function each<T, E>(
  problems: Problems,
  all: readonly Placed<T>[],
  keyOf: (value: T) => string,
  what: string,
  make: (parts: Parts<T>) => E,
): E[] {
  return [...byKey(all, keyOf, what, problems).values()].map(make);
}
