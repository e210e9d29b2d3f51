/** Revisions: get, list and delete, under the services and worker pools that they belong to. */
import { create, type MessageShape } from '@bufbuild/protobuf';
import {
  DeleteRevisionRequestSchema,
  type GetRevisionRequestSchema,
  type ListRevisionsRequestSchema,
  Revisions,
} from '../../google/gen/google/cloud/run/v2/revision_pb.js';
import { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import { type AccessRule, type PermissionType, protoMethods } from '../../google/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import { parseRevisionName, parseRevisionOwner, type RunName } from '../run/names.js';
import { onProject } from '../run/rules.js';
import { operationTypes } from './operations.js';
import { answer } from './resources.js';
import { poolRevisions, type RevisionCalls, serviceRevisions } from './revisions-of.js';
import { onResource, operationAudit } from './rules.js';

const REVISIONS = 'google.cloud.run.v2.Revisions';

type ListRequest = MessageShape<typeof ListRevisionsRequestSchema>;
type OneRequest = MessageShape<typeof GetRevisionRequestSchema | typeof DeleteRevisionRequestSchema>;

export function revisionMethods(deps: RunDependencies): MethodTable {
  const [ofServices, ofPools] = [serviceRevisions(deps), poolRevisions(deps)];
  const of = ({ kind }: RunName): RevisionCalls => (kind === 'workerPool' ? ofPools : ofServices);
  return {
    methods: protoMethods(
      Revisions,
      {
        getRevision: async (request) => {
          const name = parseRevisionName(request.name);
          return of(name).get(name);
        },
        listRevisions: async (request, call) => {
          const owner = parseRevisionOwner(request.parent);
          const { items, nextPageToken } = await of(owner).list(owner, request, call.time);
          return { revisions: items, nextPageToken };
        },
        deleteRevision: async (request, call) => {
          const name = parseRevisionName(request.name);
          const operation = await of(name).remove(name, request, call);
          return create(OperationSchema, answer(operation, request.validateOnly));
        },
      },
      {
        registry: operationTypes,
        audit: { deleteRevision: operationAudit(deps, DeleteRevisionRequestSchema, ({ name }) => name) },
      },
    ),
    access: {
      [`${REVISIONS}.GetRevision`]: onRevision(deps, 'ADMIN_READ', 'run.revisions.get'),
      [`${REVISIONS}.DeleteRevision`]: onRevision(deps, 'ADMIN_WRITE', 'run.revisions.delete'),
      [`${REVISIONS}.ListRevisions`]: onList(deps),
    },
  };
}

/** Revisions carry no policy: their owner's decides. */
function onRevision(deps: RunDependencies, type: PermissionType, permission: string): AccessRule {
  return onResource(deps.access.projects, type, permission, ({ name }: OneRequest) => {
    const { revision, ...owner } = parseRevisionName(name);
    return { ...owner, below: `revisions/${revision}` };
  });
}

function onList(deps: RunDependencies): AccessRule {
  const { projects } = deps.access;
  const permission = 'run.revisions.list';
  const ofOne = onResource(projects, 'ADMIN_READ', permission, (request: ListRequest) => ({
    ...parseRevisionOwner(request.parent),
    below: 'revisions',
  }));
  const ofAll = onProject(projects, 'ADMIN_READ', permission, (request: ListRequest) => ({
    ...parseRevisionOwner(request.parent),
    label: `${request.parent}/revisions`,
  }));
  if (ofOne.kind !== 'permission' || ofAll.kind !== 'permission') throw new Error('unreachable');
  const [one, all] = [ofOne, ofAll];
  return {
    ...one,
    checks: (request: ListRequest, call) =>
      (request.parent.endsWith('/-') ? all : one).checks(request as never, call),
  };
}
