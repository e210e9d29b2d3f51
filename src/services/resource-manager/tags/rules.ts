/** What the methods of tags need, and how their writes are audited. */
import { type AccessControl, resourceManagerRefusal } from '../../../access/index.js';
import { monitoredContainer } from '../../../audit/index.js';
import type { AccessRule, AuditRule, Call, PermissionCheck, PermissionType } from '../../../google/index.js';
import { check } from '../deps.js';

/** @param checks what the caller must be allowed to do, found from the request */
export function rule<R>(
  type: PermissionType,
  checks: (request: R, call: Call) => readonly PermissionCheck[] | Promise<readonly PermissionCheck[]>,
): AccessRule {
  return { kind: 'permission', type, checks, refusal: resourceManagerRefusal };
}

/** A permission of Resource Manager on something of its own. @param nameOf e.g. `tagKeys/1`, `organizations/1` */
export function onOne<R>(
  type: PermissionType,
  permission: string,
  nameOf: (request: R) => string | Promise<string>,
): AccessRule {
  return rule(type, async (request: R) => [check(`resourcemanager.${permission}`, await nameOf(request))]);
}

/** Where the log of what is defined somewhere lies. @param parent `projects/P` or `organizations/N` */
export function logOf(parent: string): string {
  return parent.replace(/^projects\//, '');
}

/**
 * The entry of a change.
 * @param method e.g. `TagKeys.CreateTagKey`
 * @param nameOf as the entry names what was changed
 * @param logOf whose log it lies in; empty for nobody's
 */
export function audited<R>(
  method: string,
  nameOf: (request: R) => string,
  containerOf: (request: R) => Promise<string>,
): AuditRule {
  const found = new WeakMap<object, string>();
  return {
    methodName: `google.cloud.resourcemanager.v3.${method}`,
    serviceName: 'cloudresourcemanager.googleapis.com',
    resourceName: nameOf,
    monitored: (request: R & object) => monitoredContainer(found.get(request) ?? ''),
    project: async (request: R & object) => {
      const container = await containerOf(request);
      found.set(request, container);
      return container;
    },
  };
}

/** Whose log the changes of a key or a value lie in. @param path e.g. `tagValues/1` */
export async function containerOfTag({ tags, projects }: AccessControl, path: string): Promise<string> {
  const [collection, id = ''] = path.split('/');
  const value = collection === 'tagValues' ? await tags.values.get(id) : undefined;
  const key = await tags.keys.get(value ? value.parent.slice('tagKeys/'.length) : id);
  if (!key) return '';
  const container = logOf(key.parent);
  return container.includes('/') ? container : ((await projects.get(container))?.projectId ?? '');
}

/** Whose log a deletion's entry lies in: noted before there is nothing left to say so. */
export function whoseTag(access: AccessControl): (request: { readonly name: string }) => Promise<string> {
  const noted = new WeakMap<object, string>();
  return async (request) => {
    const container = noted.get(request) ?? (await containerOfTag(access, request.name));
    noted.set(request, container);
    return container;
  };
}
