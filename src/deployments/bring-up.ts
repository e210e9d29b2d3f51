/** Brings a revision up: the service agent pulls, the image is imported, an instance starts and is probed. */
import { refusals } from '../checkpoint/index.js';
import { isJsonObject } from '../google/index.js';
import { cloudRunAgent, type ImageReference, parseImage, principalOfEmail } from '../names/index.js';
import type { Puller, PullFailure, PullResult } from '../registry/index.js';
import { BadLayer } from '../runtime/index.js';
import { setConditions } from './conditions.js';
import { InstanceFailure, type Pool } from './instances.js';
import type { ImportedImage, RevisionRecord } from './model.js';
import { defaultProbe } from './probe.js';
import { secretParts } from './secrets.js';
import { containerFailedToStart, containerNotRunHere, importFailed, mirrored } from './texts.js';

/** Why a revision is not ready, as its condition and its operation say it. */
export interface RevisionFailure {
  /** v1's spelling of the reason, e.g. `ContainerPermissionDenied`. */
  readonly reason: string;
  /** The operation's google.rpc code. */
  readonly code: number;
  readonly message: string;
}

export interface BringUpDependencies {
  readonly puller: Puller;
  readonly platform: string;
  readonly clock: () => Date;
  /** The pool that will serve the revision. */
  readonly pool: (revision: RevisionRecord, imported: ImportedImage) => Pool;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)}s`;

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
  const pulled = await importImage(revision, deps);
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
  return {
    ...withImage,
    state: 'ready',
    conditions: setConditions(
      revision.conditions,
      [
        { type: 'Ready', status: 'True' },
        { type: 'Active', status: 'True' },
        { type: 'ContainerHealthy', status: 'True', message: `Containers became healthy in ${took}.` },
        importedIn,
        { ...provisioned, message: `Provisioning imported containers completed in ${took}.` },
      ],
      deps.clock(),
    ),
  };
}

/** How long the startup probe may take, as Cloud Run says it. */
function startupWait({ template: { container } }: RevisionRecord): string {
  const { periodSeconds, failureThreshold, initialDelaySeconds } =
    container.startupProbe ?? defaultProbe(container.port);
  const wait = duration(initialDelaySeconds + periodSeconds * failureThreshold);
  return `This will wait for up to ${wait} for the configured startup probe, including an initial delay of ${duration(initialDelaySeconds)}.`;
}

/** 240 seconds are `4m`, 90 are `1m30s`. */
function duration(total: number): string {
  const [minutes, rest] = [Math.floor(total / 60), total % 60];
  if (minutes === 0) return `${rest}s`;
  return rest === 0 ? `${minutes}m` : `${minutes}m${rest}s`;
}

/** A revision that failed; `where` is the condition that failed besides Ready. */
function failed(
  revision: RevisionRecord,
  failure: RevisionFailure,
  where: 'ContainerReady' | 'ResourcesAvailable' | 'ContainerHealthy',
  passed: readonly { type: string; status: 'True'; message: string }[],
  time: Date,
): RevisionRecord {
  const { reason, message, code } = failure;
  return {
    ...revision,
    state: 'failed',
    error: { code, message },
    conditions: setConditions(
      revision.conditions,
      [
        { type: 'Ready', status: 'False', reason, message },
        { type: where, status: 'False', reason, message },
        ...passed,
        {
          type: 'Retry',
          status: 'True',
          severity: 'Info',
          reason: 'ImmediateRetry',
          message: 'System will retry after 00:00 from lastTransitionTime for attempt 0.',
        },
      ],
      time,
    ),
  };
}

/** A failure that none of the modelled ones covers: the revision ends, and says what went wrong. */
export function crashed(revision: RevisionRecord, error: unknown, time: Date): RevisionRecord {
  const why = error instanceof Error ? error.message : String(error);
  return failed(
    revision,
    { reason: 'Internal', code: 13, message: importFailed(why) },
    'ContainerReady',
    [],
    time,
  );
}

async function importImage(
  revision: RevisionRecord,
  deps: BringUpDependencies,
): Promise<{ imported: ImportedImage } | { failure: RevisionFailure }> {
  const parsed = parseImage(revision.template.container.image);
  if (!parsed.ok)
    return { failure: { reason: 'ContainerMissing', code: 5, message: refusals.imageNotFound(parsed.text) } };
  const { image } = parsed;
  if (image.registry === 'docker-hub') {
    const name = mirrored(`${image.image}${image.tag === undefined ? '' : `:${image.tag}`}`);
    return { failure: { reason: 'ContainerMissing', code: 5, message: refusals.imageNotFound(name) } };
  }
  const agent = principalOfEmail(cloudRunAgent(revision.projectNumber));
  const result: PullResult = await deps.puller.pull(image, agent, deps.platform, deps.clock());
  if (!result.ok) return { failure: pullFailure(revision, image, result.failure) };
  const { config, layers, digest } = result.image;
  if (!isJsonObject(config))
    return {
      failure: { reason: 'Internal', code: 13, message: importFailed('the image config is no JSON object') },
    };
  const repository = image.text.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return {
    imported: {
      digest: `${repository}@${digest}`,
      config,
      layers: layers.map(({ digest: blob, diffId, mediaType, size }) => ({
        digest: blob,
        diffId,
        mediaType,
        size,
      })),
    },
  };
}

function pullFailure(
  revision: RevisionRecord,
  image: Extract<ImageReference, { registry: 'artifact-registry' }>,
  failure: PullFailure,
): RevisionFailure {
  switch (failure.kind) {
    case 'forbidden':
      return {
        reason: 'ContainerPermissionDenied',
        code: 7,
        message: refusals.agentCannotPull({
          agent: cloudRunAgent(revision.projectNumber),
          image,
          project: revision.project,
          answer: { url: failure.url, body: failure.body },
        }),
      };
    case 'missing':
      return { reason: 'ContainerMissing', code: 5, message: refusals.imageNotFound(image.text) };
    case 'platform':
      return {
        reason: 'ContainerMissing',
        code: 5,
        message: refusals.unsupportedPlatform(failure.mediaType),
      };
    case 'invalid':
      return { reason: 'Internal', code: 13, message: importFailed(failure.message) };
  }
}

/** No Secret Manager is served yet, so every secret a revision names is one that does not exist. */
function secretsFailure(revision: RevisionRecord): RevisionFailure | undefined {
  const messages = revision.template.container.env.flatMap((entry, index) => {
    if (!('secret' in entry)) return [];
    const { project = revision.projectNumber, secret } = secretParts(entry.secret.name);
    return [
      refusals.secretNotFound({
        field: `spec.template.spec.containers[0].env[${index}].value_from.secret_key_ref.name`,
        projectNumber: project,
        secret,
        version: entry.secret.version,
      }),
    ];
  });
  if (messages.length === 0) return undefined;
  return { reason: 'SecretsAccessCheckFailed', code: 9, message: messages.join(' ') };
}

async function startFirst(revision: RevisionRecord, pool: Pool): Promise<RevisionFailure | undefined> {
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
