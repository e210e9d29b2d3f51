/**
 * For other people's tests: a plane of their own, in memory and on a free port, and the environment in which
 * unmodified clients reach it.
 *
 *     const plane = await startPlane();
 *     execFileSync('gcloud', ['projects', 'create', 'my-project'], { env: await plane.env() });
 *     await plane.stop();
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  applyChanges,
  fetchToken,
  type PlaneOptions,
  prepareClients,
  runningPlane,
  startPlane as startPlaneOn,
} from '../plane/index.js';

/** What a test may choose; the data directory is a temporary one. */
export type TestPlaneOptions = Partial<Omit<PlaneOptions, 'dataDir'>>;

/** Which project and region clients use when none is named. */
export interface ClientDefaults {
  readonly project?: string;
  readonly region?: string;
}

export interface TestPlane {
  /** e.g. `http://127.0.0.1:41234` */
  readonly url: string;
  /** What commands take as `--data`. */
  readonly dataDir: string;
  /**
   * The whole environment of a client; gcloud is signed in where it is installed.
   * @param member `user:…`, `serviceAccount:…` or a bare e-mail; the plane's owner when left out
   * @throws ClientError when there is no such member
   */
  env(member?: string, defaults?: ClientDefaults): Promise<NodeJS.ProcessEnv>;
  /** An access token of a member; an ID token with an audience. */
  token(member: string, audience?: string): Promise<string>;
  /** Stops the plane and removes its data directory. Stopping twice does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts a plane.
 * @param options state is kept in memory, on a port of the system's choice, unless they say otherwise
 */
export async function startPlane(options: TestPlaneOptions = {}): Promise<TestPlane> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sekisho-test-'));
  const remove = () => rm(dataDir, { recursive: true, force: true });
  try {
    const plane = await startPlaneOn({ memory: true, port: 0, ...options, dataDir });
    let stopped: Promise<void> | undefined;
    return {
      url: plane.url,
      dataDir,
      async env(member, defaults = {}) {
        const changes = await prepareClients(await runningPlane(dataDir), {
          env: process.env,
          ...defaults,
          ...(member === undefined ? {} : { as: member }),
        });
        return applyChanges(process.env, changes);
      },
      token: async (member, audience) => fetchToken(await runningPlane(dataDir), member, audience),
      stop: () => {
        stopped ??= plane.stop().then(remove);
        return stopped;
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
