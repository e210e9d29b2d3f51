/** What this machine has of what a plane and its clients use, and the command that brings what it lacks. */
import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { runtimeFacts } from '../../runtime/index.js';
import { findCommand, runningPlane } from '../clients/index.js';
import { IsolationUnavailable, namespaceCommand } from '../isolation/index.js';
import { DEFAULT_LISTEN } from '../options.js';

/** One thing that was looked at. */
export interface Finding {
  /** What it is about, e.g. `crun`. */
  readonly name: string;
  /** `ok`; `missing`: containers cannot run, or no plane can start; `optional`: something can be done without it. */
  readonly state: 'ok' | 'missing' | 'optional';
  /** What is there, or what is wrong. */
  readonly found: string;
  /** The command that mends it. */
  readonly remedy?: string;
}

/** The oldest Node.js that runs the bundle. */
const NODE = { major: 20, minor: 19 };

/** Clients that reach the plane through `sekisho exec`: command, how it tells its version, and how to get it. */
const CLIENTS = [
  {
    name: 'gcloud',
    title: 'gcloud',
    version: ['version', '--format=value("Google Cloud SDK")'],
    remedy: 'https://cloud.google.com/sdk/docs/install',
  },
  { name: 'skopeo', title: 'skopeo', version: ['--version'], remedy: 'sudo apt-get install skopeo' },
  {
    name: 'docker',
    title: 'docker command',
    version: ['--version'],
    remedy: 'sudo apt-get install docker.io',
  },
  {
    name: 'terraform',
    title: 'terraform',
    version: ['version'],
    remedy: 'https://developer.hashicorp.com/terraform/install',
  },
] as const;

export interface Surroundings {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Looks at everything at once; changes nothing. */
export async function diagnose(surroundings: Surroundings): Promise<readonly Finding[]> {
  const parts = await Promise.all([
    [nodeVersion(process.versions.node)],
    runtimeFindings(surroundings),
    Promise.all([dataDirectory(surroundings), address(surroundings)]),
    Promise.all(CLIENTS.map((client) => clientFinding(client, surroundings))),
    isolation(),
  ]);
  return parts.flat();
}

/** Whether containers run here, and with what, or what is missing. */
export async function containersHere(
  env: NodeJS.ProcessEnv,
): Promise<{ readonly ok: boolean; readonly describe: string }> {
  return (await runtimeFacts(env)).chosen;
}

/** @param version as `process.versions.node` gives it */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > NODE.major || (major === NODE.major && minor >= NODE.minor);
  return {
    name: 'Node.js',
    state: ok ? 'ok' : 'missing',
    found: version,
    ...(ok ? {} : { remedy: `install Node.js ${NODE.major}.${NODE.minor} or newer: https://nodejs.org` }),
  };
}

/** What runs containers: one working way is needed, the rest is good to know. */
async function runtimeFindings({ env }: Surroundings): Promise<Finding[]> {
  const { facts, chosen } = await runtimeFacts(env);
  const findings = facts.map(({ name, ok, found, remedy }): Finding => {
    const state = ok ? 'ok' : chosen.ok ? 'optional' : 'missing';
    return { name, state, found, ...(ok || remedy === undefined ? {} : { remedy }) };
  });
  return [{ name: 'containers', state: chosen.ok ? 'ok' : 'missing', found: chosen.describe }, ...findings];
}

async function dataDirectory({ dataDir }: Surroundings): Promise<Finding> {
  const name = 'data directory';
  const stats = await stat(dataDir).catch((error: NodeJS.ErrnoException) => error);
  if (stats instanceof Error) {
    if (stats.code !== 'ENOENT') return { name, state: 'missing', found: stats.message };
    return { name, state: 'ok', found: `${dataDir} (made by the first start)` };
  }
  if (!stats.isDirectory()) {
    return {
      name,
      state: 'missing',
      found: `${dataDir} is no directory`,
      remedy: 'sekisho start --data DIR',
    };
  }
  const writable = await access(dataDir, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return writable
    ? { name, state: 'ok', found: dataDir }
    : {
        name,
        state: 'missing',
        found: `${dataDir} cannot be written by this user`,
        remedy: `sudo chown -R "$(id -u)" ${path.resolve(dataDir)}`,
      };
}

/** The plane that runs there; without one, whether it could listen where it does by default. */
async function address({ dataDir }: Surroundings): Promise<Finding> {
  const running = await runningPlane(dataDir).catch(() => undefined);
  if (running)
    return { name: 'plane', state: 'ok', found: `runs at ${running.url} (process ${running.pid})` };
  const { host, port } = DEFAULT_LISTEN;
  const problem = await listenProblem(host, port);
  return problem === undefined
    ? { name: 'plane', state: 'ok', found: `does not run; ${host}:${port} is free` }
    : {
        name: 'plane',
        state: 'optional',
        found: `does not run, and ${host}:${port} cannot be had (${problem})`,
        remedy: `sekisho start --listen ${host}:0`,
      };
}

function listenProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

async function clientFinding(
  { name, title, version, remedy }: (typeof CLIENTS)[number],
  { env }: Surroundings,
): Promise<Finding> {
  const place = await findCommand(name, env.PATH);
  if (place === undefined) return { name: title, state: 'optional', found: 'not on PATH', remedy };
  try {
    const { stdout } = await promisify(execFile)(place, version, { timeout: 20_000, env });
    return { name: title, state: 'ok', found: stdout.split('\n', 1)[0]?.trim() || place };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return { name: title, state: 'optional', found: `${place} does not work: ${why}`, remedy };
  }
}

async function isolation(): Promise<Finding[]> {
  const name = 'exec --isolated';
  try {
    await namespaceCommand();
    return [{ name, state: 'ok', found: 'network namespaces can be made' }];
  } catch (error) {
    if (!(error instanceof IsolationUnavailable)) throw error;
    return [{ name, state: 'optional', found: error.message }];
  }
}
