import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnose, type Finding } from '../../plane/index.js';
import { runCli } from '../test-world.js';
import { page } from './index.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-doctor-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const named = (findings: readonly Finding[], name: string) =>
  findings.find((finding) => finding.name === name);

describe('sekisho doctor', () => {
  it('gives its findings to programs, with a status that says whether something is missing', async () => {
    const { status, out, err } = await runCli(
      ['doctor', '--format', 'json', '--data', path.join(dir, 'new')],
      {
        env: process.env,
      },
    );
    const report = JSON.parse(out);
    expect({ err, schema: report.schema }).toEqual({ err: '', schema: 'sekisho.doctor/1' });
    const missing = report.findings.filter(({ state }: Finding) => state === 'missing');
    expect(status).toBe(missing.length === 0 ? 0 : 1);
    expect(named(report.findings, 'Node.js')).toEqual({
      name: 'Node.js',
      state: 'ok',
      found: process.versions.node,
    });
  });

  it('names what brings a client that is not there', async () => {
    const findings = await diagnose({ dataDir: dir, env: { PATH: dir } });
    expect(named(findings, 'skopeo')).toEqual({
      name: 'skopeo',
      state: 'optional',
      found: 'not on PATH',
      remedy: 'sudo apt-get install skopeo',
    });
  });

  it('tells a client that does not work from one that is not there', async () => {
    const broken = path.join(dir, 'skopeo');
    await writeFile(broken, '#!/bin/sh\necho broken >&2\nexit 3\n');
    await chmod(broken, 0o755);
    const findings = await diagnose({ dataDir: dir, env: { PATH: dir } });
    expect(named(findings, 'skopeo')).toMatchObject({
      state: 'optional',
      found: expect.stringContaining(`${broken} does not work`),
    });
    await rm(broken);
  });

  it('says that a data directory which is a file cannot be used', async () => {
    const file = path.join(dir, 'file');
    await writeFile(file, '');
    const findings = await diagnose({ dataDir: file, env: { PATH: dir } });
    expect(named(findings, 'data directory')).toEqual({
      name: 'data directory',
      state: 'missing',
      found: `${file} is no directory`,
      remedy: 'sekisho start --data DIR',
    });
  });
});

describe('the page', () => {
  const findings: readonly Finding[] = [
    { name: 'crun', state: 'missing', found: 'not installed', remedy: 'apt-get install crun' },
    { name: 'skopeo', state: 'optional', found: 'not on PATH' },
    { name: 'tar', state: 'ok', found: 'tar 1.34' },
  ];

  it('puts the command that mends beneath what is missing', () => {
    expect(page(findings, { language: 'en', colour: false })).toBe(
      `✗ crun    not installed
          → apt-get install crun
– skopeo  not on PATH
✓ tar     tar 1.34

One thing is missing (✗); what is marked – is needed for some uses only.
`,
    );
  });

  it('speaks Japanese', () => {
    expect(page(findings.slice(2), { language: 'ja', colour: false })).toBe(
      '✓ tar  tar 1.34\n\nこのマシンでプレーンもコンテナも動かせます。\n',
    );
  });
});
