/**
 * Audits of exports so large that threads read them and judge them: what the command says is what one thread comes to
 * in this process, where nothing was built and there are none.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditReport } from '../src/checkpoint/index.js';
import { auditAssets } from '../src/sources/assets/index.js';
import { arbitraryExports } from '../src/sources/assets/testing-exports.js';
import { ROOT, run, SEKISHO } from './support/plane.js';

const MEGABYTE = 1024 * 1024;
/** Lines that cost nothing but their bytes. */
const PADDING = JSON.stringify({
  name: '//compute.googleapis.com/projects/filler/zones/z/instances/i',
  asset_type: 'compute.googleapis.com/Instance',
  resource: { data: { metadata: 'é'.repeat(10_000) } },
});

/** Assets of many projects, in all of which something is deployed, and of some that are not as they should be. */
function estate(): string[] {
  const made = fc.sample(arbitraryExports, { seed: 7, numRuns: 30 });
  const odd = made.flatMap((files) => files.flatMap(({ values }) => values));
  const projects = Array.from({ length: 24 }, (_, index) => project(index)).flat();
  return [...projects, ...odd].map((asset) => JSON.stringify(asset));
}

function project(index: number): object[] {
  const id = `p-${index}`;
  const number = `1000${index}`;
  const ancestors = [`projects/${number}`, 'folders/7', 'organizations/9'];
  const name = `//cloudresourcemanager.googleapis.com/projects/${index % 2 === 0 ? id : number}`;
  const about = { name, asset_type: 'cloudresourcemanager.googleapis.com/Project', ancestors };
  const bindings = [
    { role: 'roles/run.developer', members: ['user:alice@example.com', `user:u${index}@example.com`] },
  ];
  const containers = [{ image: `us-docker.pkg.dev/${id}/r/app` }];
  const services = Array.from({ length: 40 + index }, (_, service) => ({
    name: `//run.googleapis.com/projects/${id}/locations/us-central1/services/s${service}`,
    asset_type: 'run.googleapis.com/Service',
    ancestors,
    resource: {
      data: { template: { containers, serviceAccount: `sa${service % 3}@${id}.iam.gserviceaccount.com` } },
    },
  }));
  return [
    { ...about, resource: { data: { projectId: id, projectNumber: number } } },
    { ...about, iam_policy: { bindings } },
    ...services,
  ];
}

/** The lines, with others between them, until there are so many bytes. */
function padded(lines: readonly string[], bytes: number): string[] {
  const each = Math.ceil(bytes / Buffer.byteLength(PADDING) / lines.length);
  return lines.flatMap((line) => [line, ...Array.from({ length: each }, () => PADDING)]);
}

let folder = '';
beforeAll(async () => {
  // Without it the command would read and judge in one thread, and be compared with itself.
  expect(existsSync(path.join(ROOT, 'dist/assets-worker.js'))).toBe(true);
  folder = await mkdtemp(path.join(tmpdir(), 'sekisho-threads-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const audited = (source: string) =>
  run(SEKISHO, ['audit', '--source', `assets=${source}`, '--format', 'json']);

/** What one thread makes of it, at the time of another report. */
const alone = (source: string, { time }: Pick<AuditReport, 'time'>): Promise<AuditReport> =>
  auditAssets(source, {
    assume: [],
    audit: { time: new Date(time), images: 'assumed', assumed: [], limit: 50 },
  });

describe('an audit by threads', () => {
  it('is the audit by one, of files plain and packed, with marks, blank lines and ends of other kinds', async () => {
    const export_ = path.join(folder, 'export');
    await mkdir(export_);
    const lines = estate();
    const part = (index: number) => lines.filter((_, at) => at % 4 === index);
    const file = (name: string, content: string | Buffer) => writeFile(path.join(export_, name), content);
    await file('a.json', padded(part(0), 17 * MEGABYTE).join('\n'));
    await file('b.json.gz', gzipSync(`${padded(part(1), 9 * MEGABYTE).join('\n')}\n`));
    await file('c.json', `\r\n${padded(part(2), 5 * MEGABYTE).join('\r\n')}\r\n\r\n`);
    await file('d.json', `\ufeff${part(3).join('\n\n')}\n`);
    const { code, stdout, stderr } = await audited(export_);
    expect([code, stderr]).toEqual([1, '']);
    const report = JSON.parse(stdout) as AuditReport;
    expect(report.rows.length).toBeGreaterThan(2000);
    expect(report).toEqual(JSON.parse(JSON.stringify(await alone(export_, report))));
  });

  it('names the file and the line of what is no JSON, however far in', async () => {
    const broken = path.join(folder, 'broken.json');
    const lines = padded(estate(), 17 * MEGABYTE);
    const middle = Math.floor(lines.length / 2);
    lines.splice(10, 0, '', '');
    lines[middle] = '{"name": "//run.googleapis.com/';
    await writeFile(broken, lines.join('\n'));
    const { code, stdout, stderr } = await audited(broken);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain(`${broken}:${middle + 1}`);
    await expect(alone(broken, { time: '2025-01-01T00:00:00Z' })).rejects.toThrow(`${broken}:${middle + 1}`);
  });
});
