/** For tests: one container in a sandbox of its own, which ends with it. */
import type { Duplex } from 'node:stream';
import type { ContainerSpec, Executor, Exit, SandboxSpec } from './types.js';

/** What is to be known of the sandbox and its only container. */
export type AloneSpec = Omit<ContainerSpec, 'name' | 'mounts'> & Omit<SandboxSpec, 'volumes'>;

export interface Alone {
  readonly id: string;
  connect(port: number): Promise<Duplex>;
  /** Resolves when the sandbox is closed too. */
  readonly exited: Promise<Exit>;
  stop(graceMs: number): Promise<Exit>;
}

/** The container of such a spec, for a sandbox that has others too. */
export function containerOf(spec: AloneSpec, more: Partial<ContainerSpec> = {}): ContainerSpec {
  const { id, hostname, ports, ...container } = spec;
  return { ...container, name: 'main', mounts: [], ...more };
}

/** @throws StartFailure */
export async function startAlone(executor: Pick<Executor, 'open'>, spec: AloneSpec): Promise<Alone> {
  const { id, hostname, ports } = spec;
  const sandbox = await executor.open({
    ...{ id, hostname, volumes: [] },
    ...(ports === undefined ? {} : { ports }),
  });
  try {
    const container = await sandbox.start(containerOf(spec));
    const exited = container.exited.finally(() => sandbox.close());
    return {
      id,
      exited,
      connect: (port) => sandbox.connect(port),
      stop: async (graceMs) => {
        await container.stop(graceMs);
        return await exited;
      },
    };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}
