/** The order in which containers start: what each waits for must be there, and must not wait for it in turn. */
import type { Container } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { inResource } from './fields.js';

/**
 * @param path of the containers, as refusals name it
 * @throws INVALID_ARGUMENT for a name that no container has, and for a cycle
 */
export function checkDependencies(path: string, containers: readonly Container[]): void {
  const waits = new Map(containers.map(({ name, dependsOn }) => [name, dependsOn]));
  for (const [index, { name, dependsOn }] of containers.entries()) {
    const unknown = dependsOn.find((other) => !waits.has(other));
    const at = `${inResource(path)}[${index}].depends_on`;
    if (unknown !== undefined)
      throw badField(
        at,
        `The container '${name}' depends on '${unknown}', which is no container of the template.`,
      );
    if (reaches(waits, dependsOn, name))
      throw badField(at, `The container '${name}' depends on itself, directly or through others.`);
  }
}

/** True when one of the first names, or what it waits for in the end, is `goal`. */
function reaches(
  waits: ReadonlyMap<string, readonly string[]>,
  first: readonly string[],
  goal: string,
): boolean {
  const seen = new Set<string>();
  const open = [...first];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === goal) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(waits.get(name) ?? []));
  }
  return false;
}
