import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckRequest, checkDeployOn, type Source } from '../../checkpoint/index.js';
import { adminCall } from '../../plane/clients/index.js';
import { estateSource } from '../../plane/index.js';
import { planeSource } from '../../sources/index.js';
import { A, B, deploy, GooglePlane, IMAGE, NOW, RUNTIME } from '../sources/testing-google.js';
import { ESTATE_NAME, NO_OWNER, type RehearsalEstate, rehearsalEstate } from './copy.js';
import { stage } from './stage.js';

const OWNER = 'user:owner@example.com';
const ALICE = 'user:alice@example.com';
/** Milliseconds: much is read, and the copy is built. */
const LONG = 60_000;

let google: GooglePlane;
let copy: RehearsalEstate;

beforeAll(async () => {
  google = await GooglePlane.start();
  copy = await rehearsalEstate(google.reader(OWNER), { projects: [A, B], as: OWNER });
}, LONG);
afterAll(() => google?.stop());

async function verdictsOf(source: Source, request: CheckRequest) {
  const { report } = await checkDeployOn(request, source, { time: NOW });
  return {
    verdict: report.verdict,
    rows: report.requirements.map(({ id, principal, permission, resource, verdict }) =>
      [id, principal, permission, resource, verdict].join(' '),
    ),
  };
}

async function copied(estate: RehearsalEstate): Promise<{ source: Source; close(): Promise<void> }> {
  const { source, close } = await estateSource([{ name: ESTATE_NAME, text: estate.text }], {
    owner: NO_OWNER,
    clock: () => NOW,
  });
  // Images are not copied.
  const { manifest } = await google.own();
  return { source: { ...source, manifest }, close };
}

describe('the copy of real projects', () => {
  it('decides as they do', async () => {
    const { source, close } = await copied(copy);
    const own = await google.own();
    const requests = [
      ...['alice', 'bob', 'carol', 'dave', 'eve', 'owner'].map((name) => deploy(`user:${name}@example.com`)),
      deploy('user:alice@example.com', { kind: 'job' }),
      deploy('user:alice@example.com', { images: [`${IMAGE}:v9`] }),
      deploy('user:alice@example.com', {
        secrets: [{ env: 'DB', name: 'db-password', version: 'latest' }],
      }),
      {
        ...deploy('user:alice@example.com'),
        serviceAccount: '891566352225-compute@developer.gserviceaccount.com',
      },
    ];
    for (const request of requests) {
      expect(await verdictsOf(source, request)).toEqual(await verdictsOf(own, request));
    }
    await close();
  });

  it('leaves nothing out without saying so', () => {
    expect(copy.gaps).toEqual([]);
  });

  it('holds a placeholder in place of what a secret holds', () => {
    expect(copy.text).toContain('placeholder');
    expect(JSON.parse(copy.text)).toMatchObject({ organization: { domain: 'example.com' } });
  });

  it('says what the caller may not read', async () => {
    const seen = await rehearsalEstate(google.reader(ALICE), { projects: [A], as: ALICE });
    expect(seen.gaps).toContainEqual(
      expect.stringMatching(
        /^the policy of projects\/myproject-a: alice@example\.com lacks resourcemanager\.projects\.getIamPolicy/,
      ),
    );
  });

  it('takes the user at their word about groups', async () => {
    const groups = { 'Platform@example.com': ['user:Eve@example.com'] };
    const { text } = await rehearsalEstate(google.reader(OWNER), { projects: [A], as: OWNER, groups });
    expect(JSON.parse(text).groups).toEqual({ 'platform@example.com': ['user:eve@example.com'] });
  });

  it('is refused for a project that cannot be seen', async () => {
    const eve = 'user:eve@example.com';
    await expect(rehearsalEstate(google.reader(eve), { projects: [A], as: eve })).rejects.toThrow(
      /myproject-a cannot be copied: eve@example\.com lacks resourcemanager\.projects\.get/,
    );
  });
});

describe('a rehearsal', () => {
  it('runs the command on the copy, tells what was refused, and leaves nothing behind', async () => {
    const temporary = await mkdtemp(path.join(tmpdir(), 'sekisho-test-'));
    let dataDir = '';
    const staged = await stage({
      ...{ estate: copy.text, as: 'user:eve@example.com', project: A, keep: false, runtime: 'none' as const },
      // Without gcloud on the way, which would have to be signed in.
      env: { PATH: temporary, HOME: temporary },
      async run(env, plane) {
        dataDir = plane.dataDir;
        expect(env.HTTPS_PROXY).toBe(plane.url);
        expect(await (await planeSource(plane)).account(RUNTIME)).toMatchObject({ project: A });
        const { token } = await adminCall(plane, 'POST /v1/token', { as: 'user:eve@example.com' });
        const url = `${plane.url}/run.googleapis.com/v2/projects/${A}/locations/asia-northeast1/services?serviceId=web`;
        const { status } = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' },
          body: JSON.stringify({ template: { containers: [{ image: `${IMAGE}:latest` }] } }),
        });
        return status === 403 ? 7 : 0;
      },
    });
    expect(staged.status).toBe(7);
    expect(staged.refusals).toMatchObject([
      {
        principal: 'eve@example.com',
        code: 7,
        denied: [{ permission: 'run.services.create' }],
      },
    ]);
    await expect(readdir(dataDir)).rejects.toThrow(/ENOENT/);
    await rm(temporary, { recursive: true, force: true });
  });
});
