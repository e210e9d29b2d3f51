/** Brings a revision up: the service agent pulls, the image is imported, an instance starts and is probed. */
import { refusals } from '../checkpoint/index.js';
import { BadLayer } from '../runtime/index.js';
import { type DeployFailure, type ImportDependencies, importImages } from './import-images.js';
import { InstanceFailure, type Pool } from './instances.js';
import type { ImportedImages, RevisionRecord } from './model.js';
import { defaultProbe } from './probe.js';
import { failed, ready, seconds } from './revision-outcome.js';
import { secretParts, secretUses } from './secrets.js';
import { ingressContainer } from './template.js';
import { containerFailedToStart, containerNotRunHere, importFailed } from './texts.js';

export interface BringUpDependencies extends ImportDependencies {
  /** The pool that will serve the revision. */
  readonly pool: (revision: RevisionRecord, imported: ImportedImages) => Pool;
}

/**
 * Takes a pending revision as far as it goes.
 * @param signal nobody wants the revision any longer: what comes of it then says nothing about it
 * @returns the revision, ready or failed, with its conditions; not stored yet
 */
export async function bringUp(
  revision: RevisionRecord,
  deps: BringUpDependencies,
  signal: AbortSignal,
): Promise<RevisionRecord> {
  const started = performance.now();
  const pulled = await importImages(
    {
      project: revision.project,
      projectNumber: revision.projectNumber,
      containers: revision.template.containers,
    },
    deps,
  );
  signal.throwIfAborted();
  if ('failure' in pulled) return failed(revision, pulled.failure, 'ContainerReady', [], deps.clock());
  const importedIn = {
    type: 'ContainerReady',
    status: 'True',
    message: `Container image import completed in ${seconds(performance.now() - started)}.`,
  } as const;
  const withImage: RevisionRecord = { ...revision, imported: pulled.imported };
  const secrets = secretsFailure(revision);
  if (secrets) return failed(withImage, secrets, 'ResourcesAvailable', [importedIn], deps.clock());
  const provisioning = performance.now();
  const failure = await startFirst(withImage, deps.pool(withImage, pulled.imported));
  const took = seconds(performance.now() - provisioning);
  const provisioned = {
    type: 'ResourcesAvailable',
    status: 'True',
    message: `Provisioning imported containers completed in ${took}. Checking container health. ${startupWait(revision)}`,
  } as const;
  if (failure) return failed(withImage, failure, 'ContainerHealthy', [importedIn, provisioned], deps.clock());
  return ready(
    withImage,
    [
      { type: 'ContainerHealthy', status: 'True', message: `Containers became healthy in ${took}.` },
      importedIn,
      { ...provisioned, message: `Provisioning imported containers completed in ${took}.` },
    ],
    deps.clock(),
  );
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

/** No Secret Manager is served yet, so every secret a revision names is one that does not exist. */
function secretsFailure(revision: RevisionRecord): DeployFailure | undefined {
  const messages = secretUses('service', revision.template).map(({ name, version, field }) => {
    const { project = revision.projectNumber, secret } = secretParts(name);
    return refusals.secretNotFound({ field, projectNumber: project, secret, version });
  });
  if (messages.length === 0) return undefined;
  return { reason: 'SecretsAccessCheckFailed', code: 9, message: messages.join(' ') };
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
