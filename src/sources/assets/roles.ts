/** Custom roles in exports. */
import { emptyRole, parseCustomRoleName, type Role } from '../../iam/index.js';
import { roleOf } from '../google/role.js';
import { type Fields, textIn } from './shape.js';

/** A deleted role grants nothing; undefined for what is no custom role. */
export function readRole(data: Fields): Role | undefined {
  const name = textIn(data, 'name');
  if (name === undefined || parseCustomRoleName(name) === undefined) return undefined;
  return data.deleted === true ? emptyRole(name) : roleOf(name, data);
}
