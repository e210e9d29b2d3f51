/** The order in which containers start: what each waits for must be there, must not wait for it in turn, and must tell when it has started. */
import type { Container } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { inResource } from './fields.js';

/**
 * @param path of the containers, as refusals name it
 * @throws INVALID_ARGUMENT for a name that no container has, for a cycle, and for a container that cannot tell: only
 *   one that takes requests has a startup probe that it was not given
 *   (https://cloud.google.com/run/docs/configuring/services/containers#container-ordering)
 */
export function checkDependencies(path: string, containers: readonly Container[]): void {
  const waits = new Map(containers.map(({ name, dependsOn }) => [name, dependsOn]));
  const tells = new Set(
    containers
      .filter(({ port, startupProbe }) => port !== undefined || startupProbe !== undefined)
      .map(({ name }) => name),
  );
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
    const silent = dependsOn.find((other) => !tells.has(other));
    if (silent !== undefined)
      throw badField(at, `Dependent container '${silent}' must have startup probe specified`);
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
