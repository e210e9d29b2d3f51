/**
 * Fields of a worker pool's scaling that are in gcloud's protos and not in the published ones: gRPC carries them as
 * fields without a name. Their names and numbers were read off gcloud 528's WorkerPoolScaling.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { WorkerPool } from '../../google/gen/google/cloud/run/v2/worker_pool_pb.js';
import { badField } from '../../google/index.js';

const NAMES: Readonly<Record<number, string>> = {
  1: 'min_instance_count',
  2: 'max_instance_count',
  3: 'max_surge',
  4: 'max_unavailable',
  5: 'scaling_mode',
};
/** The one mode that there is here: a count of instances. */
const MANUAL = 2;

/**
 * @param path where the pool stands, as refusals name it
 * @throws INVALID_ARGUMENT naming a field that asks for something else than manual scaling
 */
export function checkPreviewFields(pool: WorkerPool | undefined, path: string): void {
  for (const { no, data } of pool?.scaling?.$unknown ?? []) {
    const name = NAMES[no] ?? `field ${no}`;
    if (name === 'scaling_mode' && new BinaryReader(data).int32() === MANUAL) continue;
    throw badField(
      `${path}.scaling.${name}`,
      'This field is not supported: worker pools are scaled by manual_instance_count.',
    );
  }
}
