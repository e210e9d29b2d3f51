/** What a daemon that fails does to the executor; what one that works does is shown with a real one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAlone } from '../testing-alone.js';
import { shell } from '../testing-images.js';
import { DockerEngine } from './engine.js';
import { DockerExecutor } from './executor.js';
import { type FakeDaemon, fakeDaemon, VERSION } from './testing-daemon.js';

type Answers = Readonly<Record<string, { readonly status: number; readonly body: unknown } | undefined>>;

const DAEMON = {
  version: VERSION.Version,
  apiVersion: VERSION.ApiVersion,
  minApiVersion: VERSION.MinAPIVersion,
  os: VERSION.Os,
  arch: VERSION.Arch,
};
/** A daemon that takes images, and has nothing. */
const WILLING: Answers = {
  'POST /images/load': { status: 200, body: { stream: 'Loaded image' } },
  'POST /networks/create': { status: 201, body: { Id: 'n1' } },
  'POST /containers/create': { status: 201, body: { Id: 'c1', Warnings: ['no swap limit'] } },
  'POST /containers/c1/start': { status: 204, body: {} },
  'GET /containers/c1/json': { status: 200, body: {} },
  'DELETE /containers/c1': { status: 204, body: {} },
  'GET /containers/json': { status: 200, body: [] },
  'GET /images/json': { status: 200, body: [] },
  'GET /volumes': { status: 200, body: { Volumes: null, Warnings: null } },
  'GET /networks': { status: 200, body: [] },
};

describe('a daemon', () => {
  let dataDir: string;
  let daemon: FakeDaemon | undefined;
  const warnings: string[] = [];

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'sekisho-docker-'));
  });
  afterEach(async () => {
    await daemon?.close();
    rmSync(dataDir, { recursive: true, force: true });
    warnings.length = 0;
  });

  async function executorWith(answers: Answers): Promise<DockerExecutor> {
    daemon = await fakeDaemon((line) => {
      const answer = { ...WILLING, ...answers }[line];
      return line in answers || answer ? answer : { status: 404, body: { message: `no ${line}` } };
    });
    const engine = new DockerEngine({ kind: 'unix', path: daemon.socket }, DAEMON, '1.41', 200);
    const onWarning = (message: string) => void warnings.push(message);
    return new DockerExecutor(engine, { dataDir, onWarning, patience: { returnMs: 200, stopMs: 200 } });
  }

  it.each(['POST /networks/create', 'POST /containers/create', 'POST /containers/c1/attach'])(
    'that never answers %s makes the start fail, and says so',
    async (line) => {
      const executor = await executorWith({ [line]: undefined });
      await expect(startAlone(executor, shell('exit 0'))).rejects.toMatchObject({
        name: 'StartFailure',
        message: `Docker could not start the container: the Docker daemon at ${daemon?.socket} has not answered for 0.2 s`,
      });
      await executor.close();
    },
  );

  it('that has lost a program which ended at once is not made to run it again', async () => {
    const executor = await executorWith({
      'POST /containers/c1/attach': { status: 200, body: '' },
      'POST /containers/c1/wait': { status: 200, body: { StatusCode: 0 } },
      'GET /containers/c1/top': { status: 404, body: { message: 'no such container' } },
    });
    const instance = await startAlone(executor, shell('exit 0'));
    expect(await instance.exited).toMatchObject({ code: 0 });
    const made = daemon?.asked.filter((line) => line === 'POST /containers/create');
    expect(made).toHaveLength(2); // what holds the network, and the container
  });

  it('that refuses an image makes the start fail with its words', async () => {
    const body = { errorDetail: { message: 'no space' }, error: 'write /x: no space left on device "x"' };
    const executor = await executorWith({ 'POST /images/load': { status: 200, body } });
    await expect(executor.prepare(shell('').layers)).rejects.toMatchObject({
      name: 'StartFailure',
      message: 'the image could not be loaded into Docker: write /x: no space left on device "x"',
    });
    await expect(startAlone(executor, shell('exit 0'))).rejects.toThrow(/no space left/);
  });

  it('that is gone makes starts fail, and lets the plane close with a word about what is left', async () => {
    const executor = await executorWith({});
    await daemon?.close();
    await expect(startAlone(executor, shell('exit 0'))).rejects.toMatchObject({
      name: 'StartFailure',
      message: expect.stringMatching(/the Docker daemon at .* does not answer \(ENOENT\)$/),
    });
    await executor.close();
    expect(warnings).toEqual([
      expect.stringMatching(/^what is left in Docker will be removed by the next start: .*\(ENOENT\)$/),
    ]);
    daemon = undefined;
  });

  it('that cannot remove a failed container is asked again at the next start; its warnings are passed on once', async () => {
    const failing = {
      'POST /containers/c1/attach': { status: 500, body: { message: 'no streams' } },
      'DELETE /containers/c1': { status: 500, body: { message: 'device busy' } },
    };
    const executor = await executorWith(failing);
    const failed = { name: 'StartFailure', message: 'Docker could not start the container: no streams' };
    await expect(startAlone(executor, shell('exit 0'))).rejects.toMatchObject(failed);
    const removals = () => daemon?.asked.filter((line) => line === 'DELETE /containers/c1').length;
    expect(removals()).toBe(2); // the container, and what held its network
    await expect(startAlone(executor, shell('exit 0'))).rejects.toMatchObject(failed);
    expect(removals()).toBe(5);
    expect(warnings).toEqual(['Docker: no swap limit']);
  });
});
