/** The executor of a machine that cannot run containers. Images can be deployed; nothing pretends to run. */
import { type Executor, StartFailure } from './types.js';

/** @param reason why nothing runs, and the command that changes it: every start is refused with it */
export function noneExecutor(reason: string): Executor {
  return {
    name: 'none',
    describe: `none: ${reason}`,
    prepare: async () => undefined,
    open: async () => {
      throw new StartFailure(`containers cannot be run here: ${reason}`);
    },
    reap: async () => undefined,
    close: async () => undefined,
  };
}
