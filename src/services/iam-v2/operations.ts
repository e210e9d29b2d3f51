/** Operations of IAM v2. All are done when they are answered, as Google's are, and kept so that clients can poll. */
import { randomUUID } from 'node:crypto';
import { create, createRegistry, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { PolicyOperationMetadataSchema, PolicySchema } from '../../google/gen/google/iam/v2/policy_pb.js';
import { type Operation, OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import { type JsonValue, messageFromJson, messageToJson, notFound } from '../../google/index.js';
import type { Store, Write } from '../../store/index.js';

/** What operations carry in their Any fields. */
export const operationTypes = createRegistry(PolicySchema, PolicyOperationMetadataSchema);

const PREFIX = 'deny-policy-operations/';

/** An operation that is done, and the write that keeps it. */
export interface DoneOperation {
  readonly operation: Operation;
  readonly keep: Write;
}

/** @param policyName with the project's number. @param policy as the operation left it */
export function doneOperation(
  policyName: string,
  policy: MessageInitShape<typeof PolicySchema>,
  time: Date,
): DoneOperation {
  const name = `${policyName}/operations/${randomUUID()}`;
  const metadata = create(PolicyOperationMetadataSchema, { createTime: timestampFromDate(time) });
  const operation = create(OperationSchema, {
    name,
    metadata: anyPack(PolicyOperationMetadataSchema, metadata),
    done: true,
    result: { case: 'response', value: anyPack(PolicySchema, create(PolicySchema, policy)) },
  });
  const value = messageToJson(OperationSchema, operation, { registry: operationTypes });
  return { operation, keep: { op: 'put', key: PREFIX + name, value } };
}

/** @param name with the project's number. @throws GoogleError NOT_FOUND */
export async function keptOperation(store: Pick<Store, 'get'>, name: string): Promise<Operation> {
  const row = await store.get<JsonValue>(PREFIX + name);
  if (!row) throw notFound(`Operation "${name}" not found.`);
  return messageFromJson(OperationSchema, row.value, { registry: operationTypes });
}
