/** Chooses the executor. */
import { mkdirSync, readFileSync } from 'node:fs';
import { ROOT } from './footing.js';
import { noneExecutor } from './none.js';
import { DEFAULT_LIMITS, findRuntime, INSTALL_COMMAND, OciExecutor, type OciRuntime } from './oci/index.js';
import { findNamespaces, type Namespaces, RootlessExecutor } from './rootless/index.js';
import type { ContainerNetwork, Executor } from './types.js';

export type ExecutorKind = 'auto' | 'oci' | 'docker' | 'none';

export interface ExecutorOptions {
  /** The plane's data directory; made when missing. The executor keeps to `runtime` below it. */
  readonly dataDir: string;
  /** What an operator should know although nothing failed. */
  readonly onWarning: (message: string) => void;
  /** The data directory ends with the plane: nothing is kept for another start. False when left out. */
  readonly temporary?: boolean;
  /** What containers reach beside each other; nothing when left out. */
  readonly network?: ContainerNetwork;
}

/**
 * Opens the executor of the given kind; `auto` is the best that this machine offers, and says in its description what
 * that is and why: crun or runc as root, or in a user namespace, else a Docker daemon, else none. Cheap: it asks
 * programs for their versions, each with a limit of time, and runs no container.
 * @throws an Error that says what is missing when `oci` or `docker` is asked for and cannot be had
 */
export async function openExecutor(kind: ExecutorKind, options: ExecutorOptions): Promise<Executor> {
  switch (kind) {
    case 'none':
      return noneExecutor(`the plane was started with --runtime none; others need crun (${INSTALL_COMMAND})`);
    case 'docker': {
      const docker = await openDocker(options);
      if (typeof docker === 'string') throw new Error(`the docker runtime cannot be used: ${docker}`);
      return docker;
    }
    case 'oci': {
      const oci = await chooseOci();
      if (oci.kind === 'unusable') throw new Error(`the oci runtime cannot be used: ${oci.reason}`);
      return openOci(oci, options);
    }
    case 'auto':
      return await openBest(options);
  }
}

async function openBest(options: ExecutorOptions): Promise<Executor> {
  const oci = await chooseOci();
  if (oci.kind !== 'unusable') return explained(openOci(oci, options), oci.why);
  const docker = await openDocker(options);
  if (typeof docker === 'string') return noneExecutor(`${oci.reason}; and ${docker}`);
  return explained(docker, `a Docker daemon answers, and ${oci.reason}`);
}

/** How crun or runc can be used here, or why not. */
export type OciChoice =
  | { readonly kind: 'root'; readonly runtime: OciRuntime; readonly why: string }
  | {
      readonly kind: 'rootless';
      readonly runtime: OciRuntime;
      readonly why: string;
      readonly namespaces: Extract<Namespaces, { kind: 'usable' }>;
    }
  | { readonly kind: 'unusable'; readonly reason: string };

/** Asks the runtimes for their versions and, where we are not root, for namespaces. */
export async function chooseOci(): Promise<OciChoice> {
  if (process.platform !== 'linux') {
    return { kind: 'unusable', reason: `containers run on Linux only, and this is ${process.platform}` };
  }
  const { probeMs } = DEFAULT_LIMITS;
  const runtime = await findRuntime(probeMs);
  if (typeof runtime === 'string') return { kind: 'unusable', reason: runtime };
  const found = `${runtime.version.split(' ')[0]} found`;
  if (mayMount()) return { kind: 'root', runtime, why: `${found}, root` };
  const namespaces = await findNamespaces(probeMs);
  if (namespaces.kind === 'unusable') {
    const reason = `${runtime.version} needs root, or a user namespace, and there is none: ${namespaces.reason}`;
    return { kind: 'unusable', reason };
  }
  const one = namespaces.lacking === undefined ? '' : ` with one id: ${namespaces.lacking}`;
  return { kind: 'rootless', runtime, namespaces, why: `${found}, user namespaces allowed${one}` };
}

const CAP_SYS_ADMIN = 21n;

/** Root in a container often lacks the capability, and is like an ordinary user then. */
export function mayMount(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0';
  return process.geteuid?.() === 0 && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

function openOci(choice: Exclude<OciChoice, { kind: 'unusable' }>, options: ExecutorOptions): Executor {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const { temporary = false, ...both } = options;
  if (choice.kind === 'root') return new OciExecutor(choice.runtime, { ...both, footing: ROOT });
  return new RootlessExecutor(choice.runtime, { ...both, temporary, namespaces: choice.namespaces });
}

/** The executor, or why there is no daemon. Loaded only where it is needed. */
async function openDocker(options: ExecutorOptions): Promise<Executor | string> {
  const { DockerExecutor, findDocker } = await import('./docker/index.js');
  const engine = await findDocker(process.env);
  return typeof engine === 'string' ? engine : new DockerExecutor(engine, options);
}

function explained(executor: Executor, why: string): Executor {
  return {
    name: executor.name,
    describe: `${executor.describe} (auto: ${why})`,
    prepare: (layers) => executor.prepare(layers),
    open: (spec) => executor.open(spec),
    reap: () => executor.reap(),
    close: () => executor.close(),
  };
}
