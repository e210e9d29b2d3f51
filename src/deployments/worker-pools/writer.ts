/** Writes of worker pools: each that changes the template, or asks for it, makes a revision. */
import { badField } from '../../google/index.js';
import type { Store, Write } from '../../store/index.js';
import {
  collections,
  type ResourceKey,
  type WorkerPoolRecord,
  type WorkerPoolRevisionRecord,
  type WorkerPoolSpec,
} from '../model.js';
import { makeRevision } from '../new-revision.js';
import {
  type Making,
  ResourceWriter,
  type WritableKind,
  type WriterDependencies,
} from '../resource-writer.js';
import { sameTemplate } from '../template.js';
import { workerPoolNotFound } from './texts.js';

export type WorkerPoolWriter = ResourceWriter<WorkerPoolSpec, WorkerPoolRecord>;

export function workerPoolWriter(deps: WriterDependencies): WorkerPoolWriter {
  return new ResourceWriter(workerPoolKind(deps.store), deps);
}

export function workerPoolKind(store: Store): WritableKind<WorkerPoolSpec, WorkerPoolRecord> {
  return {
    kind: 'workerPool',
    rowKey: collections.workerPools.at,
    notFound: workerPoolNotFound,
    templateOf: (spec) => spec.template,
    sameTemplate: (before, spec) => sameTemplate(before.spec.template, spec.template),
    checkSpec: (key, spec) => checkSplits(store, key, spec),
    make: (making) => makePool(store, making),
    subject: (workerPool) => ({ kind: 'workerPool', workerPool }),
  };
}

async function checkSplits(store: Store, key: ResourceKey, spec: WorkerPoolSpec): Promise<void> {
  const own = spec.template.revisionName;
  for (const [index, { revision }] of spec.splits.entries()) {
    if ('latest' in revision || revision.name === own) continue;
    const at = collections.workerPoolRevisions.at({ ...key, name: revision.name });
    const row = await store.get<WorkerPoolRevisionRecord>(at);
    if (row?.value.workerPool !== key.name) {
      throw badField(
        `instance_splits[${index}].revision`,
        `Revision '${revision.name}' is not found in worker pool '${key.name}'.`,
      );
    }
  }
}

async function makePool(
  store: Store,
  making: Making<WorkerPoolSpec, WorkerPoolRecord>,
): Promise<{ record: WorkerPoolRecord; writes: readonly Write[] }> {
  const { base, before } = making;
  const ownedBy = { workerPool: base.name };
  const at = collections.workerPoolRevisions.at;
  const { revisions, writes } = await makeRevision(store, making, ownedBy, at);
  const { splits = [], settledInstances = 0 } = before ?? {};
  return { record: { ...base, ...revisions, splits, settledInstances }, writes };
}
