/** Reads what APIs answer: a path into JSON of which nothing is known. */

/** What stands at the path; undefined when it leads nowhere. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<string | number, unknown>>)[key];
  }
  return current;
}

/** The text at the path. @throws Error naming the path when there is none */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found === 'string') return found;
  throw new Error(`the answer has no text at ${path.join('.')}: ${JSON.stringify(value)?.slice(0, 300)}`);
}

/** The list at the path; empty when there is none, as in proto JSON. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
