/** What calls need on revisions, executions and tasks: these carry no policy, so their owner's decides. */
import type { Projects } from '../../access/index.js';
import type { AccessRule, PermissionType } from '../../google/index.js';
import type { RunName } from '../run/names.js';
import { onProject } from '../run/rules.js';
import { onResource } from './rules.js';

/** The owner, and what of it a call names, e.g. `executions/E`. */
export type Below = RunName & { readonly below: string };

/** A permission on the owner of what a request names. @param locate reads the name. @throws INVALID_ARGUMENT */
export function onOwned(
  projects: Projects,
  type: PermissionType,
  permission: string,
  locate: (name: string) => Below,
): AccessRule {
  return onResource(projects, type, permission, ({ name }: { readonly name: string }) => locate(name));
}

/** A list below one owner asks for the owner; one below all of them, `-`, for the project. */
export function onOwners(
  projects: Projects,
  permission: string,
  locate: (parent: string) => Below,
): AccessRule {
  type Request = { readonly parent: string };
  const ofOne = onResource(projects, 'ADMIN_READ', permission, ({ parent }: Request) => locate(parent));
  const ofAll = onProject(projects, 'ADMIN_READ', permission, ({ parent }: Request) => ({
    ...locate(parent),
    label: `${parent}/${locate(parent).below.split('/').at(-1) ?? ''}`,
  }));
  return {
    ...ofOne,
    checks: (request: Request, call) =>
      (locate(request.parent).name === '-' ? ofAll : ofOne).checks(request as never, call),
  };
}
