/** Organization, folders and projects by gcloud: what is inherited comes and goes with the tree. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, TestPlane } from './support/plane.js';
import { canRun } from './support/tools.js';
import { ALICE, OWNER } from './support/world.js';

const ORGANIZATION = '123456789012';
const P = 'hierarchy-project';
const ESTATE = `
organization:
  id: "${ORGANIZATION}"
  domain: example.com
  customerId: C03az79cb
  iam:
    - { role: roles/resourcemanager.folderAdmin, members: [${OWNER}] }
    - { role: roles/resourcemanager.projectCreator, members: [${OWNER}] }
folders:
  - { id: "4711", parent: organizations/${ORGANIZATION}, displayName: Platform }
`;

describe.runIf(canRun('gcloud'))('gcloud', () => {
  let plane: TestPlane;
  let directory = '';
  let web = '';

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sekisho-hierarchy-'));
    const estate = path.join(directory, 'estate.yaml');
    await writeFile(estate, ESTATE);
    plane = await TestPlane.start({ args: ['--runtime', 'none', '--no-egress', '--estate', estate] });
  });
  afterAll(async () => {
    await plane?.dispose();
    await rm(directory, { recursive: true, force: true });
  });

  const gcloud = async (line: string | readonly string[], as = OWNER): Promise<string> =>
    (await must(plane.gcloud(as, line))).stdout.trim();
  const folders = (line: string) => gcloud(`resource-manager folders ${line}`);

  it('shows the organization by number and by domain', async () => {
    expect(
      await gcloud('organizations list --format=csv[no-heading](displayName,name,owner.directoryCustomerId)'),
    ).toBe(`example.com,${ORGANIZATION},C03az79cb`);
    expect(await gcloud('organizations describe example.com --format=value(name)')).toBe(
      `organizations/${ORGANIZATION}`,
    );
  });

  it('makes, lists, renames and moves folders', async () => {
    const make = ['resource-manager', 'folders', 'create', '--display-name=Web shop', '--folder=4711'];
    web = (await gcloud([...make, '--format=value(name)'])).replace('folders/', '');
    expect(web).toMatch(/^\d{12}$/);
    expect(await folders('list --folder=4711 --format=value(displayName)')).toBe('Web shop');
    await folders(`update ${web} --display-name=Web`);
    await folders(`move ${web} --organization=${ORGANIZATION}`);
    expect(await folders(`list --organization=${ORGANIZATION} --format=value(displayName)`)).toBe(
      'Platform\nWeb',
    );
    const policy = await folders(`get-iam-policy ${web} --format=value(bindings.role)`);
    expect(policy).toContain('roles/resourcemanager.folderAdmin');
  });

  it('inherits what a folder grants for as long as the project is in it', async () => {
    await gcloud(`projects create ${P} --folder=${web} --no-enable-cloud-apis`);
    await folders(`add-iam-policy-binding ${web} --member=user:${ALICE} --role=roles/browser`);
    expect(await gcloud(`projects describe ${P} --format=value(parent.id)`, ALICE)).toBe(web);
    const ancestors = await gcloud(`projects get-ancestors ${P} --format=value(id)`);
    expect(ancestors.split('\n')).toEqual([P, web, ORGANIZATION]);
    const policies = await gcloud(`projects get-ancestors-iam-policy ${P} --format=value(type)`);
    expect(policies.split('\n')).toEqual(['project', 'folder', 'organization']);
    await gcloud(`beta projects move ${P} --folder=4711 --quiet`);
    const refused = await plane.gcloud(ALICE, `projects describe ${P}`);
    expect(refused.stderr).toContain('The caller does not have permission');
  });

  it('deletes an empty folder, and brings it back', async () => {
    const full = await plane.gcloud(OWNER, 'resource-manager folders delete 4711');
    expect(full.stderr).toContain('FOLDER_TO_DELETE_NON_EMPTY_VIOLATION');
    await folders(`delete ${web}`);
    expect(await folders(`describe ${web} --format=value(lifecycleState)`)).toBe('DELETE_REQUESTED');
    await folders(`undelete ${web}`);
    expect(await folders(`describe ${web} --format=value(lifecycleState)`)).toBe('ACTIVE');
  });

  it('grants on the organization, and reads what was done there in its log', async () => {
    await gcloud(
      `organizations add-iam-policy-binding ${ORGANIZATION} --member=user:${ALICE} --role=roles/logging.viewer`,
    );
    const query = 'protoPayload.methodName=SetIamPolicy';
    const read = ['logging', 'read', query, `--organization=${ORGANIZATION}`, '--format=value(logName)'];
    expect(await gcloud(read, ALICE)).toBe(
      `organizations/${ORGANIZATION}/logs/cloudaudit.googleapis.com%2Factivity`,
    );
    const moved = ['logging', 'read', 'protoPayload.methodName=MoveFolder', `--folder=${web}`];
    expect(await gcloud([...moved, '--format=value(resource.labels.folder_id)'], ALICE)).toBe(web);
  });
});
