/** A throw-away plane with an estate, and a command on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  adminCall,
  applyChanges,
  prepareClients,
  type RunningPlane,
  runningPlane,
} from '../../plane/clients/index.js';
import { type PlaneOptions, type RefusedCall, startPlane } from '../../plane/index.js';
import { ESTATE_NAME, NO_OWNER } from './copy.js';
import { ofTheCommand } from './placed.js';

export interface StageOptions {
  /** An estate file's text. */
  readonly estate: string;
  /** What messages call it; the copy of real projects when left out. */
  readonly name?: string;
  /** Who owns what the estate makes, as a member; nobody when left out. */
  readonly owner?: string;
  /** Who the command acts as, as a member. */
  readonly as: string;
  readonly project?: string;
  readonly region?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Leave the data directory; otherwise nothing is left. */
  readonly keep: boolean;
  readonly runtime?: PlaneOptions['runtime'];
  readonly upstreamProxy?: URL;
  /** Runs the command. @returns its exit status */
  readonly run: (env: NodeJS.ProcessEnv, plane: RunningPlane) => Promise<number>;
}

export interface Staged {
  readonly status: number;
  /** What was refused to the command, or failed, in order. */
  readonly refusals: readonly RefusedCall[];
  /** Undefined when it is removed. */
  readonly dataDir?: string;
}

export async function stage(options: StageOptions): Promise<Staged> {
  const { estate, as, project, region, env, keep, runtime = 'auto', upstreamProxy } = options;
  const { name = ESTATE_NAME, owner = NO_OWNER } = options;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sekisho-rehearsal-'));
  try {
    const plane = await startPlane({
      ...{ dataDir, runtime, port: 0, memory: !keep, owner },
      estate: [{ name, text: estate }],
      // What goes wrong is told by the log, which is read at the end.
      onError: () => undefined,
      ...(upstreamProxy === undefined ? {} : { upstreamProxy }),
    });
    try {
      const running = await runningPlane(dataDir);
      const changes = await prepareClients(running, {
        as,
        env,
        ...(project === undefined ? {} : { project }),
        ...(region === undefined ? {} : { region }),
      });
      const { planeInventory } = await import('../../sources/index.js');
      const { runs: placed } = await planeInventory(running);
      const status = await options.run(applyChanges(env, changes), running);
      const { refusals } = await adminCall(running, 'POST /v1/refusals', {});
      return {
        status,
        refusals: ofTheCommand(refusals as readonly RefusedCall[], placed),
        ...(keep ? { dataDir } : {}),
      };
    } finally {
      await plane.stop();
    }
  } finally {
    if (!keep) await rm(dataDir, { recursive: true, force: true });
  }
}
