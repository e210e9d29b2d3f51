/**
 * Resources that the operator puts there without a deploy, an estate file say: written as a deploy writes them, with a
 * revision and an operation, but past the gate. They come up, or fail, as deployed ones do.
 */
import type { Store, Write } from '../store/index.js';
import { JOB } from './jobs/job-kind.js';
import type { JobSpec, ResourceKey, ServiceSpec, WorkerPoolSpec } from './model.js';
import { writesOfNew } from './resource-writer.js';
import { serviceKind } from './service-writer.js';
import { workerPoolKind } from './worker-pools/writer.js';

export type PlacedSpec =
  | { readonly kind: 'service'; readonly spec: ServiceSpec }
  | { readonly kind: 'job'; readonly spec: JobSpec }
  | { readonly kind: 'workerPool'; readonly spec: WorkerPoolSpec };

export interface Placing {
  readonly key: ResourceKey;
  readonly projectNumber: string;
  /** Whom the resource names as its creator: an address. */
  readonly creator: string;
  readonly time: Date;
}

/** The writes that put a resource where there is none; they fail when there is one. */
export function placingWrites(
  placed: PlacedSpec,
  { key, projectNumber, creator, time }: Placing,
  store: Store,
): Promise<readonly Write[]> {
  const where = { key, projectNumber };
  switch (placed.kind) {
    case 'service':
      return writesOfNew(serviceKind(store), where, placed.spec, creator, { time });
    case 'job':
      return writesOfNew(JOB, where, placed.spec, creator, { time });
    case 'workerPool':
      return writesOfNew(workerPoolKind(store), where, placed.spec, creator, { time });
  }
}
