/** Custom roles as the IAM API writes them (google.iam.admin.v1.Role). */
import { emptyRole, parseCustomRoleName, type Role } from '../../iam/index.js';
import { type Fields, textIn, textsIn } from './shape.js';

const STAGES: readonly Role['stage'][] = ['ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP'];

/** A deleted role grants nothing; undefined for what is no custom role. */
export function readRole(data: Fields): Role | undefined {
  const name = textIn(data, 'name');
  if (name === undefined || parseCustomRoleName(name) === undefined) return undefined;
  if (data.deleted === true) return emptyRole(name);
  return {
    name,
    title: textIn(data, 'title') ?? '',
    description: textIn(data, 'description') ?? '',
    stage: STAGES.find((stage) => stage === data.stage) ?? 'ALPHA',
    permissions: new Set(textsIn(data, 'includedPermissions')),
  };
}
