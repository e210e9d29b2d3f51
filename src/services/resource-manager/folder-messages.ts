/** Folders and their operations as the messages of v3 and v2. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type Folder, isUsable } from '../../access/index.js';
import {
  FolderOperationSchema,
  FolderOperation_OperationType as OperationType,
  FolderSchema as V2FolderSchema,
  Folder_LifecycleState as V2State,
} from '../../google/gen/google/cloud/resourcemanager/v2/folders_pb.js';
import {
  CreateFolderMetadataSchema,
  DeleteFolderMetadataSchema,
  FolderSchema,
  MoveFolderMetadataSchema,
  Folder_State as State,
  UndeleteFolderMetadataSchema,
  UpdateFolderMetadataSchema,
} from '../../google/gen/google/cloud/resourcemanager/v3/folders_pb.js';
import type { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import { PreconditionFailureSchema } from '../../google/gen/google/rpc/error_details_pb.js';
import { STATUS } from '../../google/index.js';
import type { FolderOperation } from './operations.js';
import { weakEtag } from './weak-etag.js';

/** The messages that operations on folders carry, in either version. */
export const FOLDER_MESSAGES = [
  FolderSchema,
  CreateFolderMetadataSchema,
  UpdateFolderMetadataSchema,
  MoveFolderMetadataSchema,
  DeleteFolderMetadataSchema,
  UndeleteFolderMetadataSchema,
  V2FolderSchema,
  FolderOperationSchema,
  PreconditionFailureSchema,
] as const;

const timestamp = (text: string) => timestampFromDate(new Date(text));

export function folderMessage(folder: Folder): MessageInitShape<typeof FolderSchema> {
  const { id, displayName, parent, createTime, updateTime, deleteTime } = folder;
  return {
    name: `folders/${id}`,
    parent,
    displayName,
    state: isUsable(folder) ? State.ACTIVE : State.DELETE_REQUESTED,
    createTime: timestamp(createTime),
    updateTime: timestamp(updateTime ?? createTime),
    ...(deleteTime === undefined ? {} : { deleteTime: timestamp(deleteTime) }),
    etag: folderEtag(folder),
  };
}

/** "A checksum computed by the server based on the current value of the folder resource" */
export function folderEtag({ id, displayName, parent, state, createTime, updateTime }: Folder): string {
  return weakEtag([id, displayName, parent, state, createTime, updateTime ?? '']);
}

export function v2FolderMessage(folder: Folder): MessageInitShape<typeof V2FolderSchema> {
  const { id, displayName, parent, createTime } = folder;
  return {
    name: `folders/${id}`,
    parent,
    displayName,
    lifecycleState: isUsable(folder) ? V2State.ACTIVE : V2State.DELETE_REQUESTED,
    createTime: timestamp(createTime),
  };
}

type OperationMessage = MessageInitShape<typeof OperationSchema>;

export function folderOperationMessage(operation: FolderOperation): OperationMessage {
  const { result } = operation;
  return {
    name: operation.name,
    metadata: metadata(operation),
    done: true,
    result: result.ok
      ? {
          case: 'response',
          value: anyPack(FolderSchema, create(FolderSchema, folderMessage(result.folder))),
        }
      : errorOf(result),
  };
}

function metadata({ kind, about }: FolderOperation) {
  const { displayName, sourceParent = '', destinationParent } = about;
  switch (kind) {
    case 'create': {
      const created = { displayName, parent: destinationParent };
      return anyPack(CreateFolderMetadataSchema, create(CreateFolderMetadataSchema, created));
    }
    case 'move': {
      const moved = { displayName, sourceParent, destinationParent };
      return anyPack(MoveFolderMetadataSchema, create(MoveFolderMetadataSchema, moved));
    }
    case 'update':
      return anyPack(UpdateFolderMetadataSchema, create(UpdateFolderMetadataSchema));
    case 'delete':
      return anyPack(DeleteFolderMetadataSchema, create(DeleteFolderMetadataSchema));
    case 'undelete':
      return anyPack(UndeleteFolderMetadataSchema, create(UndeleteFolderMetadataSchema));
  }
}

/** In v2, only making and moving a folder are operations. */
export function v2OperationMessage(operation: FolderOperation): OperationMessage {
  const { name, kind, about, result } = operation;
  const { displayName, sourceParent = '', destinationParent } = about;
  return {
    name,
    metadata: anyPack(
      FolderOperationSchema,
      create(FolderOperationSchema, {
        displayName,
        operationType: TYPES[kind],
        sourceParent,
        destinationParent,
      }),
    ),
    done: true,
    result: result.ok
      ? {
          case: 'response',
          value: anyPack(V2FolderSchema, create(V2FolderSchema, v2FolderMessage(result.folder))),
        }
      : errorOf(result),
  };
}

const TYPES = {
  create: OperationType.CREATE,
  move: OperationType.MOVE,
  update: OperationType.OPERATION_TYPE_UNSPECIFIED,
  delete: OperationType.OPERATION_TYPE_UNSPECIFIED,
  undelete: OperationType.OPERATION_TYPE_UNSPECIFIED,
} as const;

function errorOf(result: Exclude<FolderOperation['result'], { ok: true }>) {
  const { violation, subject, message } = result;
  const violations = [{ type: violation, subject, description: message }];
  return {
    case: 'error' as const,
    value: {
      code: STATUS.FAILED_PRECONDITION.grpc,
      message,
      details: [anyPack(PreconditionFailureSchema, create(PreconditionFailureSchema, { violations }))],
    },
  };
}
