/** Projects and operations as the messages of v3. */
import { create, createRegistry, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { Project } from '../../access/index.js';
import {
  CreateProjectMetadataSchema,
  DeleteProjectMetadataSchema,
  MoveProjectMetadataSchema,
  type Project as ProjectMessage,
  ProjectSchema,
  Project_State as State,
  UndeleteProjectMetadataSchema,
  UpdateProjectMetadataSchema,
} from '../../google/gen/google/cloud/resourcemanager/v3/projects_pb.js';
import type { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import { FOLDER_MESSAGES, folderOperationMessage } from './folder-messages.js';
import type { Operation, ProjectOperation } from './operations.js';
import type { ProjectInput } from './v1-json.js';
import { weakEtag } from './weak-etag.js';

const METADATA = {
  update: UpdateProjectMetadataSchema,
  move: MoveProjectMetadataSchema,
  delete: DeleteProjectMetadataSchema,
  undelete: UndeleteProjectMetadataSchema,
} as const;

/** The messages that operations carry. */
export const registry = createRegistry(
  ProjectSchema,
  CreateProjectMetadataSchema,
  ...Object.values(METADATA),
  ...FOLDER_MESSAGES,
);

const timestamp = (text: string) => timestampFromDate(new Date(text));

export function projectMessage(project: Project): MessageInitShape<typeof ProjectSchema> {
  const { projectId, number, name, state, createTime, updateTime, deleteTime, labels, parent } = project;
  return {
    name: `projects/${number}`,
    ...(parent === undefined ? {} : { parent }),
    projectId,
    state: state === 'ACTIVE' ? State.ACTIVE : State.DELETE_REQUESTED,
    displayName: name,
    createTime: timestamp(createTime),
    updateTime: timestamp(updateTime ?? createTime),
    ...(deleteTime === undefined ? {} : { deleteTime: timestamp(deleteTime) }),
    etag: etagOf(project),
    labels: { ...labels },
  };
}

export function etagOf({ services: _services, ...project }: Project): string {
  const { projectId, number, name, state, labels, parent, createTime, updateTime, deleteTime } = project;
  const value = [projectId, number, name, state, Object.entries(labels).sort(), parent ?? ''];
  const times = [createTime, updateTime ?? '', deleteTime ?? ''];
  return weakEtag([value, times]);
}

/** What a creation says of the project; the output-only fields are read over, as AIP-203 has it. */
export function projectInput({ projectId, displayName, parent, labels }: ProjectMessage): ProjectInput {
  return {
    projectId,
    ...(displayName === '' ? {} : { name: displayName }),
    ...(parent === '' ? {} : { parent }),
    labels,
  };
}

/** An operation of either kind. */
export function anyOperationMessage(operation: Operation): MessageInitShape<typeof OperationSchema> {
  return 'project' in operation ? operationMessage(operation) : folderOperationMessage(operation);
}

export function operationMessage({
  name,
  kind,
  project,
}: ProjectOperation): MessageInitShape<typeof OperationSchema> {
  return {
    name,
    metadata:
      kind === 'create'
        ? anyPack(
            CreateProjectMetadataSchema,
            create(CreateProjectMetadataSchema, {
              createTime: timestamp(project.createTime),
              gettable: true,
              ready: true,
            }),
          )
        : anyPack(METADATA[kind], create(METADATA[kind])),
    done: true,
    result: {
      case: 'response',
      value: anyPack(ProjectSchema, create(ProjectSchema, projectMessage(project))),
    },
  };
}
