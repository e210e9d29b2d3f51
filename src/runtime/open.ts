/** Chooses the executor. */
import { mkdirSync } from 'node:fs';
import { noneExecutor } from './none.js';
import { findRuntime, INSTALL_COMMAND, OciExecutor } from './oci/index.js';
import type { Executor } from './types.js';

export type ExecutorKind = 'auto' | 'oci' | 'docker' | 'none';

export interface ExecutorOptions {
  /** The plane's data directory; made when missing. The executor keeps to `runtime` below it. */
  readonly dataDir: string;
  /** What an operator should know although nothing failed. */
  readonly onWarning: (message: string) => void;
}

/**
 * Opens the executor of the given kind; `auto` is the best that this machine offers. Cheap: it asks a runtime for its
 * version, and tries no container.
 * @throws an Error that says what is missing when `oci` or `docker` is asked for and cannot be had
 */
export async function openExecutor(kind: ExecutorKind, options: ExecutorOptions): Promise<Executor> {
  if (kind === 'none') {
    return noneExecutor(`the plane was started with --runtime none; others need crun (${INSTALL_COMMAND})`);
  }
  if (kind === 'docker') {
    const { DockerExecutor, findDocker } = await import('./docker/index.js');
    const engine = await findDocker(process.env);
    if (typeof engine === 'string') throw new Error(`the docker runtime cannot be used: ${engine}`);
    return new DockerExecutor(engine, options);
  }
  const found = await usableRuntime();
  if (typeof found === 'string') {
    if (kind === 'oci') throw new Error(`the oci runtime cannot be used: ${found}`);
    return noneExecutor(found);
  }
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  return new OciExecutor(found, options);
}

/** A runtime, or why there is none. */
async function usableRuntime(): Promise<
  Exclude<Awaited<ReturnType<typeof findRuntime>>, undefined> | string
> {
  if (process.platform !== 'linux') return `containers run on Linux only, and this is ${process.platform}`;
  const runtime = await findRuntime();
  if (runtime === undefined) return `neither crun nor runc is installed (${INSTALL_COMMAND})`;
  if (process.geteuid?.() !== 0) return `${runtime.version} needs root: start the plane as root`;
  return runtime;
}
