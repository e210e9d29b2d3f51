/** Custom roles that hold exactly what is missing (https://cloud.google.com/iam/docs/creating-custom-roles). */
import { createHash } from 'node:crypto';

/**
 * The name of a project's custom role for these permissions. It is the same for the same permissions, so that a role
 * that was made before is found again, and two members who lack the same share one.
 * @param permissions sorted
 */
export function customRoleFor(project: string, permissions: readonly string[]): string {
  const services = [...new Set(permissions.map((permission) => permission.split('.', 1)[0] ?? ''))];
  const digest = createHash('sha256').update(permissions.join(' ')).digest('hex').slice(0, 8);
  return `projects/${project}/roles/sekisho_${services.join('_').slice(0, 40)}_${digest}`;
}
