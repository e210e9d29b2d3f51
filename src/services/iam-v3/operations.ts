/** Operations of IAM v3. All are done when they are answered, and kept so that clients can poll. */
import { randomBytes } from 'node:crypto';
import { create, createRegistry, type MessageInitShape } from '@bufbuild/protobuf';
import { type Any, anyPack, EmptySchema, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type AccessControl, iamRefusal } from '../../access/index.js';
import { OperationMetadataSchema } from '../../google/gen/google/iam/v3/operation_metadata_pb.js';
import { PolicyBindingSchema } from '../../google/gen/google/iam/v3/policy_binding_resources_pb.js';
import { PrincipalAccessBoundaryPolicySchema } from '../../google/gen/google/iam/v3/principal_access_boundary_policy_resources_pb.js';
import { type Operation, OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type HttpBinding,
  type JsonValue,
  messageFromJson,
  messageToJson,
  notFound,
} from '../../google/index.js';
import type { Store, Write } from '../../store/index.js';
import type { OperationFamily } from '../operation-families.js';
import { isOperation, nameIn, OPERATIONS, parseName, resourceOf } from './names.js';

/** What operations carry in their Any fields. */
export const operationTypes = createRegistry(
  PrincipalAccessBoundaryPolicySchema,
  PolicyBindingSchema,
  OperationMetadataSchema,
  EmptySchema,
);

const PREFIX = 'boundary-operations/';

export type Verb = 'create' | 'update' | 'delete';

/** What came of a change: the object as it is now, or nothing of one that is gone. */
export type Result =
  | MessageInitShape<typeof PrincipalAccessBoundaryPolicySchema>
  | MessageInitShape<typeof PolicyBindingSchema>;

/** An operation that is done, and the write that keeps it. */
export interface DoneOperation {
  readonly operation: Operation;
  readonly keep: Write;
}

/** @param target what was changed, by its name. @param response packed; empty for what is deleted */
export function doneOperation(target: string, verb: Verb, response: Any, time: Date): DoneOperation {
  const [kind = '', id = ''] = target.split('/');
  const hex = (digits: number) => randomBytes(8).toString('hex').slice(0, digits);
  const name = `${kind}/${id}/locations/global/${OPERATIONS}/operation-${time.getTime()}-${hex(13)}-${hex(8)}-${hex(8)}`;
  const metadata = create(OperationMetadataSchema, {
    createTime: timestampFromDate(time),
    endTime: timestampFromDate(time),
    target,
    verb,
    apiVersion: 'v3',
  });
  const operation = create(OperationSchema, {
    name,
    metadata: anyPack(OperationMetadataSchema, metadata),
    done: true,
    result: { case: 'response', value: response },
  });
  const value = messageToJson(OperationSchema, operation, { registry: operationTypes });
  return { operation, keep: { op: 'put', key: PREFIX + name, value } };
}

const ROUTES: readonly HttpBinding[] = ['organizations', 'folders', 'projects'].map((kind) => ({
  verb: 'GET',
  template: `/v3/{name=${kind}/*/locations/*/operations/*}`,
}));

/**
 * Who may see them: "iam.operations.get on the project" (https://cloud.google.com/iam/docs/principal-access-boundary-policies-create#apply-permissions);
 * above projects, where nothing is documented and the roles that make boundaries lack it, who may see the policies.
 */
export function operationFamily(
  store: Pick<Store, 'get'>,
  projects: AccessControl['projects'],
): OperationFamily {
  return {
    bindings: ROUTES,
    types: operationTypes,
    owns: isOperation,
    check: (name) => {
      const container = parseName(name, OPERATIONS);
      const permission =
        container.kind === 'projects' ? 'iam.operations.get' : 'iam.principalaccessboundarypolicies.get';
      return { permission, resource: resourceOf(container), label: name };
    },
    refusal: iamRefusal,
    get: async (name) => {
      const { last, kind, id } = parseName(name, OPERATIONS);
      const number = kind === 'projects' ? (await projects.get(id))?.number : id;
      const key = nameIn({ kind, id: number ?? id }, OPERATIONS, last);
      const row = await store.get<JsonValue>(PREFIX + key);
      if (!row) throw notFound(`Operation "${name}" not found.`);
      return messageFromJson(OperationSchema, row.value, { registry: operationTypes });
    },
  };
}
