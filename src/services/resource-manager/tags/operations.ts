/** Operations on tags. All are done when they are answered; those that have a name are kept, so that clients can poll. */
import { randomInt } from 'node:crypto';
import { create, createRegistry, type DescMessage, type Message } from '@bufbuild/protobuf';
import { anyPack, EmptySchema } from '@bufbuild/protobuf/wkt';
import type { WithTag } from '../../../access/index.js';
import {
  CreateTagBindingMetadataSchema,
  DeleteTagBindingMetadataSchema,
  TagBindingSchema,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_bindings_pb.js';
import {
  CreateTagHoldMetadataSchema,
  DeleteTagHoldMetadataSchema,
  TagHoldSchema,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_holds_pb.js';
import {
  CreateTagKeyMetadataSchema,
  DeleteTagKeyMetadataSchema,
  TagKeySchema,
  UpdateTagKeyMetadataSchema,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_keys_pb.js';
import {
  CreateTagValueMetadataSchema,
  DeleteTagValueMetadataSchema,
  TagValueSchema,
  UpdateTagValueMetadataSchema,
} from '../../../google/gen/google/cloud/resourcemanager/v3/tag_values_pb.js';
import { type Operation, OperationSchema } from '../../../google/gen/google/longrunning/operations_pb.js';
import { type Call, type JsonValue, messageFromJson, messageToJson } from '../../../google/index.js';
import { memberOf } from '../../../names/index.js';
import type { Store, Write } from '../../../store/index.js';
import { denied } from '../deps.js';

const METADATA = {
  createKey: CreateTagKeyMetadataSchema,
  updateKey: UpdateTagKeyMetadataSchema,
  deleteKey: DeleteTagKeyMetadataSchema,
  createValue: CreateTagValueMetadataSchema,
  updateValue: UpdateTagValueMetadataSchema,
  deleteValue: DeleteTagValueMetadataSchema,
  createHold: CreateTagHoldMetadataSchema,
  deleteHold: DeleteTagHoldMetadataSchema,
} as const;

export type TagChange = keyof typeof METADATA;

/** What operations carry in their Any fields. */
export const tagOperationTypes = createRegistry(
  TagKeySchema,
  TagValueSchema,
  TagBindingSchema,
  TagHoldSchema,
  CreateTagBindingMetadataSchema,
  DeleteTagBindingMetadataSchema,
  EmptySchema,
  ...Object.values(METADATA),
);

const PREFIX = 'tag-operations/';
const NAME = /^operations\/rct[kvh]\./;
const LETTERS: Readonly<Record<TagChange, string>> = {
  createKey: 'rctk',
  updateKey: 'rctk',
  deleteKey: 'rctk',
  createValue: 'rctv',
  updateValue: 'rctv',
  deleteValue: 'rctv',
  createHold: 'rcth',
  deleteHold: 'rcth',
};

/** A message to be carried, with its schema. */
export interface Carried {
  readonly schema: DescMessage;
  readonly message: Message;
}

export const NOTHING: Carried = { schema: EmptySchema, message: create(EmptySchema) };

const response = ({ schema, message }: Carried) => ({
  case: 'response' as const,
  value: anyPack(schema, message),
});

interface Kept {
  /** The member who started it: nobody else is shown it. */
  readonly startedBy: string;
  readonly operation: JsonValue;
}

/**
 * Makes a change with its operation, which is kept in the same transaction.
 * @param carry what the operation says was made
 * @param run makes the change; without `also` it only says what would be made, and nothing is kept
 */
export async function asOperation<T>(
  change: TagChange,
  { call, validateOnly }: { readonly call: Call; readonly validateOnly: boolean },
  carry: (made: T) => Carried,
  run: (also: WithTag<T> | undefined) => Promise<T>,
): Promise<Operation> {
  if (validateOnly) return doneOperation(change, carry(await run(undefined)), call).operation;
  let operation: Operation | undefined;
  await run((made) => {
    const done = doneOperation(change, carry(made), call);
    operation = done.operation;
    return [done.keep];
  });
  if (!operation) throw new Error(`${change} was never made`);
  return operation;
}

/** The operation of a change that is made, and the write that keeps it. */
function doneOperation(
  change: TagChange,
  result: Carried,
  { principal }: Call,
): { readonly operation: Operation; readonly keep: Write } {
  const name = `operations/${LETTERS[change]}.${randomInt(1, 2 ** 47)}`;
  const schema: DescMessage = METADATA[change];
  const operation = create(OperationSchema, {
    name,
    metadata: anyPack(schema, create(schema)),
    done: true,
    result: response(result),
  });
  const json = messageToJson(OperationSchema, operation, { registry: tagOperationTypes });
  const value: Kept = { startedBy: memberOf(principal) ?? '', operation: json };
  return { operation, keep: { op: 'put', key: PREFIX + name, value } };
}

/** Bindings are made and removed while the call lasts: their operations are done and have no name to ask for. */
export function doneAtOnce(result: Carried): Operation {
  return create(OperationSchema, { done: true, result: response(result) });
}

/**
 * The caller's operation.
 * @returns undefined for a name of other operations
 * @throws GoogleError PERMISSION_DENIED for one of somebody else's, or of nobody's
 */
export async function keptTagOperation(
  store: Pick<Store, 'get'>,
  name: string,
  { principal }: Call,
): Promise<Operation | undefined> {
  if (!NAME.test(name)) return undefined;
  const row = await store.get<Kept>(PREFIX + name);
  if (!row || row.value.startedBy !== memberOf(principal)) throw denied(name);
  return messageFromJson(OperationSchema, row.value.operation, { registry: tagOperationTypes });
}
