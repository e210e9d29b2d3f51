/** Roles as the IAM API writes them (google.iam.admin.v1.Role): in its answers, and in exports. */
import type { Role } from '../../iam/index.js';
import { type Fields, textIn, textsIn } from './fields.js';

const STAGES: readonly Role['stage'][] = ['ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP'];

/** "ALPHA" is the enumeration's zero, which JSON leaves out (google.iam.admin.v1.Role.RoleLaunchStage). */
export const stageOf = ({ stage }: Fields): Role['stage'] =>
  STAGES.find((known) => known === stage) ?? 'ALPHA';

/** A role that has not been deleted. */
export function roleOf(name: string, fields: Fields): Role {
  return {
    name,
    title: textIn(fields, 'title') ?? '',
    description: textIn(fields, 'description') ?? '',
    stage: stageOf(fields),
    permissions: new Set(textsIn(fields, 'includedPermissions')),
  };
}
