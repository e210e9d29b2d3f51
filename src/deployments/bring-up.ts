/** Brings a service's revision up: its first instance is started and probed in the pool that will serve it. */
import { BadLayer } from '../runtime/index.js';
import type { DeployFailure } from './import-images.js';
import { InstanceFailure, type Pool } from './instances.js';
import type { ImportedImages, RevisionRecord } from './model.js';
import { defaultProbe } from './probe.js';
import { bringUpRevision, type RevisionDependencies } from './revision-bring-up.js';
import { ingressContainer } from './template.js';
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
  } as const;
  return bringUpRevision(revision, kind, deps, signal);
}

/** How long the startup probe may take, as Cloud Run says it. */
function startupWait({ template }: RevisionRecord): string {
  const container = ingressContainer(template);
  const { periodSeconds, failureThreshold, initialDelaySeconds } =
    container.startupProbe ?? defaultProbe(container.port.number);
  const wait = duration(initialDelaySeconds + periodSeconds * failureThreshold);
  return `This will wait for up to ${wait} for the configured startup probe, including an initial delay of ${duration(initialDelaySeconds)}.`;
}

/** 240 seconds are `4m`, 90 are `1m30s`. */
function duration(total: number): string {
  const [minutes, rest] = [Math.floor(total / 60), total % 60];
  if (minutes === 0) return `${rest}s`;
  return rest === 0 ? `${minutes}m` : `${minutes}m${rest}s`;
}

async function startFirst(revision: RevisionRecord, pool: Pool): Promise<DeployFailure | undefined> {
  try {
    await pool.warm(
      'DEPLOYMENT_ROLLOUT - Instance started due to traffic shifting between revisions due to deployment, traffic split adjustment, or deployment health check.',
    );
    return undefined;
  } catch (error) {
    if (error instanceof BadLayer)
      return { reason: 'Internal', code: 13, message: importFailed(error.message) };
    if (!(error instanceof InstanceFailure)) throw error;
    const noRuntime = error.outcome.ok === false && error.outcome.cause === 'no-runtime';
    const message = noRuntime
      ? containerNotRunHere(revision, error.message)
      : containerFailedToStart(revision);
    return { reason: 'HealthCheckContainerError', code: 9, message };
  }
}
