import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CheckReport,
  type CheckRequest,
  checkDeployOn,
  UnresolvableDeploy,
} from '../../checkpoint/index.js';
import { checkDeploy } from '../../deployments/index.js';
import type { EstateDocument } from '../../estate-file/index.js';
import { GoogleError } from '../../google/index.js';
import { Closers } from '../closers.js';
import { estates } from '../estate/testing-estates.js';
import { planeOptions } from '../options.js';
import { openRooms, type Rooms } from '../rooms.js';
import { estateSource } from './estate-source.js';
import { roomsSource } from './rooms-source.js';

const OWNER = 'user:owner@example.com';
const NOW = new Date('2026-01-02T03:04:05.678Z');
/** Milliseconds; each run builds a plane. */
const LONG = 60_000;

let dataDir = '';

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'sekisho-source-'));
});

afterAll(() => rm(dataDir, { recursive: true, force: true }));

const fileOf = (estate: EstateDocument) => ({ name: 'estate.json', text: JSON.stringify(estate) });

async function withRooms(estate: EstateDocument, use: (rooms: Rooms) => Promise<void>): Promise<void> {
  const closers = new Closers();
  try {
    const options = { memory: true, runtime: 'none' as const, owner: OWNER, clock: () => NOW };
    const rooms = await openRooms(planeOptions({ dataDir, ...options, estate: [fileOf(estate)] }), closers);
    await use(rooms);
  } finally {
    await closers.close();
  }
}

/** What the plane itself says; undefined where it refuses to say. */
async function ownWord(request: CheckRequest, rooms: Rooms): Promise<CheckReport | undefined> {
  const { store, access, identity, registry, secrets } = rooms;
  const source = roomsSource('the plane', rooms);
  const deps = { store, access, accounts: identity.accounts, puller: registry.puller, secrets, source };
  try {
    return await checkDeploy(request, { ...deps, imageReadCheck: 'enforce', platform: 'linux/amd64' }, NOW);
  } catch (error) {
    if (error instanceof GoogleError) return undefined;
    throw error;
  }
}

async function bySource(
  request: CheckRequest,
  source: Parameters<typeof checkDeployOn>[1],
): Promise<CheckReport | undefined> {
  try {
    return (await checkDeployOn(request, source, { time: NOW })).report;
  } catch (error) {
    if (error instanceof UnresolvableDeploy) return undefined;
    throw error;
  }
}

/** What depends on an image or secret that its reader may not read, a plane leaves open, and a source need not. */
const LEFT_OPEN: ReadonlySet<unknown> = new Set(['agent-cannot-read', 'runtime-cannot-read']);

function verdicts(report: CheckReport | undefined, open: ReadonlySet<string>) {
  if (!report) return undefined;
  const rows = report.requirements.map((row) => ({
    key: keyOf(row),
    verdict: row.verdict,
    message: row.message,
  }));
  return { verdict: report.verdict, rows: rows.filter(({ key }) => !open.has(key)) };
}

const keyOf = ({ id, principal, resource, permission }: CheckReport['requirements'][number]) =>
  [id, principal, resource, permission].join(' ');

function leftOpen(report: CheckReport | undefined): ReadonlySet<string> {
  const open = report?.requirements.filter(({ evidence }) =>
    evidence.some((each) => each.kind === 'unknown' && LEFT_OPEN.has(each.cause)),
  );
  return new Set(open?.map(keyOf));
}

const projects = ['project-a', 'project-b', 'project-c', 'project-x'];
const people = [
  ...['alice', 'bob', '0', 'owner'].map((name) => `user:${name}@example.com`),
  'serviceAccount:runtime@project-x.iam.gserviceaccount.com',
];

const requests: fc.Arbitrary<CheckRequest> = fc.record(
  {
    kind: fc.constantFrom('service', 'job', 'workerPool'),
    apiVersion: fc.constantFrom('v1', 'v2'),
    name: fc.constantFrom('web', 'nightly'),
    project: fc.constantFrom(...projects),
    region: fc.constantFrom('asia-northeast1', 'us-central1'),
    as: fc.constantFrom(...people),
    images: fc.array(
      fc.constantFrom(
        'asia-northeast1-docker.pkg.dev/project-a/docker/app',
        'us-central1-docker.pkg.dev/project-b/images/app:v1',
        'us-docker.pkg.dev/cloudrun/container/hello',
        'nginx',
      ),
      { minLength: 1, maxLength: 2 },
    ),
    serviceAccount: fc.constantFrom(
      'runtime@project-a.iam.gserviceaccount.com',
      'builder@project-x.iam.gserviceaccount.com',
    ),
    secrets: fc.subarray([
      { mount: '/etc/missing', name: 'missing', version: '1' },
      { env: 'PASSWORD', name: 'db-password', version: 'latest' },
      { mount: '/etc/db', name: 'db-password', version: '1' },
    ]),
    allowUnauthenticated: fc.boolean(),
  },
  { requiredKeys: ['kind', 'apiVersion', 'name', 'project', 'region', 'as', 'images'] },
);

/** What an estate of the arbitrary ones has besides: who is denied, and whom boundaries hold. */
function governed(estate: EstateDocument): EstateDocument {
  const { organization } = estate;
  const rule = {
    deniedPrincipals: ['principal://goog/subject/alice@example.com'],
    deniedPermissions: ['run.googleapis.com/services.create', 'run.googleapis.com/jobs.create'],
  };
  if (!organization) return estate;
  return {
    ...estate,
    organization: {
      ...organization,
      denyPolicies: [{ id: 'no-alice', rules: [rule] }],
      principalAccessBoundaryPolicies: [
        {
          id: 'at-home',
          rules: [{ resources: ['//cloudresourcemanager.googleapis.com/folders/20'] }],
          enforcementVersion: '1',
          policyBindings: [{ id: 'ours', target: '//cloudresourcemanager.googleapis.com/organizations/10' }],
        },
      ],
    },
  };
}

describe('a plane as a source', () => {
  it(
    'has every deploy judged as the plane judges it, in the same words',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          estates,
          fc.boolean(),
          fc.array(requests, { minLength: 20, maxLength: 20 }),
          async (estate, withGovernance, asked) => {
            await withRooms(withGovernance ? governed(estate) : estate, async (rooms) => {
              const source = roomsSource('the plane', rooms);
              for (const request of asked) {
                const own = await ownWord(request, rooms);
                const open = leftOpen(own);
                expect(verdicts(await bySource(request, source), open)).toEqual(verdicts(own, open));
              }
            });
          },
        ),
        { numRuns: 6 },
      );
    },
    LONG,
  );

  it('gives nobody anything in a project that is shut down', async () => {
    const estate: EstateDocument = {
      projects: [
        { id: 'project-a', services: ['run.googleapis.com', 'artifactregistry.googleapis.com'] },
        { id: 'project-b', repositories: [{ id: 'images', location: 'us-central1' }] },
      ],
    };
    await withRooms(estate, async (rooms) => {
      const project = await rooms.access.projects.get('project-b');
      if (!project) throw new Error('no project');
      await rooms.store.commit([rooms.access.projects.update({ ...project, state: 'DELETE_REQUESTED' })]);
      const request: CheckRequest = {
        ...{ kind: 'service', apiVersion: 'v2', name: 'web', project: 'project-a', region: 'us-central1' },
        as: OWNER,
        images: ['us-central1-docker.pkg.dev/project-b/images/app:v1'],
      };
      const report = await bySource(request, roomsSource('the plane', rooms));
      expect(report?.verdict).toBe('denied');
      expect(verdicts(report, new Set())).toEqual(verdicts(await ownWord(request, rooms), new Set()));
    });
  });
});

describe('an estate file as a source', () => {
  it(
    'decides as the plane that it makes, images and versions aside',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          estates,
          fc.array(requests, { minLength: 10, maxLength: 10 }),
          async (estate, asked) => {
            await withRooms(estate, async (rooms) => {
              const { source, close } = await estateSource([fileOf(estate)], { owner: OWNER });
              // A file says neither which images nor which versions there are.
              const { manifest, secret } = source;
              const plane = { ...roomsSource('the plane', rooms), manifest, secret };
              for (const request of asked) {
                // Numbers that the file leaves out are drawn by lot, and default accounts are named by them.
                const named = { ...request, serviceAccount: 'builder@project-x.iam.gserviceaccount.com' };
                expect(await bySource(named, source)).toEqual(await bySource(named, plane));
              }
              await close();
            });
          },
        ),
        { numRuns: 3 },
      );
    },
    LONG,
  );

  it('knows the value that a secret is given, and leaves open what the file does not say', async () => {
    const estate: EstateDocument = {
      projects: [
        {
          id: 'project-a',
          services: ['run.googleapis.com', 'secretmanager.googleapis.com'],
          secrets: [{ id: 'told', value: 'x' }, { id: 'untold' }],
        },
      ],
    };
    const { source, close } = await estateSource([fileOf(estate)], { owner: OWNER });
    const secret = (id: string) =>
      source.secret(`//secretmanager.googleapis.com/projects/project-a/secrets/${id}`, 'latest');
    expect(await secret('told')).toBe('present');
    expect(await secret('untold')).toMatchObject({ unknown: true });
    await close();
  });

  it('names what is wrong with a file', async () => {
    const wrong = { name: 'estate.yaml', text: 'projects: [{id: project-a, iam: {}}]' };
    await expect(estateSource([wrong], { owner: OWNER })).rejects.toThrow(/estate\.yaml/);
  });
});
