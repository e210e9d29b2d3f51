/** What may stand in a resource's file, and what each field means to permissions. */
import type { OpenTopic } from '../open-topics.js';

/**
 * `plain` decides nothing about permissions, or is read by its name; what is `open` can decide something, and no rule
 * covers it: unless it is empty it becomes an open point of the deploy.
 */
export type Shape =
  | { readonly kind: 'plain' }
  | { readonly kind: 'open'; readonly topic: OpenTopic }
  | { readonly kind: 'fields'; readonly fields: Fields }
  | { readonly kind: 'each'; readonly of: Fields }
  | { readonly kind: 'annotations'; readonly of: 'resource' | 'template' };

export type Fields = Readonly<Record<string, Shape>>;

/** Fields by their names, separated by blanks, that decide nothing. */
export const plain = (names: string): Fields => allOf(names, { kind: 'plain' });

/** Fields by their names that no rule covers. */
export const open = (topic: OpenTopic, names: string): Fields => allOf(names, { kind: 'open', topic });

function allOf(names: string, shape: Shape): Fields {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, shape]),
  );
}

export const message = (...parts: readonly Fields[]): Shape => ({
  kind: 'fields',
  fields: Object.assign({}, ...parts) as Fields,
});

export const listOf = (...parts: readonly Fields[]): Shape => ({
  kind: 'each',
  of: Object.assign({}, ...parts) as Fields,
});
