/** The stored resources of one kind, as both API versions reach them. */
import type {
  Deployments,
  OperationRecord,
  RemovalOptions,
  ResourceKey,
  ResourceWriter,
  ServiceRecord,
  ServiceSpec,
  Stored,
  WrittenRecord,
} from '../../deployments/index.js';
import type { Call } from '../../google/index.js';

export interface StoredResources<Spec, R extends WrittenRecord<Spec>> {
  /** Writes through the gate. */
  readonly writer: ResourceWriter<Spec, R>;
  /** @throws NOT_FOUND */
  get(key: ResourceKey): Promise<Stored<R>>;
  /** Of a project, in one location or in all. */
  list(project: string, location?: string): Promise<readonly Stored<R>[]>;
  /** Those that were deleted and have not expired yet. */
  listDeleted(project: string, location: string | undefined, time: Date): Promise<readonly R[]>;
  /** @throws NOT_FOUND, ABORTED */
  remove(key: ResourceKey, call: Call, options?: RemovalOptions<R>): Promise<OperationRecord>;
}

export function storedServices(deployments: Deployments): StoredResources<ServiceSpec, ServiceRecord> {
  return {
    writer: deployments.writer,
    get: (key) => deployments.get(key),
    list: (project, location) => deployments.list(project, location),
    listDeleted: (project, location, time) => deployments.listDeleted(project, location, time),
    remove: (key, call, options) => deployments.removal.resource(key, call, options),
  };
}
