/** What services, jobs and worker pools write, as gcloud reads it and as Google's library for Node.js tails it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { deployed, pushDirect } from './support/deploys.js';
import { NAMING_SERVER, shellImage } from './support/images.js';
import { must, ROOT, TestPlane } from './support/plane.js';
import { newProject, newRepository } from './support/policies.js';
import { at, listAt, Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { SOON } from './support/traces.js';
import { visit } from './support/visit.js';
import { OWNER, REGION } from './support/world.js';

const P = 'logs-project';
const TRACE = randomBytes(16).toString('hex');
const STRUCTURED = JSON.stringify({
  severity: 'WARNING',
  message: 'structured',
  component: { nested: [1, { deep: true }] },
  'logging.googleapis.com/trace': `projects/${P}/traces/${TRACE}`,
  'logging.googleapis.com/labels': { team: 'red' },
  'logging.googleapis.com/sourceLocation': { file: 'main.sh', line: '7' },
});

describe.runIf(canRun('gcloud', 'crun'))('logs', () => {
  let plane: TestPlane;
  let rest: Rest;
  let image: string;
  const tails: ChildProcess[] = [];

  beforeAll(async () => {
    plane = await TestPlane.start();
    rest = new Rest(plane);
    await newProject(plane, P, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
    await newRepository(plane, P, 'images');
    image = `${REGION}-docker.pkg.dev/${P}/images/script:latest`;
    await pushDirect(rest, OWNER, await shellImage('eval "$SCRIPT"'), image);
  });
  afterEach(() => {
    for (const tail of tails.splice(0)) tail.kill();
  });
  afterAll(() => plane?.dispose());

  const gcloud = (line: readonly string[]) =>
    plane.gcloud(OWNER, [...line, '--project', P, ...(line.includes('run') ? ['--region', REGION] : [])]);
  const out = async (...line: string[]) => (await must(gcloud(line))).stdout;
  const entries = async (filter: string): Promise<readonly unknown[]> =>
    listAt(
      await rest.ok(OWNER, 'POST', 'logging.googleapis.com/v2/entries:list', {
        resourceNames: [`projects/${P}`],
        filter,
      }),
      'entries',
    );
  const found = (filter: string) =>
    vi.waitFor(async () => {
      const all = await entries(filter);
      expect(all.length).toBeGreaterThan(0);
      return all;
    }, SOON);

  it('of a service: lines, structured lines, and the requests of their trace', async () => {
    const script = `echo plain line; echo to stderr >&2; echo "$STRUCTURED"; ${NAMING_SERVER}`;
    const { service, ready } = await deployed(rest, {
      project: P,
      name: 'web',
      image,
      env: { SCRIPT: script, STRUCTURED },
      metadata: { annotations: { 'run.googleapis.com/invoker-iam-disabled': 'true' } },
    });
    expect(ready).toBe(true);
    const url = String(at(service, 'status', 'url'));
    const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    expect((await visit(plane, `${url}/index.html?q=1`, { headers })).status).toBe(200);
    await found('logName:requests');

    const [structured] = await found('jsonPayload.message="structured"');
    expect(structured).toMatchObject({
      logName: `projects/${P}/logs/run.googleapis.com%2Fstdout`,
      severity: 'WARNING',
      trace: `projects/${P}/traces/${TRACE}`,
      labels: { team: 'red', instanceId: expect.stringMatching(/./) },
      sourceLocation: { file: 'main.sh', line: '7' },
      jsonPayload: { message: 'structured', component: { nested: [1, { deep: true }] } },
      resource: { type: 'cloud_run_revision', labels: { service_name: 'web', location: REGION } },
    });
    const correlated = await entries(`trace="projects/${P}/traces/${TRACE}"`);
    expect(correlated.map((entry) => String(at(entry, 'logName')).split('%2F').at(-1)).sort()).toEqual([
      'requests',
      'stdout',
    ]);
    expect(correlated).toContainEqual(
      expect.objectContaining({
        spanId: '00f067aa0ba902b7',
        httpRequest: expect.objectContaining({ requestUrl: `${url}/index.html?q=1`, status: 200 }),
      }),
    );

    // gcloud 528 fails of entries without text (FormatLog in its formatter.py): it is asked for the others.
    const text = ['--log-filter', 'NOT jsonPayload:*'];
    const read = await out('run', 'services', 'logs', 'read', 'web', ...text);
    expect(read).toContain('plain line');
    expect(read).toContain('to stderr');
    expect(read).toContain(`GET 200 ${url}/index.html?q=1`);
    const shown = ['--format', 'value(jsonPayload.component.nested)'];
    expect(await out('logging', 'read', 'severity=WARNING AND logName:stdout', ...shown)).toContain('deep');
  });

  it('of a job and of one execution, with the task they come from', async () => {
    const script = 'echo "task $CLOUD_RUN_TASK_INDEX"; exit 0';
    const deploy = ['run', 'jobs', 'deploy', 'batch', '--image', image, '--tasks', '2'];
    await must(gcloud([...deploy, '--set-env-vars', `SCRIPT=${script}`]));
    const executed = await out(
      'run',
      'jobs',
      'execute',
      'batch',
      '--wait',
      '--format',
      'value(metadata.name)',
    );
    const execution = executed.trim();
    const lines = await found(
      `labels."run.googleapis.com/execution_name"="${execution}" AND textPayload:task`,
    );
    expect(
      lines
        .map((line) => [at(line, 'textPayload'), at(line, 'labels', 'run.googleapis.com/task_index')])
        .sort(),
    ).toEqual([
      ['task 0', '0'],
      ['task 1', '1'],
    ]);
    const read = await out('run', 'jobs', 'logs', 'read', 'batch');
    expect(read).toContain('task 0');
    expect(read).toContain('task 1');
    expect(await out('beta', 'run', 'jobs', 'executions', 'logs', 'read', execution)).toContain('task 1');
    const logging = ['logging', 'read', 'resource.type="cloud_run_job" AND "task 0"'];
    expect(await out(...logging, '--format', 'value(textPayload)')).toBe('task 0\n');
  });

  it('of a worker pool', async () => {
    const script = 'echo at work; trap "exit 0" TERM; while true; do sleep 1; done';
    const deploy = ['beta', 'run', 'worker-pools', 'deploy', 'pool', '--image', image];
    await must(gcloud([...deploy, '--set-env-vars', `SCRIPT=${script}`]));
    await found('resource.type="cloud_run_worker_pool" AND "at work"');
    // This command knows no --region: it takes the property.
    const read = plane.as(OWNER, 'gcloud', ['alpha', 'run', 'worker-pools', 'logs', 'read', 'pool'], {
      env: { CLOUDSDK_CORE_PROJECT: P, CLOUDSDK_RUN_REGION: REGION },
    });
    expect((await must(read)).stdout).toContain('at work');
  });

  describe('tailed', () => {
    /** A tail by the library, and what it has printed. */
    async function tail(member: string, filter: string) {
      const env = await plane.environment(member);
      const script = path.join(ROOT, 'test/support/client-tail.mjs');
      const child = spawn(process.execPath, [script, P, filter], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      tails.push(child);
      const printed: unknown[] = [];
      createInterface(child.stdout).on('line', (line) => printed.push(JSON.parse(line)));
      return printed;
    }
    const say = (text: string) =>
      rest.ok(OWNER, 'POST', 'logging.googleapis.com/v2/entries:write', {
        entries: [{ logName: `projects/${P}/logs/said`, resource: { type: 'global' }, textPayload: text }],
      });

    it('come as they are written, whoever writes them', async () => {
      const printed = await tail(OWNER, 'resource.type="cloud_run_job" OR logName:said');
      // Nothing says when a tail has begun: what it hears first does.
      await vi.waitFor(async () => {
        await say('anybody there?');
        expect(printed).toContainEqual(expect.objectContaining({ data: 'anybody there?' }));
      }, SOON);
      const deploy = ['run', 'jobs', 'deploy', 'teller', '--image', image, '--execute-now', '--wait'];
      await must(gcloud([...deploy, '--set-env-vars', 'SCRIPT=echo told']));
      const told = { type: 'cloud_run_job', data: 'told' };
      await vi.waitFor(() => expect(printed).toContainEqual(expect.objectContaining(told)), SOON);
    });

    it('are refused to who may not read them', async () => {
      const printed = await tail('stranger@example.com', '');
      await vi.waitFor(
        () =>
          expect(printed).toEqual([
            { code: 7, message: expect.stringContaining('Permission denied for all log views') },
          ]),
        SOON,
      );
    });
  });
});
