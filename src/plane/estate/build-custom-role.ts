/** Builds the custom roles of a project or the organization, or brings them to what the estate says. */
import { isDeepStrictEqual } from 'node:util';
import type { CustomRole } from '../../access/index.js';
import type { CustomRoleDefinition } from '../../iam/index.js';
import type { BuildOptions } from './build-options.js';
import type { CustomRoleEntry } from './estate.js';
import type { Rooms } from './rooms.js';

/** @param parent `projects/P` or `organizations/N` */
export async function buildCustomRole(
  entry: CustomRoleEntry,
  parent: string,
  { access: { customRoles } }: Rooms,
  { time, exact, problems }: BuildOptions,
): Promise<void> {
  const name = `${parent}/roles/${entry.id}`;
  await problems.attempt(entry.place, async () => {
    const found = await customRoles.find(name, time);
    if (!found) {
      await customRoles.create(parent, entry.id, definition(entry, { title: entry.id }), time);
      return;
    }
    const role = found.deleteTime === undefined ? found : await customRoles.restore(name, undefined, time);
    const otherwise = exact ? { title: entry.id } : definitionOf(role);
    const wanted = definition(entry, otherwise);
    if (isDeepStrictEqual(wanted, definitionOf(role))) return;
    await customRoles.update(name, wanted, undefined, time);
  });
}

/** @param otherwise what holds where the entry says nothing; a new role is generally available */
function definition(
  { title, description, stage, permissions }: CustomRoleEntry,
  otherwise: Partial<CustomRoleDefinition> & Pick<CustomRoleDefinition, 'title'>,
): CustomRoleDefinition {
  return {
    title: title ?? otherwise.title,
    description: description ?? otherwise.description ?? '',
    stage: stage ?? otherwise.stage ?? 'GA',
    permissions: [...new Set(permissions)].sort(),
  };
}

const definitionOf = ({ title, description, stage, permissions }: CustomRole): CustomRoleDefinition => ({
  title,
  description,
  stage,
  permissions: [...permissions].sort(),
});
