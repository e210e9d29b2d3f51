/** Runs containers: unpacks image layers and drives whatever runtime this machine has, behind one interface. */
import type { RuntimeFacts } from './facts.js';
import type { openExecutor as open } from './open.js';

export type { RuntimeFact, RuntimeFacts } from './facts.js';
export { dropAmbientCapabilities } from './linux/libc.js';
export { bringLoopbackUp } from './linux/loopback.js';
export type { ExecutorKind, ExecutorOptions } from './open.js';
export * from './types.js';

/** What this machine has of what running containers takes; loaded where it is asked for. */
export const runtimeFacts = async (env?: NodeJS.ProcessEnv): Promise<RuntimeFacts> =>
  await (await import('./facts.js')).runtimeFacts(env);

/** Opens what runs containers here; loaded where one is needed. */
export const openExecutor: typeof open = async (kind, options) =>
  (await import('./open.js')).openExecutor(kind, options);
