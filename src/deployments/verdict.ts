/** What the newest generation of a service or worker pool has come to. */
import type { AnyRevision, InstanceTemplate } from './model.js';

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
