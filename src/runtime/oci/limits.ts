/** How long the runtime's program is waited for. It needs milliseconds: these are for one that hangs. */
export interface RuntimeLimits {
  /** Its version. */
  readonly probeMs: number;
  /** From its start until the container's program runs. */
  readonly startMs: number;
  /** A forced deletion. */
  readonly deleteMs: number;
  /** From the container's end until the runtime has ended too. */
  readonly endMs: number;
}

export const DEFAULT_LIMITS: RuntimeLimits = {
  probeMs: 5_000,
  startMs: 20_000,
  deleteMs: 10_000,
  endMs: 5_000,
};
