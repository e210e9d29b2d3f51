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
import { applyChanges, fetchToken, prepareClients, runningPlane } from '../plane/clients/index.js';
import { startPlane as startPlaneOn } from '../plane/index.js';

/**
 * What a test may choose; the data directory is a temporary one. Written out, so that whoever uses this package needs
 * no types but these.
 */
export interface TestPlaneOptions {
  /** True when left out: state is kept in RAM. */
  readonly memory?: boolean;
  /** `127.0.0.1` when left out. */
  readonly host?: string;
  /** One of the system's choice when left out. */
  readonly port?: number;
  /** What runs containers; the first that is there when left out, and `none` runs nothing. */
  readonly runtime?: 'auto' | 'oci' | 'docker' | 'none';
  /** What happens when a deployer may not read the image: `enforce` when left out, as on Cloud Run. */
  readonly imageReadCheck?: 'enforce' | 'warn' | 'off';
  /** The member that owns what it begins with, and that clients are when nobody is named. */
  readonly owner?: string;
  /** `linux/amd64` when left out. */
  readonly platform?: string;
  /** Estate files, by name and text: what there is from the start. */
  readonly estate?: readonly { readonly name: string; readonly text: string }[];
  /** False refuses connections through the plane to hosts that it does not serve. */
  readonly egress?: boolean;
  /** How long changes of access take to have an effect; at once when left out. */
  readonly propagation?: { readonly minMs: number; readonly maxMs: number; readonly seed: number };
  /** What the plane takes for now. */
  readonly clock?: () => Date;
  /** Milliseconds after which an unused instance is stopped; Cloud Run's 15 minutes when left out. */
  readonly idleMs?: number;
  /** Told of what goes wrong without a caller to tell: one line each. */
  readonly onError?: (error: unknown, what?: string) => void;
  /** Told what is good to know though nothing is wrong. */
  readonly onInfo?: (text: string) => void;
}

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
