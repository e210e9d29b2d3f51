/** What this machine has of what running containers takes, for those who ask why it does or does not work. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { DockerEngine } from './docker/index.js';
import { describeEnd, findProgram, runProgram } from './linux/index.js';
import { askRuntime, DEFAULT_LIMITS, describeExecutor, RUNTIME_NAMES } from './oci/index.js';
import { chooseOci, mayMount } from './open.js';
import { findNamespaces, MANY_IDS_COMMAND, type Namespaces, namespaceSwitch } from './rootless/index.js';

/** One thing that was looked at. */
export interface RuntimeFact {
  /** e.g. `crun` */
  readonly name: string;
  /** Whether it is there and works. */
  readonly ok: boolean;
  /** What it is, or what is wrong. */
  readonly found: string;
  /** The command that mends it, where there is one. */
  readonly remedy?: string;
}

export interface RuntimeFacts {
  readonly facts: readonly RuntimeFact[];
  /** What `auto` chooses: whether containers run with it, and its description. */
  readonly chosen: { readonly ok: boolean; readonly describe: string };
}

/**
 * Looks at everything at once and changes nothing; a program that hangs costs a few seconds.
 * @param env the variables that name the Docker daemon
 */
export async function runtimeFacts(env: NodeJS.ProcessEnv = process.env): Promise<RuntimeFacts> {
  if (process.platform !== 'linux') return elsewhere(env);
  const [oci, runtimes, namespaces, docker, programs] = await Promise.all([
    chooseOci(),
    Promise.all(RUNTIME_NAMES.map(runtimeFact)),
    findNamespaces(DEFAULT_LIMITS.probeMs),
    findDocker(env),
    Promise.all([
      programFact('tar', 'sudo apt-get install tar'),
      programFact('zstd', 'sudo apt-get install zstd'),
    ]),
  ]);
  const groups = controlGroups();
  return {
    facts: [
      ...runtimes,
      namespaceFact(namespaces),
      idsFact(namespaces),
      overlayFact(),
      groups,
      dockerFact(docker),
      ...programs,
    ],
    chosen: chosen(oci, docker, groups.ok),
  };
}

async function elsewhere(env: NodeJS.ProcessEnv): Promise<RuntimeFacts> {
  const docker = await findDocker(env);
  return { facts: [dockerFact(docker)], chosen: chosen(await chooseOci(), docker, false) };
}

type Docker = DockerEngine | string;

/** Loaded only here. */
const findDocker = async (env: NodeJS.ProcessEnv): Promise<Docker> =>
  await (await import('./docker/index.js')).findDocker(env);

function chosen(
  oci: Awaited<ReturnType<typeof chooseOci>>,
  docker: Docker,
  limited: boolean,
): RuntimeFacts['chosen'] {
  switch (oci.kind) {
    case 'root':
      return { ok: true, describe: describeExecutor(oci.runtime, { kind: 'root' }, limited) };
    case 'rootless':
      return { ok: true, describe: describeExecutor(oci.runtime, oci.namespaces.footing, false) };
    case 'unusable':
      if (typeof docker === 'string') return { ok: false, describe: `none: ${oci.reason}; and ${docker}` };
      return { ok: true, describe: docker.describe };
  }
}

async function runtimeFact(name: (typeof RUNTIME_NAMES)[number]): Promise<RuntimeFact> {
  const found = await askRuntime(name, DEFAULT_LIMITS.probeMs);
  const remedy = `sudo apt-get install ${name}`;
  switch (found.kind) {
    case 'usable':
      return { name, ok: true, found: `${found.runtime.version} at ${found.runtime.program}` };
    case 'missing':
      return { name, ok: false, found: 'not installed', remedy };
    case 'broken':
      return { name, ok: false, found: found.reason, remedy: `sudo apt-get install --reinstall ${name}` };
  }
}

function namespaceFact(namespaces: Namespaces): RuntimeFact {
  const name = 'user namespaces';
  if (namespaces.kind === 'usable') return { name, ok: true, found: 'allowed, with layers mounted in them' };
  const remedy = namespaceSwitch();
  return { name, ok: false, found: namespaces.reason, ...(remedy === undefined ? {} : { remedy }) };
}

/** Of newuidmap(1), newgidmap(1) and the ranges in /etc/subuid and /etc/subgid. */
function idsFact(namespaces: Namespaces): RuntimeFact {
  const name = 'subordinate ids';
  if (namespaces.kind === 'usable' && namespaces.lacking === undefined) {
    return { name, ok: true, found: `${userInfo().username} has some, and newuidmap gives them` };
  }
  const found = namespaces.kind === 'usable' ? namespaces.lacking : undefined;
  return { name, ok: false, found: found ?? 'of no use without user namespaces', remedy: MANY_IDS_COMMAND };
}

function overlayFact(): RuntimeFact {
  const there = /\toverlay$/m.test(readFileSync('/proc/filesystems', 'latin1'));
  return there
    ? { name: 'overlay', ok: true, found: 'the kernel has overlayfs' }
    : { name: 'overlay', ok: false, found: 'the kernel has no overlayfs', remedy: 'sudo modprobe overlay' };
}

const CGROUPS = '/sys/fs/cgroup';
const CGROUP2_MAGIC = 0x6367_7270;

/** Whether limits of memory and CPU can be set. */
function controlGroups(): RuntimeFact {
  const name = 'control groups';
  if (!existsSync(CGROUPS)) return { name, ok: false, found: `there is no ${CGROUPS}` };
  const version = statfsSync(CGROUPS).type === CGROUP2_MAGIC ? 2 : 1;
  const directory = version === 2 ? CGROUPS : `${CGROUPS}/memory`;
  try {
    accessSync(directory, constants.W_OK);
    if (mayMount()) return { name, ok: true, found: `version ${version}, writable` };
  } catch {
    // Said below.
  }
  const found = `version ${version}, not writable here: memory and CPU limits are not enforced`;
  return { name, ok: false, found, remedy: 'sudo sekisho start' };
}

function dockerFact(docker: Docker): RuntimeFact {
  const name = 'docker';
  if (typeof docker !== 'string') return { name, ok: true, found: docker.describe };
  return { name, ok: false, found: docker, remedy: 'sudo apt-get install docker.io' };
}

/** Unpacks layers: GNU tar all of them, zstd those that are compressed by it. */
async function programFact(name: string, remedy: string): Promise<RuntimeFact> {
  const program = findProgram(name);
  if (program === undefined) return { name, ok: false, found: 'not installed', remedy };
  const { probeMs } = DEFAULT_LIMITS;
  const end = await runProgram(program, ['--version'], { limitMs: probeMs });
  if (end.kind !== 'exited' || end.code !== 0) {
    return { name, ok: false, found: `${program} --version ${describeEnd(end, probeMs)}`, remedy };
  }
  return { name, ok: true, found: `${end.stdout.split('\n', 1)[0]?.trim() ?? ''} at ${program}` };
}
