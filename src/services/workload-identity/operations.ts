/** Operations: done when they are answered, and kept so that clients can poll. */
import { randomUUID } from 'node:crypto';
import { type JsonObject, notFound } from '../../google/index.js';
import type { Store, Write } from '../../store/index.js';

const PREFIX = 'workload-identity-operations/';
const MESSAGES = 'type.googleapis.com/google.iam.v1';

export type ResourceKind = 'WorkloadIdentityPool' | 'WorkloadIdentityPoolProvider';

/**
 * An operation that is done, and the write that keeps it.
 * @param resource as the operation left it; its name carries the project's number
 */
export function doneOperation(
  kind: ResourceKind,
  resource: JsonObject & { readonly name: string },
): { readonly operation: JsonObject; readonly keep: Write } {
  const name = `${resource.name}/operations/${randomUUID().replaceAll('-', '')}`;
  const operation = {
    name,
    metadata: { '@type': `${MESSAGES}.${kind}OperationMetadata` },
    done: true,
    response: { '@type': `${MESSAGES}.${kind}`, ...resource },
  };
  return { operation, keep: { op: 'put', key: PREFIX + name, value: operation } };
}

/** @param name with the project's number @throws GoogleError NOT_FOUND */
export async function keptOperation(store: Pick<Store, 'get'>, name: string): Promise<JsonObject> {
  const row = await store.get<JsonObject>(PREFIX + name);
  if (!row) throw notFound(`Operation "${name}" not found.`);
  return row.value;
}
