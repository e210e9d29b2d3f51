/** Brings a revision up, of a service or of a worker pool: images imported, secrets checked, a first instance started. */
import type { RunKind } from '../names/index.js';
import { type DeployFailure, type ImportDependencies, importImages } from './import-images.js';
import type { AnyRevision, ImportedImages, InstanceTemplate } from './model.js';
import { checkSecrets, type SecretDependencies } from './read-secrets.js';
import { failed, ready, seconds } from './revision-outcome.js';

/** A revision whose images are there. */
export type Imported<R> = R & { readonly imported: ImportedImages };

/** What differs between the kinds of revisions. */
export interface BringUpKind<R> {
  readonly kind: RunKind;
  /** Starts the first instance, unless none is to run. @returns why it did not come up */
  readonly startFirst: (revision: Imported<R>, signal: AbortSignal) => Promise<DeployFailure | undefined>;
  /** How long the startup probe may take, as Cloud Run says it; undefined where nothing is probed. */
  readonly startupWait: (revision: R) => string | undefined;
  /** The deploy does not wait for an instance. */
  readonly healthCheckDisabled?: boolean;
}

/** The deploy was not to look whether the containers are healthy; the reason is run.v2's HEALTH_CHECK_SKIPPED. */
const UNCHECKED = {
  type: 'ContainerHealthy',
  status: 'True',
  reason: 'HealthCheckSkipped',
  message: 'The health check of the containers was skipped.',
} as const;

export interface RevisionDependencies extends ImportDependencies, SecretDependencies {}

/**
 * Takes a pending revision as far as it goes.
 * @param signal nobody wants the revision any longer: what comes of it then says nothing about it
 * @returns the revision, ready or failed, with its conditions; not stored yet
 */
export async function bringUpRevision<R extends AnyRevision<InstanceTemplate>>(
  revision: R,
  { kind, startFirst, startupWait, healthCheckDisabled = false }: BringUpKind<R>,
  deps: RevisionDependencies,
  signal: AbortSignal,
): Promise<R> {
  const { project, projectNumber, template } = revision;
  const started = performance.now();
  const pulled = await importImages({ project, projectNumber, containers: template.containers }, deps);
  signal.throwIfAborted();
  if ('failure' in pulled) return failed(revision, pulled.failure, 'ContainerReady', [], deps.clock());
  const importedIn = {
    type: 'ContainerReady',
    status: 'True',
    message: `Container image import completed in ${seconds(performance.now() - started)}.`,
  } as const;
  const withImages = { ...revision, imported: pulled.imported };
  const secrets = await checkSecrets(kind, revision, template, deps);
  if (secrets) return failed(withImages, secrets, 'ResourcesAvailable', [importedIn], deps.clock());
  if (healthCheckDisabled) return ready(withImages, [UNCHECKED, importedIn], deps.clock());
  const provisioning = performance.now();
  const failure = await startFirst(withImages, signal);
  const took = seconds(performance.now() - provisioning);
  const provisioned = {
    type: 'ResourcesAvailable',
    status: 'True',
    message: `Provisioning imported containers completed in ${took}.`,
  } as const;
  if (failure) {
    const wait = startupWait(revision);
    const checking = wait === undefined ? '' : ` Checking container health. ${wait}`;
    const health = { ...provisioned, message: `${provisioned.message}${checking}` };
    return failed(withImages, failure, 'ContainerHealthy', [importedIn, health], deps.clock());
  }
  const healthy = {
    type: 'ContainerHealthy',
    status: 'True',
    message: `Containers became healthy in ${took}.`,
  } as const;
  return ready(withImages, [healthy, importedIn, provisioned], deps.clock());
}
