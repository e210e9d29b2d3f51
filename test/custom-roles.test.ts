/** Custom roles by gcloud: made, granted, changed, deleted; and predefined ones fetched from a plane that plays Google. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, type Result, run, SEKISHO, TestPlane } from './support/plane.js';
import { at, Rest } from './support/rest.js';
import { A, ALICE, OWNER } from './support/world.js';

const ORGANIZATION = '123456789012';
const DEPLOYER = `projects/${A}/roles/deployer`;

const estate = {
  organization: { id: ORGANIZATION },
  projects: [
    {
      id: A,
      number: '891566352225',
      parent: `organizations/${ORGANIZATION}`,
      services: ['run.googleapis.com'],
    },
  ],
};

let dir: string;
let plane: TestPlane;
let rest: Rest;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-custom-roles-'));
  const file = path.join(dir, 'estate.json');
  await writeFile(file, JSON.stringify(estate));
  plane = await TestPlane.start({ args: ['--runtime', 'none', '--estate', file] });
  rest = new Rest(plane);
});
afterAll(async () => {
  await plane?.dispose();
  await rm(dir, { recursive: true, force: true });
});

const roles = (line: string) => plane.gcloud(OWNER, `iam roles ${line} --project=${A} --quiet`);
const json = ({ stdout }: Result): unknown => JSON.parse(stdout);
/** May Alice list services? */
const lists = async () =>
  (await rest.call(ALICE, 'GET', `run.googleapis.com/v2/projects/${A}/locations/us-central1/services`))
    .status;

describe('gcloud iam roles', () => {
  it('creates a role that can be granted at once', async () => {
    const created = await must(
      plane.gcloud(OWNER, [
        ...['iam', 'roles', 'create', 'deployer', `--project=${A}`, '--title=Deployer', '--stage=GA'],
        ...['--permissions=run.services.list,secretmanager.secrets.list', '--format=json'],
      ]),
    );
    // Without --quiet, gcloud looks at the permissions first.
    expect(created.stderr).toContain('secretmanager.secrets.list');
    expect(created.stderr).toContain('Created role [deployer].');
    expect(json(created)).toMatchObject({ name: DEPLOYER, stage: 'GA', title: 'Deployer' });
    expect(await lists()).toBe(403);
    await must(
      plane.gcloud(
        OWNER,
        `projects add-iam-policy-binding ${A} --member=user:${ALICE} --role=${DEPLOYER} --condition=None --format=none`,
      ),
    );
    expect(await lists()).toBe(200);
  });

  it('updates by flags and by a file that describe wrote, and refuses an older one', async () => {
    const described = json(await must(roles('describe deployer --format=json'))) as Record<string, unknown>;
    const updated = await must(
      roles(
        'update deployer --remove-permissions=run.services.list --add-permissions=run.services.get --format=json',
      ),
    );
    expect(json(updated)).toMatchObject({
      includedPermissions: ['run.services.get', 'secretmanager.secrets.list'],
    });
    expect(await lists()).toBe(403);
    const file = path.join(dir, 'role.json');
    await writeFile(file, JSON.stringify(described));
    const stale = await roles(`update deployer --file=${file}`);
    expect({ code: stale.code, stderr: stale.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Stale "etag"'),
    });
    const { etag } = json(updated) as { etag: string };
    await writeFile(file, JSON.stringify({ ...described, etag, description: 'Deploys.' }));
    expect(json(await must(roles(`update deployer --file=${file} --format=json`)))).toMatchObject({
      description: 'Deploys.',
      includedPermissions: described.includedPermissions,
    });
    expect(await lists()).toBe(200);
  });

  it('deletes and undeletes, and keeps the id meanwhile', async () => {
    expect(json(await must(roles('delete deployer --format=json')))).toMatchObject({ deleted: true });
    expect(await lists()).toBe(403);
    const again = await roles('create deployer --permissions=run.services.get');
    expect(again.stderr).toContain(
      "You can't create a role_id (deployer) which has been marked for deletion.",
    );
    const listed = await must(roles('list --show-deleted --format=value(name,deleted)'));
    expect(listed.stdout.trim().split(/\s+/)).toEqual([DEPLOYER, 'True']);
    // Bindings are still there.
    await plane.kill();
    await plane.restart({ args: ['--runtime', 'none'] });
    expect(await lists()).toBe(403);
    await must(roles('undelete deployer'));
    expect(await lists()).toBe(200);
  });

  it('copies a predefined role into the organization, without what cannot be there', async () => {
    const line = `iam roles copy --source=roles/run.viewer --destination=runViewer --dest-organization=${ORGANIZATION} --quiet --format=json`;
    const copied = json(await must(plane.gcloud(OWNER, line))) as {
      name: string;
      includedPermissions: string[];
    };
    expect(copied.name).toBe(`organizations/${ORGANIZATION}/roles/runViewer`);
    expect(copied.includedPermissions).toContain('run.services.list');
    const grantable = await must(
      plane.gcloud(
        OWNER,
        `iam list-grantable-roles //cloudresourcemanager.googleapis.com/projects/${A} --format=value(name)`,
      ),
    );
    expect(grantable.stdout.split('\n')).toEqual(
      expect.arrayContaining([copied.name, DEPLOYER, 'roles/run.developer']),
    );
    const elsewhere = await rest.call(
      OWNER,
      'POST',
      `cloudresourcemanager.googleapis.com/v3/organizations/${ORGANIZATION}:setIamPolicy`,
      {
        policy: { bindings: [{ role: DEPLOYER, members: [`user:${ALICE}`] }] },
      },
    );
    expect(at(elsewhere.body, 'error', 'message')).toBe(
      `Role (${DEPLOYER}) does not exist in the resource's hierarchy.`,
    );
  });

  it('says which permissions a project can test', async () => {
    const listed = await must(
      plane.gcloud(OWNER, [
        ...['iam', 'list-testable-permissions', `//cloudresourcemanager.googleapis.com/projects/${A}`],
        ...['--filter=name~^run.services', '--format=value(name,stage)'],
      ]),
    );
    expect(listed.stdout).toMatch(/^run\.services\.create\s+GA$/m);
    expect(listed.stdout).not.toContain('run.jobs');
  });
});

describe('sekisho roles sync', () => {
  it('fetches roles with the caller’s own credentials, for the next plane', async () => {
    const data = path.join(dir, 'synced');
    const env = await plane.environment(OWNER);
    const sync = (...words: string[]) =>
      run(process.execPath, [SEKISHO, 'roles', 'sync', '--data', data, ...words], { env });
    const all = await must(sync());
    expect(all.stdout).toMatch(
      /^Fetched \d{3} roles to .*roles\.json; 0 of them differ from the built-in ones\.\n/,
    );
    const token = path.join(dir, 'token');
    await writeFile(token, `${await plane.token(ALICE)}\n`);
    const one = await must(sync('--role', 'roles/run.viewer', '--access-token-file', token));
    expect(one.stdout).toContain('Fetched 1 role to');
    const file = path.join(data, 'roles.json');
    const synced = JSON.parse(await readFile(file, 'utf8'));
    const viewer = synced.roles.find(({ name }: { name: string }) => name === 'roles/run.viewer');
    viewer.includedPermissions.push('run.services.setIamPolicy');
    await writeFile(file, JSON.stringify(synced));
    const next = await TestPlane.start({ data, args: ['--runtime', 'none'] });
    try {
      const { body } = await next.api(OWNER, 'GET', 'iam.googleapis.com/v1/roles/run.viewer');
      expect(at(body, 'includedPermissions')).toContain('run.services.setIamPolicy');
    } finally {
      await next.dispose();
    }
    await writeFile(token, 'expired');
    const refused = await sync('--access-token-file', token);
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('The IAM API answered 401'),
    });
  });
});
