import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckRequest, checkDeployOn, type Source } from '../../checkpoint/index.js';
import { A, deploy, GooglePlane, IMAGE, NOW } from './testing-google.js';

const OWNER = 'user:owner@example.com';

let google: GooglePlane;

beforeAll(async () => {
  google = await GooglePlane.start();
});
afterAll(() => google?.stop());

async function reportOf(source: Source, request: CheckRequest) {
  const { report } = await checkDeployOn(request, source, { time: NOW });
  return report;
}

describe('live Google Cloud, played by a plane under its own host names', () => {
  it.each([
    ['who has it all', deploy('user:alice@example.com')],
    ['who has it by groups in groups', deploy('user:bob@example.com')],
    ['who has it by a condition on tags and time', deploy('user:carol@example.com')],
    ['whom a deny policy keeps out', deploy('user:dave@example.com')],
    ['who has nothing', deploy('user:eve@example.com')],
    ['whom a boundary keeps out', deploy('serviceAccount:deployer@myproject-c.iam.gserviceaccount.com')],
    ['an image that is missing', deploy('user:alice@example.com', { images: [`${IMAGE}:v9`] })],
    ['a job', deploy('user:alice@example.com', { kind: 'job' })],
    ['the default account', { ...deploy('user:alice@example.com'), kind: 'workerPool' as const }],
    [
      'secrets',
      deploy('user:alice@example.com', {
        secrets: [
          { env: 'DB', name: 'db-password', version: 'latest' },
          { env: 'OLD', name: 'db-password', version: '7' },
        ],
      }),
    ],
  ])('judges as the plane itself does: %s', async (_, request) => {
    const [live, own] = await Promise.all([
      reportOf(google.source(OWNER), request),
      reportOf(await google.own(), request),
    ]);
    expect(live).toEqual(own);
  });

  it('lets organization-wide viewers check, who need no write access', async () => {
    const report = await reportOf(google.source('user:viewer@example.com'), deploy('user:alice@example.com'));
    expect(report.requirements.filter(({ verdict }) => verdict === 'unknown')).toEqual([]);
  });
});

describe('what the caller may not see', () => {
  it('is unknown, with the permission that lacks and who lacks it', async () => {
    const source = google.source('user:eve@example.com');
    expect(await source.project(A)).toEqual({
      unknown: true,
      why: `eve@example.com lacks resourcemanager.projects.get on projects/${A} (or it does not exist)`,
    });
  });
});
