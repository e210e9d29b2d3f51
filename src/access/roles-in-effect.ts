/** Custom roles as decisions see them while changes of them propagate. */
import { emptyRole, parseCustomRoleName, type Role, type RoleCatalogue } from '../iam/index.js';
import { CUSTOM_ROLES, type CustomRoleRow, roleOf } from './custom-roles.js';
import type { RowReader } from './propagation.js';

/** The roles that policies are compiled with. */
export interface RolesInEffect {
  /** Resolves when the catalogue holds what is in effect. */
  ready(): Promise<void>;
  readonly inBindings: RoleCatalogue;
}

/** @param changed called when a custom role is another than it was */
export function rolesInEffect(
  effective: RowReader,
  predefined: RoleCatalogue,
  changed: () => void,
): RolesInEffect {
  let custom: ReadonlyMap<string, Role> = new Map();
  let loading: Promise<void> | undefined;
  const load = async () => {
    const rows = await effective.list<CustomRoleRow>(CUSTOM_ROLES);
    const live = rows.filter(({ value }) => value.deleteTime === undefined);
    custom = new Map(
      live.map(({ key, value }) => {
        const name = key.slice(CUSTOM_ROLES.length);
        return [name, roleOf(name, value)];
      }),
    );
  };
  effective.watch(CUSTOM_ROLES, () => {
    loading = undefined;
    changed();
  });
  return {
    async ready() {
      for (let awaited: Promise<void> | undefined; awaited === undefined || awaited !== loading; ) {
        loading ??= load();
        awaited = loading;
        await awaited.catch((error: unknown) => {
          if (loading === awaited) loading = undefined;
          throw error;
        });
      }
    },
    inBindings: {
      get: (name) =>
        custom.get(name) ?? predefined.get(name) ?? (parseCustomRoleName(name) ? emptyRole(name) : undefined),
      list: () => [...predefined.list(), ...custom.values()],
    },
  };
}
