import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messages } from '../messages.js';
import { checkDeployOn } from '../source/index.js';
import { audit, requestFor } from './audit.js';
import { inventorySource } from './source.js';
import { arbitraryInventory, testInventory } from './testing-inventory.js';

const time = new Date('2025-06-01T12:00:00Z');

/**
 * What decides, in any order: checks ask for fewer groups, and so may say that there is no role where audits name some
 * without the permission. Of sets that no group is, audits say that nobody told who is in them; checks say no more.
 */
const comparable = (reasons: readonly string[]): string[] =>
  reasons
    .filter((reason) => !/^no role on |: without this permission$/.test(reason))
    .map((reason) => reason.replace(/(goes to (?!group:).*, whose members are not known).*/, '$1'))
    .sort();

describe('the reasons of an audit', () => {
  it('are those of the check, as far as they decide', async () => {
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
          // Of what is granted, audits say nothing.
          const evidence = [
            ...(same?.finding ? [same.finding] : []),
            ...(same?.decision?.verdict === 'granted' ? [] : (same?.decision?.reasons ?? [])),
          ];
          expect(comparable(first.reasons)).toEqual(comparable(evidence.map(messages.en.evidence)));
        }
      }),
      { numRuns: 100 },
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
