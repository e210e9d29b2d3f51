import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlane, type TestPlane } from '../../testing/index.js';
import { runCli } from '../test-world.js';

/** Alice deploys from app what lies in images, whose repository Cloud Run's agent of app does not read. */
const estate = (service: string) => `
projects:
  - id: myproject-app
    number: '111'
    services: [run.googleapis.com, iam.googleapis.com]
    iam:
      - { role: roles/run.admin, members: ['group:team@example.com'] }
    defaultServiceAccount:
      iam: [{ role: roles/iam.serviceAccountUser, members: ['user:alice@example.com'] }]
    ${service}
  - id: myproject-images
    services: [artifactregistry.googleapis.com]
    repositories:
      - id: r
        location: us
        iam: [{ role: roles/artifactregistry.reader, members: ['user:alice@example.com'] }]
groups:
  team@example.com: ['user:alice@example.com']
`;
const SERVICE =
  'runServices: [{ id: web, location: us-central1, images: [us-docker.pkg.dev/myproject-images/r/i:v1] }]';

const DENIED = {
  schema: 'sekisho.audit/1',
  totals: { rows: { denied: 1, granted: 0 } },
  rows: [
    {
      ...{ deployer: 'user:alice@example.com', target: { name: 'web' }, denied: 1 },
      first: { id: 'agent-pulls-image' },
    },
  ],
};

let dir: string;
let plane: TestPlane;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-audit-'));
  await writeFile(path.join(dir, 'estate.yaml'), estate(SERVICE));
  plane = await startPlane({
    runtime: 'none',
    estate: [{ name: 'estate.yaml', text: estate(SERVICE) }],
  });
}, 60_000);
afterAll(async () => {
  await plane?.stop();
  await rm(dir, { recursive: true, force: true });
});

const audit = (...args: readonly string[]) =>
  runCli(['audit', '--deployer', 'user:alice@example.com', ...args]);

describe('an audit of a plane', () => {
  it('judges the next deploy of all that is in it', async () => {
    const { status, out, err } = await audit('--data', plane.dataDir, '--format', 'json');
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({ ...DENIED, source: `the plane at ${plane.url}` });
    expect(status).toBe(1);
  });

  it('looks for its images when told to', async () => {
    const { out } = await audit('--data', plane.dataDir, '--known-images', '--format', 'json');
    const { rows } = JSON.parse(out);
    expect(rows[0].denied).toBeGreaterThan(1);
  });
});

describe('an audit of an estate file', () => {
  it('judges the next deploy of all that is in it', async () => {
    const { status, out } = await audit('--source', `estate=${dir}/estate.yaml`, '--format', 'json');
    expect(JSON.parse(out)).toMatchObject(DENIED);
    expect(status).toBe(1);
  });

  it('takes no image to be there when told to look for them', async () => {
    const { out } = await audit('--source', `estate=${dir}/estate.yaml`, '--known-images');
    expect(out).toContain('an estate file does not say which images there are');
  });
});
