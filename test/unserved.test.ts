/** gcloud commands that need APIs which Sekisho does not serve: they end at once, saying what to do instead. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, TestPlane } from './support/plane.js';
import { OWNER } from './support/world.js';

const PROJECT = 'myproject-a';
let plane: TestPlane;
let source: string;

beforeAll(async () => {
  plane = await TestPlane.start({ args: ['--runtime', 'none'] });
  source = await mkdtemp(path.join(tmpdir(), 'sekisho-source-'));
  await writeFile(path.join(source, 'package.json'), '{"name":"x","main":"index.js"}');
  await writeFile(path.join(source, 'index.js'), "require('http').createServer().listen(8080)");
  await writeFile(path.join(source, 'Dockerfile'), 'FROM scratch\n');
  await must(plane.gcloud(OWNER, `projects create ${PROJECT}`));
  await must(plane.gcloud(OWNER, `services enable run.googleapis.com --project ${PROJECT}`));
});
afterAll(async () => {
  await plane.dispose();
  await rm(source, { recursive: true, force: true });
});

const BUILD = 'build the image on this machine, push it to the registry';

describe('gcloud', () => {
  it.each([
    [
      'run deploy x --region us-central1',
      /^ERROR: \(gcloud\.run\.deploy\) UNIMPLEMENTED: cloudbuild\.googleapis\.com is not served by Sekisho/m,
      `Sekisho builds nothing from source: ${BUILD}`,
    ],
    [
      'functions deploy f --gen2 --runtime nodejs20 --entry-point f --trigger-http --region us-central1',
      /^ERROR: \(gcloud\.functions\.deploy\) .*cloudfunctions\.googleapis\.com is not served by Sekisho/m,
      'Sekisho runs no functions: build an image of the function',
    ],
    [
      'builds submit --tag us-central1-docker.pkg.dev/myproject-a/r/i',
      /^ERROR: \(gcloud\.builds\.submit\) UNIMPLEMENTED: storage\.googleapis\.com is not served by Sekisho/m,
      `Instead of building there, ${BUILD}`,
    ],
  ])('%s, from source, says that nothing is built and what to do', async (line, refusal, advice) => {
    const from = line.startsWith('builds') ? [source] : ['--source', source];
    const args = [...line.split(' '), ...from, '--project', PROJECT, '--quiet'];
    const { code, stderr } = await plane.gcloud(OWNER, args);
    expect(code).toBe(1);
    expect(stderr).toMatch(refusal);
    expect(stderr).toContain(advice);
    // What gcloud prints when it has given up on an outage, or on itself.
    expect(stderr).not.toMatch(/HttpError|Traceback|crashed/);
  });
});
