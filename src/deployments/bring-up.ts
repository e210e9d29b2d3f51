/** Brings a service's revision up: its first instance is started and probed in the pool that will serve it. */
import { BadLayer } from '../runtime/index.js';
import type { DeployFailure } from './import-images.js';
import { InstanceFailure } from './instance/index.js';
import type { ImportedImages, RevisionRecord } from './model.js';
import { type Pool, reasons, startupAllowance } from './pool/index.js';
import { bringUpRevision, type RevisionDependencies } from './revision-bring-up.js';
import { containerFailedToStart, containerNotRunHere, importFailed } from './texts.js';

export interface BringUpDependencies extends RevisionDependencies {
  /** The pool that will serve the revision. */
  readonly pool: (revision: RevisionRecord, imported: ImportedImages) => Pool;
}

/** As {@link bringUpRevision}. */
export function bringUp(
  revision: RevisionRecord,
  deps: BringUpDependencies,
  signal: AbortSignal,
): Promise<RevisionRecord> {
  const kind = {
    kind: 'service',
    startFirst: (pulled: RevisionRecord & { readonly imported: ImportedImages }) =>
      startFirst(pulled, deps.pool(pulled, pulled.imported)),
    startupWait,
    healthCheckDisabled: revision.template.healthCheckDisabled,
  } as const;
  return bringUpRevision(revision, kind, deps, signal);
}

/** How long the startup probe may take, as Cloud Run says it. */
function startupWait(revision: RevisionRecord): string {
  const { seconds, initialDelaySeconds } = startupAllowance(revision);
  return `This will wait for up to ${duration(seconds)} for the configured startup probe, including an initial delay of ${duration(initialDelaySeconds)}.`;
}

/** 240 seconds are `4m`, 90 are `1m30s`. */
function duration(total: number): string {
  const [minutes, rest] = [Math.floor(total / 60), total % 60];
  if (minutes === 0) return `${rest}s`;
  return rest === 0 ? `${minutes}m` : `${minutes}m${rest}s`;
}

async function startFirst(revision: RevisionRecord, pool: Pool): Promise<DeployFailure | undefined> {
  try {
    await pool.warm(reasons.rollout);
    return undefined;
  } catch (error) {
    if (error instanceof BadLayer)
      return { reason: 'Internal', code: 13, message: importFailed(error.message) };
    if (!(error instanceof InstanceFailure)) throw error;
    return startFailure(revision, error);
  }
}

function startFailure(revision: RevisionRecord, { message, outcome }: InstanceFailure): DeployFailure {
  switch (outcome.cause) {
    case 'secrets':
      return { reason: 'SecretsAccessCheckFailed', code: 9, message };
    case 'no-runtime':
      return {
        reason: 'HealthCheckContainerError',
        code: 9,
        message: containerNotRunHere(revision, message),
      };
    default: {
      const container = 'container' in outcome ? outcome.container : undefined;
      return {
        reason: 'HealthCheckContainerError',
        code: 9,
        message: containerFailedToStart(revision, container),
      };
    }
  }
}
