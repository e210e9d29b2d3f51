/** What the newest generation of a service or worker pool has come to. */
import { serviceFailed, serviceReady, serviceUnroutable } from './conditions.js';
import type { AnyRevision, Condition, InstanceTemplate } from './model.js';

export type Verdict =
  | { readonly kind: 'ready' }
  | {
      /** `unroutable`: the newest revision is ready, but another that is named is not. */
      readonly kind: 'failed' | 'unroutable';
      readonly reason: string;
      readonly message: string;
      readonly code: number;
    };

/**
 * @param revisions that the generation needs, the newest first; none is pending
 * @param notReady what is said of one that is named and not ready
 */
export function verdictOn(
  revisions: readonly AnyRevision<InstanceTemplate>[],
  notReady: (revision: string) => string,
): Verdict {
  const failed = revisions.find(({ state }) => state !== 'ready');
  if (!failed) return { kind: 'ready' };
  const { code = 13, message = '' } = failed.error ?? {};
  const reason = failed.conditions.find(({ type }) => type === 'Ready')?.reason ?? '';
  if (failed === revisions[0]) return { kind: 'failed', reason, message, code };
  return { kind: 'unroutable', reason: 'RevisionFailed', message: notReady(failed.name), code };
}

/** Who has revisions, as far as a verdict concerns it. */
interface Owner {
  readonly generation: number;
  readonly conditions: readonly Condition[];
  readonly latestCreatedRevision: string;
  readonly latestReadyRevision?: string;
}

/** What a verdict makes of its owner. */
export interface Settled {
  readonly fields: {
    readonly observedGeneration: number;
    readonly conditions: readonly Condition[];
    readonly latestReadyRevision?: string;
  };
  /** The revision that the shares of the latest one go to now; undefined where all shares stay as they are. */
  readonly latest: string | undefined;
}

/** The owner after its newest generation has come to this. What was ready before goes on. */
export function settledBy(verdict: Verdict, owner: Owner, time: Date): Settled {
  const {
    generation: observedGeneration,
    conditions: before,
    latestCreatedRevision,
    latestReadyRevision,
  } = owner;
  switch (verdict.kind) {
    case 'ready': {
      const conditions = serviceReady(before, time);
      return {
        fields: { observedGeneration, conditions, latestReadyRevision: latestCreatedRevision },
        latest: latestCreatedRevision,
      };
    }
    case 'unroutable': {
      const conditions = serviceUnroutable(before, verdict, time);
      return {
        fields: { observedGeneration, conditions, latestReadyRevision: latestCreatedRevision },
        latest: undefined,
      };
    }
    case 'failed':
      // Named revisions get the share that they were given.
      return {
        fields: { observedGeneration, conditions: serviceFailed(before, verdict, time) },
        latest: latestReadyRevision,
      };
  }
}
