/** What gcloud prints of jobs, their executions and tasks. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pushDirect } from './support/deploys.js';
import { shellImage } from './support/images.js';
import { printed, stable } from './support/output.js';
import { must, TestPlane } from './support/plane.js';
import { newProject, newRepository } from './support/policies.js';
import { Rest } from './support/rest.js';
import { canRun } from './support/tools.js';
import { SOON } from './support/traces.js';
import { OWNER, REGION } from './support/world.js';

const P = 'job-commands';
const IMAGE = `${REGION}-docker.pkg.dev/${P}/images/job:latest`;

describe.runIf(canRun('gcloud', 'crun'))('gcloud run jobs', () => {
  let plane: TestPlane;
  let number: string;

  beforeAll(async () => {
    plane = await TestPlane.start();
    number = await newProject(plane, P, ['run.googleapis.com', 'artifactregistry.googleapis.com']);
    await newRepository(plane, P, 'images');
    await pushDirect(new Rest(plane), OWNER, await shellImage('eval "$SCRIPT"'), IMAGE);
  });
  afterAll(() => plane?.dispose());

  const jobs = (line: string | readonly string[]) => {
    const words = typeof line === 'string' ? line.split(' ') : line;
    return plane.gcloud(OWNER, ['run', 'jobs', ...words, '--project', P, '--region', REGION]);
  };
  /** What a command prints, without what differs from run to run. */
  const shown = async (line: string, execution = 'batch-none') =>
    stable(printed(await jobs(line)), { [number]: 'NUMBER', [execution]: 'batch-abcde' });
  const newest = async () => {
    const format = '--format=value(metadata.name)';
    return (await must(jobs(`executions list --job batch --limit 1 ${format}`))).stdout.trim();
  };
  /** A description's lines below its status. */
  const container = (tasks: number, script: string) => `
Tasks:           ${tasks}
Parallelism:     1
Container batch-1
  Image:         ${IMAGE}
  Memory:        512Mi
  CPU:           1000m
  Env vars:
    SCRIPT       ${script}
Task Timeout:    1m
Max Retries:     0
Service account: NUMBER-compute@developer.gserviceaccount.com`;

  it('make a job, change it and describe it', async () => {
    const env = ['--set-env-vars', 'SCRIPT=echo hello'];
    await must(jobs(['create', 'batch', '--image', IMAGE, '--tasks', '2', ...env]));
    await must(jobs('update batch --max-retries 0 --parallelism 1 --task-timeout 1m'));
    const { out } = await shown('describe batch');
    expect(out).toContain('✔ Job batch in region asia-northeast1\nExecuted 0 times\nLast updated on 2026-');
    expect(out).toContain(container(2, 'echo hello'));
    expect((await shown('list')).out).toMatch(/^✔ +batch +asia-northeast1 .* owner@example\.com$/m);
  });

  it('run it, and tell of its execution, tasks and output', async () => {
    await must(jobs('execute batch --wait'));
    const name = await newest();
    const { out } = await shown(`executions describe ${name}`, name);
    expect(out).toContain(
      '✔ Execution batch-abcde in region asia-northeast1\n2 tasks completed successfully\n',
    );
    expect(out).toMatch(/✔ Execution completed successfully in [\d.]+s\.$/);
    const tasks = await shown(`executions tasks list --execution ${name}`, name);
    expect(tasks.out.match(/^✔ .*Succeeded +batch-abcde-task[01] /gm)).toHaveLength(2);
    // What containers write comes to the log by itself.
    await vi.waitFor(async () => {
      expect((await shown('logs read batch')).out.match(/ hello$/gm)).toHaveLength(2);
    }, SOON);
  });

  it('run it otherwise, and tell why that failed', async () => {
    const failing = ['--tasks', '1', '--update-env-vars', 'SCRIPT=exit 3'];
    const { code, stderr } = await jobs(['execute', 'batch', '--wait', ...failing]);
    expect(code).toBe(1);
    expect(stderr).toContain('ERROR: (gcloud.run.jobs.execute) The execution failed.');
    const name = await newest();
    const { out } = await shown(`executions describe ${name}`, name);
    expect(out).toContain('0 tasks completed successfully\n1 task failed to complete\n');
    expect(out).toContain(container(1, 'exit 3'));
    expect(out.split('\n').at(-1)).toBe(
      'X Task batch-abcde-task0 failed with exit code: 3 and message: The container exited with an error.',
    );
  });

  it('cancel an execution, once, and delete it and the job', async () => {
    await must(jobs(['execute', 'batch', '--update-env-vars', 'SCRIPT=sleep 600']));
    const name = await newest();
    const cancelled = await shown(`executions cancel ${name} --quiet`, name);
    expect(cancelled.err).toContain('Cancelled execution [batch-abcde].');
    const again = await shown(`executions cancel ${name} --quiet`, name);
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toContain(
      "FAILED_PRECONDITION: Execution 'batch-abcde' cannot be cancelled because it is not running.",
    );
    await must(jobs(`executions delete ${name} --quiet`));
    const bound = await shown(
      'add-iam-policy-binding batch --member user:bob@example.com --role roles/run.invoker',
    );
    expect(bound.err).toContain('Updated IAM policy for job [batch].');
    await must(jobs('delete batch --quiet'));
    expect((await shown('describe batch')).err).toBe(
      'ERROR: (gcloud.run.jobs.describe) Cannot find job [batch].',
    );
  });
});
