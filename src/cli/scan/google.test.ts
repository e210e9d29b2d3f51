import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogScan } from '../../checkpoint/reports/index.js';
import { Reading, scanLogging } from '../../sources/index.js';
import { A, B, GooglePlane, NOW } from '../sources/testing-google.js';

const OWNER = 'user:owner@example.com';
const ENTRIES = 1001;
/** What a container prints is found by the query of a scan, and is about nobody. */
const TEXT = 'User does not have access to image us-docker.pkg.dev/p/r/i';

let google: GooglePlane;

beforeAll(async () => {
  google = await GooglePlane.start();
  const entries = Array.from({ length: ENTRIES }, (_, index) => ({
    insertId: `entry-${index}`,
    severity: 'ERROR',
    textPayload: TEXT,
    timestamp: new Date(NOW.getTime() - 3_600_000 + index).toISOString(),
  }));
  for (const some of [entries.slice(0, 600), entries.slice(600)]) {
    const response = await fetch(`${google.plane.url}/logging.googleapis.com/v2/entries:write`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await google.token(OWNER)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        logName: `projects/${A}/logs/run.googleapis.com%2Fstderr`,
        resource: { type: 'cloud_run_revision', labels: { project_id: A, service_name: 'web' } },
        entries: some,
      }),
    });
    expect(await response.json()).toEqual({});
  }
});
afterAll(() => google?.stop());

async function scanned(as: string, projects: readonly string[], filter?: string) {
  const reading = new Reading();
  const scan = new LogScan();
  const since = new Date(NOW.getTime() - 86_400_000);
  const query = { projects, since, ...(filter === undefined ? {} : { filter }) };
  await scanLogging(query, google.reader(as), scan, reading);
  return { reading, scan };
}

describe('logs of live Google Cloud, played by a plane under its own host names', () => {
  it('are read page by page', async () => {
    const { reading, scan } = await scanned(OWNER, [A, B]);
    expect(reading).toMatchObject({ entries: ENTRIES, problems: [] });
    expect(scan.groups()).toEqual([]);
    expect(scan.elsewhere).toBe(ENTRIES);
  });

  it('are filtered where they are', async () => {
    const { reading } = await scanned(OWNER, [A], 'insertId="entry-7"');
    expect(reading).toMatchObject({ entries: 1, problems: [] });
  });

  it('name the permission that lacks, and who lacks it', async () => {
    const { reading } = await scanned('user:eve@example.com', [A]);
    expect(reading.problems).toEqual([
      {
        where: `projects/${A}`,
        kind: 'unreadable',
        detail: `eve@example.com lacks logging.logEntries.list on projects/${A} (or it does not exist)`,
      },
    ]);
  });
});
