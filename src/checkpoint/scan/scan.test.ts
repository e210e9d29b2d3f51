import { describe, expect, it } from 'vitest';
import { parseImage } from '../../names/index.js';
import * as refusals from '../refusals.js';
import { entryOf, type TestEntry } from './entries.js';
import { scanExitCode, scanReport } from './report.js';
import { LogScan } from './scan.js';

const IMAGE = 'asia-northeast1-docker.pkg.dev/myproject-b/myrepo/app:v1';
const parsed = parseImage(IMAGE);
const image = parsed.ok && parsed.image.registry === 'artifact-registry' ? parsed.image : undefined;
if (!image) throw new Error('no image');
const project = 'myproject-a';
const agent = 'service-891566352225@serverless-robot-prod.iam.gserviceaccount.com';
const warning = refusals.userCannotReadImageWarning(image);
const refusal = refusals.userCannotReadImage({ image, project });
const pull = refusals.agentCannotPull({ image, project, agent });

const READ = { sources: ['log.json'], entries: 9, problems: [], problemCount: 0 };

function scanOf(...entries: readonly unknown[]): LogScan {
  const scan = new LogScan();
  for (const entry of entries) scan.add(entry);
  return scan;
}
const reportOf = (...entries: readonly unknown[]) => scanReport(scanOf(...entries), READ);
const repository =
  '//artifactregistry.googleapis.com/projects/myproject-b/locations/asia-northeast1/repositories/myrepo';

describe('a scan', () => {
  it('groups entries by principal, repository and target, and says what became of the deploys', () => {
    const report = reportOf(
      entryOf({ message: warning, principal: 'alice@example.com', timestamp: '2024-12-02T00:00:00Z' }),
      entryOf({ message: warning, principal: 'alice@example.com', timestamp: '2024-12-01T00:00:00.5Z' }),
      entryOf({ message: refusal, principal: 'alice@example.com', timestamp: '2025-01-16T00:00:00Z' }),
      entryOf({ message: refusal, principal: 'bob@example.com', kind: 'job', name: 'nightly' }),
    );
    expect(report.groups).toEqual([
      {
        id: 'deployer-reads-image',
        principal: 'user:alice@example.com',
        permission: 'artifactregistry.repositories.downloadArtifacts',
        resource: repository,
        target: { kind: 'service', project, location: 'asia-northeast1', name: 'web' },
        outcomes: { warned: 2, refused: 1 },
        count: 3,
        first: '2024-12-01T00:00:00.500Z',
        last: '2025-01-16T00:00:00.000Z',
        image: IMAGE,
      },
      expect.objectContaining({
        principal: 'user:bob@example.com',
        target: expect.objectContaining({ kind: 'job', name: 'nightly' }),
        outcomes: { refused: 1 },
      }),
    ]);
    expect(scanExitCode(report)).toBe(1);
    expect(report.fixes.map(({ gcloud }) => gcloud)).toEqual([
      'gcloud artifacts repositories add-iam-policy-binding myrepo --project=myproject-b --location=asia-northeast1 --member=user:alice@example.com --role=roles/artifactregistry.reader --condition=None',
      'gcloud artifacts repositories add-iam-policy-binding myrepo --project=myproject-b --location=asia-northeast1 --member=user:bob@example.com --role=roles/artifactregistry.reader --condition=None',
    ]);
  });

  it('never takes the agent for the user', () => {
    const entry = entryOf({ message: pull, principal: 'alice@example.com' });
    expect(reportOf(entry).groups).toMatchObject([
      {
        id: 'agent-pulls-image',
        principal: `serviceAccount:${agent}`,
        agentOf: project,
        outcomes: { failed: 1 },
      },
    ]);
  });

  it('finds the failure of a revision in the conditions of what it was answered, and counts the entry once', () => {
    const entry = entryOf({
      message: `Ready condition status changed to False for Service web with message: ${pull}`,
    });
    const response = { metadata: { namespace: '891566352225' }, status: { conditions: [{ message: pull }] } };
    expect(reportOf({ ...entry, protoPayload: { ...entry.protoPayload, response } }).groups).toMatchObject([
      { count: 1 },
    ]);
  });

  it('learns the number of an agent that a message does not name', () => {
    const nameless = pull.replaceAll(` ${agent}`, '');
    const alone = reportOf(entryOf({ message: nameless }));
    expect(alone.groups).toMatchObject([{ agentOf: project }]);
    expect(alone.groups[0]).not.toHaveProperty('principal');
    expect(alone.fixes).toEqual([]);
    const report = reportOf(entryOf({ message: nameless }), entryOf({ message: pull }));
    expect(report.groups).toMatchObject([{ principal: `serviceAccount:${agent}`, count: 2 }]);
    expect(report.fixes).toHaveLength(1);
  });

  it.each([
    [
      'of its own project: gives it its role back',
      'runner@myproject-a.iam.gserviceaccount.com',
      'gcloud projects add-iam-policy-binding myproject-a',
      'roles/run.serviceAgent',
    ],
    [
      'of its own project by default',
      '891566352225-compute@developer.gserviceaccount.com',
      'gcloud projects add-iam-policy-binding myproject-a',
      'roles/run.serviceAgent',
    ],
    [
      'of another project',
      'runner@myproject-b.iam.gserviceaccount.com',
      'gcloud iam service-accounts add-iam-policy-binding runner@myproject-b.iam.gserviceaccount.com',
      '',
    ],
  ])('mends an agent that cannot mint tokens for an account %s', (_, account, command, role) => {
    const message = refusals.agentCannotMint(account, agent);
    const { groups, fixes } = reportOf(entryOf({ message, principal: 'alice@example.com' }));
    expect(groups).toMatchObject([
      { id: 'agent-mints-token', principal: `serviceAccount:${agent}`, account },
    ]);
    expect(fixes[0]?.gcloud).toContain(command);
    expect(fixes[0]?.gcloud).toContain(role);
  });

  it('names who impersonated the caller, and callers of identity pools', () => {
    const entry = entryOf({ message: refusal, principal: 'ci@myproject-a.iam.gserviceaccount.com' });
    const subject =
      'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s';
    const delegated = {
      ...entry.protoPayload,
      authenticationInfo: {
        principalEmail: 'ci@myproject-a.iam.gserviceaccount.com',
        serviceAccountDelegationInfo: [{ principalSubject: subject }],
      },
    };
    const direct = { ...entry.protoPayload, authenticationInfo: { principalSubject: subject } };
    const { groups } = reportOf({ ...entry, protoPayload: delegated }, { ...entry, protoPayload: direct });
    expect(groups.map(({ principal, through }) => [principal, through])).toEqual([
      [subject, undefined],
      ['serviceAccount:ci@myproject-a.iam.gserviceaccount.com', [subject]],
    ]);
  });

  it('does not count what containers print, nor what the registry tells others', () => {
    const { resource } = entryOf({ message: '' });
    const line = (log: string) => ({
      logName: `projects/myproject-a/logs/run.googleapis.com%2F${log}`,
      resource,
      timestamp: '2025-02-01T00:00:00Z',
      textPayload: pull,
    });
    const denied = `Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "projects/b/locations/us/repositories/r" (or it may not exist)`;
    const puller = entryOf({ message: denied, principal: 'alice@example.com' });
    const registry: TestEntry = {
      ...puller,
      protoPayload: { ...puller.protoPayload, serviceName: 'artifactregistry.googleapis.com' },
    };
    const { elsewhere, groups } = reportOf(line('stdout'), registry, line('varlog%2Fsystem'), puller);
    expect(elsewhere).toBe(2);
    expect(groups.map(({ id, principal }) => [id, principal])).toEqual([
      ['agent-pulls-image', `serviceAccount:${agent}`],
      ['deployer-reads-image', 'user:alice@example.com'],
    ]);
  });

  it('keeps no more groups than it may, and says how many entries it could not tell apart', () => {
    const scan = new LogScan(2);
    for (const name of ['a', 'b', 'c', 'd', 'a'])
      scan.add(entryOf({ message: refusal, principal: `${name}@example.com` }));
    const report = scanReport(scan, READ);
    expect(report).toMatchObject({ ungrouped: 2, complete: false, groups: [{ count: 2 }, { count: 1 }] });
    expect(scanExitCode(report)).toBe(2);
  });

  it('tells what is no log entry', () => {
    const scan = new LogScan();
    expect([scan.add({}), scan.add(null), scan.add('x'), scan.add({ logName: 'x' })]).toEqual(
      Array(4).fill('no-entry'),
    );
    expect(scan.add({ logName: 'x', resource: {} })).not.toBe('no-entry');
  });
});
