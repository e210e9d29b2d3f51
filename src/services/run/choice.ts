/** A field with one of few values. */
import { badField } from '../../google/index.js';
import type { Fields } from './fields.js';

/** @throws INVALID_ARGUMENT for a value that is none of them */
export function choice<T>(fields: Fields, name: string, values: Readonly<Record<string, T>>): T | undefined {
  const text = fields.string(name);
  if (text === undefined) return undefined;
  const value = Object.hasOwn(values, text) ? values[text] : undefined;
  if (value !== undefined) return value;
  throw badField(
    fields.at(name),
    `Invalid value '${text}': must be one of ${Object.keys(values).join(', ')}.`,
  );
}
