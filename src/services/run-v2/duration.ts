/** Durations of whole seconds, as proto JSON writes them. */
import { badField } from '../../google/index.js';
import type { Fields } from '../run/fields.js';

/**
 * @param longest how long it may be, in seconds and in words
 * @returns seconds; undefined where the field is not set
 * @throws INVALID_ARGUMENT naming the field
 */
export function wholeSeconds(
  fields: Fields,
  name: string,
  longest: { readonly seconds: number; readonly text: string },
): number | undefined {
  const text = fields.string(name);
  if (text === undefined) return undefined;
  const seconds = Number(/^(\d+)s$/.exec(text)?.[1] ?? 0);
  if (seconds === 0)
    throw badField(fields.at(name), `Invalid value '${text}': expected a positive number of whole seconds.`);
  if (seconds > longest.seconds) throw badField(fields.at(name), `maximum allowed time is ${longest.text}.`);
  return seconds;
}
