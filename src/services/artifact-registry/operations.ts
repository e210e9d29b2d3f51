/** Long-running operations. All are done at once; they are kept so that clients can poll. */
import { randomUUID } from 'node:crypto';
import { create, createRegistry, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { anyPack, EmptySchema } from '@bufbuild/protobuf/wkt';
import { RepositorySchema } from '../../google/gen/google/devtools/artifactregistry/v1/repository_pb.js';
import { OperationMetadataSchema } from '../../google/gen/google/devtools/artifactregistry/v1/service_pb.js';
import { BatchDeleteVersionsMetadataSchema } from '../../google/gen/google/devtools/artifactregistry/v1/version_pb.js';
import { type Operation, OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type Call,
  type GoogleError,
  invalidArgument,
  isJsonObject,
  type JsonObject,
  messageFromJson,
  messageToJson,
} from '../../google/index.js';
import { callerName } from '../../names/index.js';
import type { RepositoryId } from '../../registry/index.js';
import { type ArtifactRegistryDeps, entityNotFound } from './context.js';
import { resourceOf } from './names.js';

/** What operations carry in their Any fields. */
export const operationTypes = createRegistry(
  OperationMetadataSchema,
  BatchDeleteVersionsMetadataSchema,
  RepositorySchema,
  EmptySchema,
);

interface KeptOperation {
  /** google.longrunning.Operation in JSON form. */
  readonly operation: JsonObject;
  readonly repository: RepositoryId;
  /** E-mail address of who started it. */
  readonly starter: string;
}

const keyOf = (name: string): string => `artifact-registry-operations/${name}`;

/** The answer of a call whose operation clients wait for: the operation as it stood when it began. */
export function begun({ name, metadata }: Operation): Operation {
  return create(OperationSchema, { name, ...(metadata && { metadata }) });
}

/** How an operation ended. */
export interface Outcome<D extends DescMessage, M extends DescMessage> {
  readonly schema: D;
  readonly response: MessageShape<D>;
  /** An empty OperationMetadata when left out. */
  readonly metadata?: { readonly schema: M; readonly message: MessageShape<M> };
  /** In place of the response. */
  readonly error?: GoogleError;
}

/** A done operation on a repository, kept for those who will ask. */
export async function doneOperation<D extends DescMessage, M extends DescMessage = DescMessage>(
  deps: ArtifactRegistryDeps,
  { project, location, repository }: RepositoryId,
  call: Call,
  outcome: Outcome<D, M>,
): Promise<Operation> {
  const { schema, response, metadata, error } = outcome;
  const name = `projects/${project}/locations/${location}/operations/${randomUUID()}`;
  const operation = create(OperationSchema, {
    name,
    metadata: metadata
      ? anyPack(metadata.schema, metadata.message)
      : anyPack(OperationMetadataSchema, create(OperationMetadataSchema)),
    done: true,
    result: error
      ? { case: 'error', value: { code: error.grpcCode, message: error.message } }
      : { case: 'response', value: anyPack(schema, response) },
  });
  const json = messageToJson(OperationSchema, operation, { registry: operationTypes });
  if (!isJsonObject(json)) throw new Error('an operation in JSON is an object');
  const value: KeptOperation = {
    operation: json,
    repository: { project, location, repository },
    starter: callerName(call.principal),
  };
  await deps.store.commit([{ op: 'put', key: keyOf(name), value }]);
  return operation;
}

/**
 * An operation, for who started it and for who may read the repository.
 * @throws GoogleError INVALID_ARGUMENT; NOT_FOUND, for those who may not see it as well
 */
export async function getOperation(deps: ArtifactRegistryDeps, name: string, call: Call): Promise<Operation> {
  const [, project, location, id] =
    /^projects\/([^/]+)\/locations\/([^/]+)\/operations\/([^/]+)$/.exec(name) ?? [];
  if (project === undefined) throw invalidArgument(`Invalid operation name "${name}".`);
  const projectId = (await deps.access.projects.get(project))?.projectId ?? project;
  const key = keyOf(`projects/${projectId}/locations/${location}/operations/${id}`);
  const kept = (await deps.store.get<KeptOperation>(key))?.value;
  if (!kept || !(await maySee(deps, kept, call))) throw entityNotFound();
  return messageFromJson(OperationSchema, kept.operation, { registry: operationTypes });
}

async function maySee({ access }: ArtifactRegistryDeps, kept: KeptOperation, call: Call): Promise<boolean> {
  if (kept.starter !== '' && kept.starter === callerName(call.principal)) return true;
  const resource = resourceOf(kept.repository);
  return access.isGranted(call.principal, 'artifactregistry.repositories.get', resource, call.time);
}
