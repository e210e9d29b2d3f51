/** How fast a log is scanned, beside what merely looks at its bytes, and how much memory that takes. */
import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LogScan } from '../src/checkpoint/reports/index.js';
import { logFilesAt, Reading, scanFiles } from '../src/sources/index.js';
import { measured } from './measured.js';
import type { BenchResult } from './result.js';

/** `SEKISHO_BENCH_LINES=10000000` for the whole length. */
const LINES = Number(process.env.SEKISHO_BENCH_LINES ?? 1_000_000);
/** One line in so many says that somebody lacked something. */
const EVERY = 1000;
const PRINCIPALS = 200;
const RSS_BAR = 300;

const TEXT = 'User does not have access to image us-docker.pkg.dev/my-images/repo/app:v1';

function line(index: number): string {
  const denied = index % EVERY === 0;
  const status = denied ? { code: 403, message: TEXT } : {};
  return `${JSON.stringify({
    insertId: index.toString(36),
    logName: 'projects/my-project/logs/cloudaudit.googleapis.com%2Factivity',
    resource: {
      type: 'cloud_run_revision',
      labels: { project_id: 'my-project', location: 'us-central1', service_name: `web-${index % 50}` },
    },
    severity: denied ? 'ERROR' : 'NOTICE',
    timestamp: new Date(1_733_000_000_000 + index).toISOString(),
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'run.googleapis.com',
      methodName: 'google.cloud.run.v1.Services.ReplaceService',
      authenticationInfo: { principalEmail: `user-${((index / EVERY) % PRINCIPALS) | 0}@example.com` },
      authorizationInfo: [
        { granted: true, permission: 'run.services.update', resource: 'namespaces/my-project/services/web' },
      ],
      requestMetadata: {
        callerIp: '203.0.113.7',
        callerSuppliedUserAgent: 'google-cloud-sdk gcloud/528.0.0',
      },
      status,
    },
  })}\n`;
}

async function writeLog(file: string): Promise<void> {
  const handle = await open(file, 'w');
  const block = 10_000;
  for (let index = 0; index < LINES; index += block) {
    const lines = Array.from({ length: Math.min(block, LINES - index) }, (_, offset) => line(index + offset));
    await handle.write(lines.join(''));
  }
  await handle.close();
}

/** The time of splitting into lines and nothing else. */
async function split(file: string): Promise<void> {
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let at = piece.indexOf(0x0a);
    while (at >= 0) at = piece.indexOf(0x0a, at + 1);
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Runs the benchmark; about fifteen seconds for a million lines. */
export async function run(): Promise<BenchResult[]> {
  const dir = await mkdtemp(path.join(tmpdir(), 'sekisho-bench-scan-'));
  try {
    const file = path.join(dir, 'log.json');
    await writeLog(file);
    const { size } = await stat(file);
    const bare = await seconds(() => split(file));
    const grep = await seconds(async () => spawnSync('grep', ['-c', 'does not have access to image', file]));
    const scan = new LogScan();
    const files = await logFilesAt([file]);
    const took = await seconds(() => scanFiles(files, scan, new Reading(), () => {}));
    // The command by itself: what this process holds besides is not the scan's.
    const { megabytes: rss } = await measured(['bin/sekisho.js', 'scan', file]);
    const found = scan.groups().reduce((sum, { count }) => sum + count, 0);
    return [
      {
        name: `scan of ${LINES.toLocaleString('en-US')} lines`,
        value: Math.round(LINES / took),
        unit: 'lines per second',
      },
      { name: 'of bytes', value: Math.round(size / 1e6 / took), unit: 'MB per second' },
      {
        name: 'entries found',
        value: found,
        unit: '',
        bar: `= ${Math.ceil(LINES / EVERY)}`,
        ok: found === Math.ceil(LINES / EVERY),
      },
      {
        name: 'most memory of the process',
        value: Math.round(rss),
        unit: 'MB',
        bar: `< ${RSS_BAR}`,
        ok: rss < RSS_BAR,
      },
      { name: 'time, over that of splitting into lines', value: Number((took / bare).toFixed(2)), unit: '×' },
      { name: 'time, over that of grep -c', value: Number((took / grep).toFixed(2)), unit: '×' },
    ];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
