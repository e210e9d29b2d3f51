import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrincipal } from '../../names/index.js';
import { checkDeployOn } from '../source/index.js';
import { groupStoodFor } from './any-member.js';
import { audit, requestFor } from './audit.js';
import { inventorySource } from './source.js';
import { arbitraryInventory, testInventory } from './testing-inventory.js';

const time = new Date('2025-06-01T12:00:00Z');

/** Who a row is about, as a check is asked for them. */
function askedAs(deployer: string): string {
  return deployer.startsWith('group:') ? `user:${deployer.slice(6)}.any-member-of-group.invalid` : deployer;
}

describe('an audit', () => {
  it('comes to the verdict of the check, for each resource and each who deploys it', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryInventory,
        fc.constantFrom('assumed' as const, 'known' as const),
        async (inventory, images) => {
          const { rows } = await audit(inventory, { time, images });
          const source = inventorySource(
            images === 'assumed' ? { ...inventory, manifest: () => 'present' } : inventory,
          );
          for (const row of rows) {
            const run = inventory.runs.find(({ resource }) => resource === row.target.resource);
            if (!run) throw new Error(`${row.target.resource} is not in the inventory`);
            const { judgement } = await checkDeployOn(requestFor(run, askedAs(row.deployer)), source, {
              time,
            });
            expect(row.verdict).toBe(judgement.verdict);
            const stops = judgement.refusal ?? judgement.failure;
            if (stops) {
              expect(row.first).toMatchObject({ id: stops.id, verdict: 'denied' });
              expect(row.first?.message).toBe(stops.message);
            }
            expect(row.denied).toBe(
              judgement.requirements.filter(({ verdict }) => verdict === 'denied').length,
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('says what one grant would mend, for everybody it would', async () => {
    const inventory = testInventory({
      bindings: {
        '//cloudresourcemanager.googleapis.com/projects/app': {
          'roles/run.admin': ['user:alice@example.com'],
          'roles/iam.serviceAccountUser': ['user:alice@example.com'],
          'roles/run.serviceAgent': [
            'serviceAccount:service-1@serverless-robot-prod.iam.gserviceaccount.com',
          ],
        },
      },
      runs: ['web', 'api'],
      image: 'us-docker.pkg.dev/images/r/app',
    });
    const report = await audit(inventory, { time });
    expect(report.totals.resources).toEqual({ granted: 0, denied: 2, unknown: 0 });
    expect(report.rows.map(({ deployer, first }) => [deployer, first?.id])).toEqual([
      ['user:alice@example.com', 'deployer-reads-image'],
      ['user:alice@example.com', 'deployer-reads-image'],
    ]);
    expect(report.findings.map(({ resources, suffices }) => [resources, suffices])).toEqual([
      [2, 0],
      [2, 0],
    ]);
    expect(report.findings.map(({ fix }) => fix.gcloud)).toEqual([
      expect.stringContaining('--member=serviceAccount:service-1@serverless-robot-prod'),
      expect.stringContaining('--member=user:alice@example.com'),
    ]);
  });

  it('asks for a group what its membership gives, where its members are not known', async () => {
    const inventory = testInventory({
      bindings: {
        '//cloudresourcemanager.googleapis.com/projects/app': {
          'roles/owner': ['group:team@example.com', 'group:known@example.com'],
          'roles/run.serviceAgent': [
            'serviceAccount:service-1@serverless-robot-prod.iam.gserviceaccount.com',
          ],
        },
        '//cloudresourcemanager.googleapis.com/projects/images': {
          'roles/artifactregistry.reader': [
            'group:known@example.com',
            'serviceAccount:service-1@serverless-robot-prod.iam.gserviceaccount.com',
          ],
        },
      },
      groups: { 'known@example.com': ['user:bob@example.com'] },
      runs: ['web'],
      image: 'us-docker.pkg.dev/images/r/app',
    });
    const { rows, findings } = await audit(inventory, { time });
    expect(rows.map(({ deployer, verdict }) => [deployer, verdict])).toEqual([
      ['group:team@example.com', 'denied'],
      ['user:bob@example.com', 'granted'],
    ]);
    expect(findings[0]?.fix).toMatchObject({ kind: 'grant', member: 'group:team@example.com' });
  });

  it('asks for a member that is named, whether they deploy anything or not', async () => {
    const inventory = testInventory({ runs: ['web'], image: 'nginx' });
    const nobody = await audit(inventory, { time });
    expect(nobody.totals).toMatchObject({ withoutDeployer: 1, rows: { denied: 0 } });
    const carol = parsePrincipal('user:carol@example.com');
    if (!carol) throw new Error('no principal');
    const { rows } = await audit(inventory, { time, deployers: [carol] });
    expect(rows).toMatchObject([
      { deployer: 'user:carol@example.com', verdict: 'denied', first: { id: 'deployer-reads-resource' } },
    ]);
  });

  it('names those who cannot be asked for, and how many it left out', async () => {
    const inventory = testInventory({
      bindings: {
        '//cloudresourcemanager.googleapis.com/projects/app': {
          'roles/run.developer': ['domain:example.com', 'user:a@example.com', 'user:b@example.com'],
        },
      },
      runs: ['web'],
      image: 'nginx',
    });
    const { notes, rows } = await audit(inventory, { time, limit: 1 });
    expect(rows).toHaveLength(1);
    expect(notes).toContainEqual({ kind: 'not-asked', member: 'domain:example.com', resources: 1 });
    expect(notes).toContainEqual({ kind: 'left-out', rows: 1, limit: 1 });
    expect(groupStoodFor('user:a@example.com')).toBeUndefined();
  });
});
