/**
 * Brings jobs to their newest generation: the service agent pulls, the images are imported, the secrets looked at.
 * Level-triggered, so it may be killed at any point and goes on after a restart.
 */
import type { Log } from '../../audit/index.js';
import { BadLayer, type Executor } from '../../runtime/index.js';
import { type Store, VersionConflict } from '../../store/index.js';
import { type NewCondition, setConditions } from '../conditions.js';
import { endOperations } from '../ended-operations.js';

import { type DeployFailure, type ImportDependencies, importImages } from '../import-images.js';
import { layersOf } from '../instance/specs.js';
import type { InstanceDependencies } from '../instance/types.js';
import { collections, type ImportedImages, type JobKey, type JobRecord, type Stored } from '../model.js';
import { checkSecrets, type SecretDependencies } from '../read-secrets.js';
import { importFailed } from '../texts.js';
import { Watched } from '../watched.js';
import { type JobViews, jobEvent } from './events.js';

export interface JobReconcilerDependencies extends ImportDependencies, SecretDependencies {
  readonly store: Store;
  readonly log: Log;
  readonly views: JobViews;
  readonly executor: () => Promise<Executor>;
  readonly openBlob: InstanceDependencies['openBlob'];
  readonly onError: (error: unknown) => void;
}

/** What a job's newest generation came to. */
interface Outcome {
  readonly imported?: ImportedImages;
  readonly failure?: DeployFailure & { readonly where: 'ContainerReady' | 'ResourcesAvailable' };
}

export class JobReconciler {
  readonly #watched: Watched;

  constructor(private readonly deps: JobReconcilerDependencies) {
    const { store, onError } = deps;
    const look = (key: JobKey) => this.#look(key);
    this.#watched = new Watched({ store, prefix: collections.jobs.all, look, onError });
  }

  /** Takes up whatever an earlier run left unfinished, then follows the store. */
  start(): Promise<void> {
    return this.#watched.start();
  }

  /** Begins nothing new; what is being imported is not recorded, and imported again by the next start. */
  async close(): Promise<void> {
    this.#watched.stop();
    await this.#watched.idle();
  }

  /** Resolves when every job that woke it has been looked at. */
  idle(): Promise<void> {
    return this.#watched.idle();
  }

  async #look(key: JobKey): Promise<void> {
    const row = await this.deps.store.get<JobRecord>(collections.jobs.at(key));
    if (!row || row.value.observedGeneration === row.value.generation) return;
    const outcome = await this.#bringUp(row.value).catch((error: unknown): Outcome => {
      this.deps.onError(error);
      return { failure: internal(error instanceof Error ? error.message : String(error)) };
    });
    if (this.#watched.closed) return;
    try {
      await this.#settle(row, outcome);
    } catch (error) {
      // Somebody wrote the job meanwhile, which has woken us again, or deleted it.
      if (!(error instanceof VersionConflict)) throw error;
    }
  }

  async #bringUp(job: JobRecord): Promise<Outcome> {
    const { task } = job.spec.template;
    const pulled = job.imported === undefined ? await this.#import(job) : { imported: job.imported };
    if ('failure' in pulled) return { failure: { ...pulled.failure, where: 'ContainerReady' } };
    const { imported } = pulled;
    const secrets = await checkSecrets('job', job, task, this.deps);
    return secrets ? { imported, failure: { ...secrets, where: 'ResourcesAvailable' } } : { imported };
  }

  /** Pulls and unpacks: an execution is to find everything in its place. */
  async #import(
    job: JobRecord,
  ): Promise<{ readonly imported: ImportedImages } | { readonly failure: DeployFailure }> {
    const { containers } = job.spec.template.task;
    const pulled = await importImages({ ...job, containers }, this.deps);
    if ('failure' in pulled) return pulled;
    const executor = await this.deps.executor();
    try {
      for (const image of Object.values(pulled.imported))
        await executor.prepare(layersOf(image, this.deps.openBlob));
    } catch (error) {
      if (!(error instanceof BadLayer)) throw error;
      return { failure: internal(error.message) };
    }
    return pulled;
  }

  async #settle({ value: job, version }: Stored<JobRecord>, outcome: Outcome): Promise<void> {
    const { store, log, views, clock } = this.deps;
    const time = clock();
    const settled = settledAs(job, outcome, time);
    await store.commit([
      { op: 'put', key: collections.jobs.at(job), value: settled, ifVersion: version },
      ...(await endOperations(store, {
        kind: 'job',
        owner: settled,
        subject: { kind: 'job', job: settled },
        ...(settled.error === undefined ? {} : { error: settled.error }),
      })),
      ...log.writes(job.project, [jobEvent(settled, views, time)], time),
    ]);
  }
}

const internal = (why: string) =>
  ({ reason: 'Internal', code: 13, message: importFailed(why), where: 'ContainerReady' }) as const;

function settledAs(job: JobRecord, { imported, failure }: Outcome, time: Date): JobRecord {
  const { error: _, imported: __, ...base } = job;
  return {
    ...base,
    observedGeneration: job.generation,
    conditions: setConditions(job.conditions, conditionsOf(failure), time),
    ...(imported === undefined ? {} : { imported }),
    ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
  };
}

function conditionsOf(failure: Outcome['failure']): NewCondition[] {
  if (failure === undefined) return [{ type: 'Ready', status: 'True' }];
  const { reason, message, where } = failure;
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type: where, status: 'False', reason, message },
  ];
}
