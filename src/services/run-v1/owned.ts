/** What calls need on revisions, executions and tasks: these carry no policy, so their owner's decides. */
import type { Projects } from '../../access/index.js';
import type { AccessRule, Call, PermissionType } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import { runRefusal } from '../run/context.js';
import { projectCheck, resourceCheck, type Target } from './requests.js';
import { parseSelector, type Selector } from './selectors.js';

/** The service, job or worker pool that something belongs to. */
export interface Owner {
  readonly kind: RunKind;
  readonly name: string;
}

/**
 * A permission on the owner of what the path names, or on the project where there is no such thing.
 * @param collection as the paths spell it, e.g. `revisions`
 */
export function onOwned(
  projects: Projects,
  type: PermissionType,
  permission: string,
  collection: string,
  ownerOf: (target: Target, call: Call) => Promise<Owner | undefined>,
): AccessRule {
  return {
    kind: 'permission',
    type,
    checks: async (target: Target, call) => {
      const owner = await ownerOf(target, call);
      const check =
        owner === undefined
          ? await projectCheck(projects, permission, target, collection)
          : await resourceCheck(owner.kind, projects, permission, target, call, owner.name);
      const [namespaces = '', project = ''] = check.label.split('/');
      return [{ ...check, label: `${namespaces}/${project}/${collection}/${target.name}` }];
    },
    refusal: runRefusal,
  };
}

/** A list of what one owner has asks for the owner, any other list for the project. */
export function onSelected(
  projects: Projects,
  permission: string,
  collection: string,
  ownerOf: (selector: Selector, target: Target, call: Call) => Promise<Owner | undefined>,
): AccessRule {
  return {
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: async (target: Target, call) => {
      // On the global host a list is of all regions, in which an owner's name may mean several.
      const located = (target.location ?? call.location) !== undefined && target.location !== '-';
      const selector = parseSelector(target.input.query.get('labelSelector') ?? '');
      const owner = located ? await ownerOf(selector, target, call) : undefined;
      return [
        owner === undefined
          ? await projectCheck(projects, permission, target, collection)
          : await resourceCheck(owner.kind, projects, permission, target, call, owner.name),
      ];
    },
    refusal: runRefusal,
  };
}
