import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../audit/index.js';
import { projectName } from '../names/index.js';
import { OCI_INDEX, OCI_MANIFEST } from './manifest.js';
import { NAME, REPOSITORY, smallImage, TestRegistry, WRITER } from './test-registry.js';
import type { CleanupCondition, CleanupPolicy } from './types.js';

const AGENT = 'service-222222222222@gcp-sa-artifactregistry.iam.gserviceaccount.com';
const DAY = 24 * 60 * 60;

let test: TestRegistry;
beforeEach(async () => {
  test = await TestRegistry.open();
  await test.store.commit([
    await test.access.grantWrite(
      projectName('myproject-b'),
      'roles/artifactregistry.serviceAgent',
      `serviceAccount:${AGENT}`,
    ),
  ]);
});
afterEach(() => test.close());

const condition = (parts: Partial<CleanupCondition>): CleanupCondition => ({
  tagPrefixes: [],
  versionNamePrefixes: [],
  packageNamePrefixes: [],
  ...parts,
});
const deletes = (parts: Partial<CleanupCondition>): CleanupPolicy => ({
  id: 'delete',
  action: 'DELETE',
  condition: condition(parts),
});
const keeps = (parts: Partial<CleanupCondition>): CleanupPolicy => ({
  id: 'keep',
  action: 'KEEP',
  condition: condition(parts),
});
const settings = (change: Parameters<TestRegistry['registry']['repositories']['update']>[1]) =>
  test.registry.repositories.update(REPOSITORY, change, test.now);
const tagsLeft = async () => (await test.registry.images.tags(REPOSITORY)).map(({ tag }) => tag).sort();
const entries = async () =>
  (
    await openLog(test.store).query({
      projects: ['myproject-b'],
      filter: 'logName:"data_access"',
      order: 'asc',
      pageSize: 100,
      now: test.now,
    })
  ).entries.map(({ protoPayload }) => protoPayload);

/** Pushes an image a day, each under its tag. */
async function pushed(...tags: readonly string[]): Promise<string[]> {
  const digests: string[] = [];
  for (const tag of tags) {
    test.now = new Date(test.now.getTime() + DAY * 1000);
    digests.push(await test.push(await smallImage(tag), tag));
  }
  return digests;
}

describe('cleanup policies', () => {
  it.each<[string, readonly CleanupPolicy[], readonly string[]]>([
    ['delete nothing without a DELETE policy', [keeps({})], ['a1', 'a2', 'b1', 'b2']],
    ['delete everything', [deletes({})], []],
    ['delete by age', [deletes({ olderThan: 1.5 * DAY })], ['b1', 'b2']],
    ['delete the young', [deletes({ newerThan: 1.5 * DAY })], ['a1', 'a2']],
    ['delete by tag', [deletes({ tagState: 'TAGGED', tagPrefixes: ['b', 'x'] })], ['a1', 'a2']],
    ['delete what has no tag: nothing here', [deletes({ tagState: 'UNTAGGED' })], ['a1', 'a2', 'b1', 'b2']],
    [
      'delete by package: none of this name',
      [deletes({ packageNamePrefixes: ['nothing'] })],
      ['a1', 'a2', 'b1', 'b2'],
    ],
    ['keep what both match', [deletes({}), keeps({ tagState: 'TAGGED', tagPrefixes: ['a'] })], ['a1', 'a2']],
    [
      'keep the most recent of each package',
      [deletes({}), { id: 'k', action: 'KEEP', mostRecent: { packageNamePrefixes: ['app'], keepCount: 1 } }],
      ['b2'],
    ],
    [
      'keep none of packages of other names',
      [deletes({}), { id: 'k', action: 'KEEP', mostRecent: { packageNamePrefixes: ['x'], keepCount: 9 } }],
      [],
    ],
  ])('%s', async (_, cleanupPolicies, left) => {
    await pushed('a1', 'a2', 'b1', 'b2');
    await settings({ cleanupPolicies });
    await test.registry.runCleanup(test.now);
    expect(await tagsLeft()).toEqual(left);
  });

  it('say in the data access log what was deleted, in the name of the service agent', async () => {
    const [first] = await pushed('a1', 'a2');
    await settings({ cleanupPolicies: [deletes({ tagState: 'TAGGED', tagPrefixes: ['a1'] })] });
    await test.registry.runCleanup(test.now);
    const path = 'projects/myproject-b/locations/asia-northeast1/repositories/myrepo';
    expect(await entries()).toEqual([
      expect.objectContaining({
        methodName: 'google.devtools.artifactregistry.v1.ArtifactRegistry.BatchDeleteVersions',
        authenticationInfo: expect.objectContaining({ principalEmail: AGENT }),
        request: {
          '@type': 'type.googleapis.com/google.devtools.artifactregistry.v1.BatchDeleteVersionsRequest',
          parent: `${path}/packages/-`,
          names: [`${path}/packages/app/versions/${first}`],
        },
      }),
    ]);
  });

  it('only say what they would delete in a dry run', async () => {
    await pushed('a1');
    await settings({ cleanupPolicies: [deletes({})], cleanupPolicyDryRun: true });
    await test.registry.runCleanup(test.now);
    expect(await tagsLeft()).toEqual(['a1']);
    expect(await entries()).toEqual([
      expect.objectContaining({ request: expect.objectContaining({ validateOnly: true }) }),
    ]);
  });

  it('delete nothing when the service agent may not', async () => {
    await test.access.setPolicy(projectName('myproject-b'), { bindings: [] }, test.now);
    await pushed('a1');
    await settings({ cleanupPolicies: [deletes({})] });
    await test.registry.runCleanup(test.now);
    expect(await tagsLeft()).toEqual(['a1']);
    expect(await entries()).toEqual([
      expect.objectContaining({
        status: { code: 7, message: expect.stringContaining("'artifactregistry.versions.delete' denied") },
      }),
    ]);
  });

  it('leave alone what is tagged where tags are immutable', async () => {
    const [, second] = await pushed('a1', 'a2');
    await settings({ cleanupPolicies: [deletes({})] });
    await test.registry.images.removeTag(REPOSITORY, 'app', 'a2');
    await settings({ immutableTags: true });
    await test.registry.runCleanup(test.now);
    expect(await tagsLeft()).toEqual(['a1']);
    expect(await test.registry.images.version(REPOSITORY, 'app', second ?? '')).toBeUndefined();
  });

  it('delete what an index lists together with it, and not without it', async () => {
    const image = await smallImage('child');
    await test.push(image, 'child');
    await test.registry.images.removeTag(REPOSITORY, 'app', 'child');
    const child = { mediaType: OCI_MANIFEST, digest: image.digest, size: image.manifest.size };
    const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] });
    const headers = { 'content-type': OCI_INDEX };
    await test.call('PUT', `/v2/${NAME}/manifests/index`, { as: WRITER, body, headers });
    await settings({ cleanupPolicies: [deletes({ tagState: 'UNTAGGED' })] });
    await test.registry.runCleanup(test.now);
    expect(await test.registry.images.versions(REPOSITORY)).toHaveLength(2);
    expect(await entries()).toEqual([]);
    await settings({ cleanupPolicies: [deletes({})] });
    await test.registry.runCleanup(test.now);
    expect(await test.registry.images.versions(REPOSITORY)).toEqual([]);
  });
});
