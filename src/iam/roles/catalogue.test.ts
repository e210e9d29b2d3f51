/**
 * The catalogue as it was when it was last compared with Google's list: a line for each role with its stage, the
 * number of its permissions, and a digest of all that it says. Whoever changes a role means to, and writes the file
 * anew: `npx vitest run src/iam/roles/catalogue.test.ts -u`.
 */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Role } from '../types.js';
import { knownPermissions, predefinedRoles } from './index.js';

const digest = (parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);

function line({ name, title, description, stage, permissions }: Role): string {
  const sorted = [...permissions].sort();
  return `${name} ${stage} ${sorted.length} ${digest([title, description, ...sorted])}`;
}

it('has the roles and the permissions that it is known to have', async () => {
  const roles = predefinedRoles.list().map(line).sort();
  const permissions = `${knownPermissions.size} permissions ${digest([...knownPermissions].sort())}`;
  await expect(`${[permissions, ...roles].join('\n')}\n`).toMatchFileSnapshot('catalogue.txt');
});
