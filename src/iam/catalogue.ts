/** Role catalogues laid over one another, and catalogues of a few roles. */
import type { Role, RoleCatalogue } from './types.js';

/** A catalogue of these roles. A later role of the same name replaces an earlier one. */
export function roleCatalogue(roles: Iterable<Role>): RoleCatalogue {
  const byName = new Map<string, Role>();
  for (const role of roles) byName.set(role.name, role);
  return { get: (name) => byName.get(name), list: () => [...byName.values()] };
}

/**
 * One catalogue out of several: the first that knows a role answers for it.
 * A project's custom roles are laid over the predefined ones in this way.
 */
export function layeredCatalogue(...catalogues: readonly RoleCatalogue[]): RoleCatalogue {
  return {
    get(name) {
      for (const catalogue of catalogues) {
        const role = catalogue.get(name);
        if (role !== undefined) return role;
      }
      return undefined;
    },
    list() {
      const byName = new Map<string, Role>();
      for (const catalogue of catalogues)
        for (const role of catalogue.list()) if (!byName.has(role.name)) byName.set(role.name, role);
      return [...byName.values()];
    },
  };
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * What a binding to the role grants: a disabled role stays in policies without effect
 * (https://cloud.google.com/iam/docs/creating-custom-roles#disabling-custom-role).
 */
export function effectivePermissions(role: Role): ReadonlySet<string> {
  return role.stage === 'DISABLED' ? NOTHING : role.permissions;
}
