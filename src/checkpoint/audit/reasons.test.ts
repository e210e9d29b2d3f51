import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectivePermissions, predefinedRoles } from '../../iam/index.js';
import { messages } from '../messages.js';
import { checkDeployOn } from '../source/index.js';
import type { Evidence } from '../types.js';
import { audit, requestFor } from './audit.js';
import { auditedPermissions } from './permissions.js';
import { inventorySource } from './source.js';
import { arbitraryInventory, testInventory } from './testing-inventory.js';

const time = new Date('2025-06-01T12:00:00Z');

/** In audits nothing is said of roles that carry nothing that deploys ask for. */
function inAudits(evidence: Evidence): string {
  if (evidence.kind === 'no-binding') return `${messages.en.evidence(evidence)} that a deploy asks for`;
  if (evidence.kind !== 'roles-lack-permission') return messages.en.evidence(evidence);
  const roles = evidence.roles.filter((name) => {
    const role = predefinedRoles.get(name);
    return role !== undefined && auditedPermissions.some((each) => effectivePermissions(role).has(each));
  });
  if (roles.length === 0) return inAudits({ kind: 'no-binding', level: evidence.level });
  return messages.en.evidence({ ...evidence, roles });
}

describe('the reasons of an audit', () => {
  it('are those of the check, but for roles that no deploy asks anything of', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryInventory, async (inventory) => {
        const { rows } = await audit(inventory, { time, images: 'known' });
        for (const { target, deployer, first } of rows) {
          const run = inventory.runs.find(({ resource }) => resource === target.resource);
          if (!run || !first || deployer.startsWith('group:')) continue;
          const { judgement } = await checkDeployOn(requestFor(run, deployer), inventorySource(inventory), {
            time,
          });
          const same = judgement.requirements.find(
            ({ id, permission, resource, image, verdict }) =>
              id === first.id &&
              permission === first.permission &&
              resource === first.resource &&
              image === first.image &&
              verdict === first.verdict,
          );
          const evidence = [...(same?.finding ? [same.finding] : []), ...(same?.decision?.reasons ?? [])];
          expect(first.reasons).toEqual(evidence.map(inAudits));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('speak of the resource itself, where others of its project are like it', async () => {
    const inventory = testInventory({
      bindings: {
        '//cloudresourcemanager.googleapis.com/projects/app': {
          'roles/run.viewer': ['user:alice@example.com'],
        },
      },
      runs: ['api', 'web'],
      image: 'nginx',
    });
    const { rows } = await audit(inventory, {
      time,
      deployers: [{ kind: 'user', email: 'alice@example.com' }],
    });
    expect(rows.map(({ first }) => first?.reasons)).toEqual(
      ['api', 'web'].map((name) => [
        `no role on service ${name} of app that a deploy asks for`,
        'roles/run.viewer on project app: without this permission',
      ]),
    );
  });
});
