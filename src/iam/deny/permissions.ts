/** Permissions as deny policies spell them: `SERVICE_FQDN/RESOURCE.ACTION`, and groups of them by wildcards. */
import { type PermissionParts, permissionParts } from '../permission-name.js';
import { knownPermissions } from '../roles/index.js';
import { deniablePermissions } from './supported.js';

/** A permission or group, taken apart. A section may be `*` where it is a group's. */
export type DenyPermission = PermissionParts;

const FORM = /^([a-z][a-z0-9-]*)\.googleapis\.com\/(\*|[A-Za-z][A-Za-z0-9]*)\.(\*|[A-Za-z][A-Za-z0-9]*)$/;
/** Resource Manager's permissions go by its host in deny policies, and by another name in roles. */
const HOST_OF: Readonly<Record<string, string>> = { resourcemanager: 'cloudresourcemanager' };
const SERVICE_OF: Readonly<Record<string, string>> = { cloudresourcemanager: 'resourcemanager' };

/** Reads a permission or a group; undefined for what has not the form of one. */
export function parseDenyPermission(text: string): DenyPermission | undefined {
  const [, host, resource, verb] = FORM.exec(text) ?? [];
  if (host === undefined || resource === undefined || verb === undefined) return undefined;
  if (Object.hasOwn(HOST_OF, host)) return undefined;
  return {
    service: (Object.hasOwn(SERVICE_OF, host) ? SERVICE_OF[host] : undefined) ?? host,
    resource,
    verb,
  };
}

/** A permission as deny policies spell it. @param permission as roles do, e.g. `resourcemanager.projects.get` */
export function denyPermissionOf(permission: string): string {
  const { service, resource, verb } = permissionParts(permission);
  const host = (Object.hasOwn(HOST_OF, service) ? HOST_OF[service] : undefined) ?? service;
  return `${host}.googleapis.com/${resource}.${verb}`;
}

/**
 * What a permission or group denies, as roles spell it: the permissions that match and can be denied. Empty where
 * there is none.
 */
export function deniedBy(permission: DenyPermission): readonly string[] {
  return [...deniablePermissions].filter((name) => matches(permission, name));
}

function matches({ service, resource, verb }: DenyPermission, name: string): boolean {
  const its = permissionParts(name);
  return (
    its.service === service &&
    (resource === '*' || its.resource === resource) &&
    (verb === '*' || its.verb === verb)
  );
}

/**
 * May this stand in a deny policy? A group of one resource's permissions, when any of them can be denied; one that
 * spans a service's resources, when all that match can ("You can only use wildcards in supported permission groups").
 */
export function canBeDenied(permission: DenyPermission): boolean {
  if (deniedBy(permission).length === 0) return false;
  if (permission.resource !== '*') return true;
  return [...knownPermissions].every((name) => !matches(permission, name) || deniablePermissions.has(name));
}
