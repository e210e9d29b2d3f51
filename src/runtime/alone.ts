/** One container in a sandbox of its own, which ends with it. */
import type { ContainerSpec, Executor, Exit, Instance, InstanceSpec, SandboxSpec } from './types.js';

const NAME = 'main';

/** @throws StartFailure */
export async function startAlone(executor: Pick<Executor, 'open'>, spec: InstanceSpec): Promise<Instance> {
  const { id, hostname, ports, ...rest } = spec;
  const sandbox: SandboxSpec = { id, hostname, volumes: [], ...(ports === undefined ? {} : { ports }) };
  const container: ContainerSpec = { ...rest, name: NAME, mounts: [] };
  const opened = await executor.open(sandbox);
  try {
    const running = await opened.start(container);
    const exited = running.exited.finally(() => opened.close());
    return {
      id,
      exited,
      connect: (port) => opened.connect(port),
      stop: async (graceMs: number): Promise<Exit> => {
        await running.stop(graceMs);
        return await exited;
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
