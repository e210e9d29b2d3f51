/** Revisions: get, list and delete, under the services that they belong to. */
import { create, type MessageShape } from '@bufbuild/protobuf';
import {
  type RevisionRecord,
  revisionNotFound,
  type ServiceKey,
  type Stored,
  serviceNotFound,
} from '../../deployments/index.js';
import {
  DeleteRevisionRequestSchema,
  type GetRevisionRequestSchema,
  type ListRevisionsRequestSchema,
  Revisions,
} from '../../google/gen/google/cloud/run/v2/revision_pb.js';
import { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import { type AccessRule, type PermissionType, protoMethods, unimplemented } from '../../google/index.js';
import { page } from '../paging.js';
import { type MethodTable, projectIdOf, type RunDependencies } from '../run/context.js';
import { parseRevisionName, parseRevisionOwner, type RevisionName } from '../run/names.js';
import { newestFirst, sortedBy } from '../run/order.js';
import { servedRevisions } from '../run/revisions.js';
import { onProject } from '../run/rules.js';
import { matchEtag } from './etag.js';
import { operationMessage, operationTypes, validated } from './operations.js';
import { onResource, operationAudit } from './rules.js';
import { revisionMessage, revisionVersion } from './view.js';

const REVISIONS = 'google.cloud.run.v2.Revisions';

type ListRequest = MessageShape<typeof ListRevisionsRequestSchema>;
type OneRequest = MessageShape<typeof GetRevisionRequestSchema | typeof DeleteRevisionRequestSchema>;

export function revisionMethods(deps: RunDependencies): MethodTable {
  const { removal } = deps.deployments;
  return {
    methods: protoMethods(
      Revisions,
      {
        getRevision: async ({ name }) => {
          const { key, row } = await find(deps, revisionNamed(name));
          const served = await servedRevisions(deps.deployments, key.project, key.location);
          return revisionMessage(row.value, served.has(key.name));
        },
        listRevisions: async (request, call) => list(deps, request, call.time),
        deleteRevision: async ({ name, etag, validateOnly }, call) => {
          const { key } = await find(deps, revisionNamed(name));
          const operation = await removal.revision(key, call, {
            check: ({ value }) => matchEtag(etag, revisionVersion(value), value.name),
            dryRun: validateOnly,
          });
          return create(
            OperationSchema,
            validateOnly ? validated(operation.subject) : operationMessage(operation),
          );
        },
      },
      {
        registry: operationTypes,
        audit: {
          deleteRevision: operationAudit(deps, DeleteRevisionRequestSchema, ({ name }) => name),
        },
      },
    ),
    access: {
      [`${REVISIONS}.GetRevision`]: onRevision(deps, 'ADMIN_READ', 'run.revisions.get'),
      [`${REVISIONS}.DeleteRevision`]: onRevision(deps, 'ADMIN_WRITE', 'run.revisions.delete'),
      [`${REVISIONS}.ListRevisions`]: onList(deps),
    },
  };
}

/** @throws UNIMPLEMENTED for a worker pool's */
function revisionNamed(name: string): RevisionName {
  refuseWorkerPools(name);
  return parseRevisionName(name);
}

function refuseWorkerPools(name: string): void {
  if (/^projects\/[^/]+\/locations\/[^/]+\/workerPools\//.test(name))
    throw unimplemented('Revisions of worker pools are not implemented.');
}

/** The revision of that service. @throws NOT_FOUND */
async function find(
  { access, deployments }: RunDependencies,
  { project, location, name, revision }: RevisionName,
): Promise<{ key: ServiceKey; row: Stored<RevisionRecord> }> {
  const key = { project: await projectIdOf(access.projects, project), location, name: revision };
  const row = await deployments.getRevision(key.project, location, revision);
  if (row?.value.service !== name) throw revisionNotFound(key);
  return { key, row };
}

/** "To list all Revisions across Services, use "-" instead of Service name." (ListRevisionsRequest.parent) */
async function list({ access, deployments }: RunDependencies, request: ListRequest, time: Date) {
  refuseWorkerPools(`${request.parent}/`);
  const { project: given, location, name: service } = parseRevisionOwner(request.parent);
  const project = await projectIdOf(access.projects, given);
  const rows = await deployments.listRevisions(project, location);
  const deleted = request.showDeleted ? await deployments.listDeletedRevisions(project, location, time) : [];
  const chosen = [...rows.map(({ value }) => value), ...deleted].filter(
    (revision) => service === '-' || revision.service === service,
  );
  if (chosen.length === 0 && service !== '-')
    await mustExist(deployments, { project, location, name: service });
  const { items, nextPageToken } = page(sortedBy(chosen, newestFirst), newestFirst, request, {
    default: 100,
    max: 1000,
  });
  const served = await servedRevisions(deployments, project, location);
  const serves = (revision: RevisionRecord) => !revision.deletion && served.has(revision.name);
  return {
    revisions: items.map((revision) => revisionMessage(revision, serves(revision))),
    nextPageToken,
  };
}

async function mustExist(deployments: RunDependencies['deployments'], key: ServiceKey): Promise<void> {
  const services = await deployments.list(key.project, key.location);
  if (!services.some(({ value }) => value.name === key.name)) throw serviceNotFound(key);
}

/** Revisions carry no policy: their service's decides. */
function onRevision(deps: RunDependencies, type: PermissionType, permission: string): AccessRule {
  return onResource(deps.access.projects, type, permission, ({ name }: OneRequest) => {
    const { revision, ...owner } = revisionNamed(name);
    return { ...owner, below: `revisions/${revision}` };
  });
}

function onList(deps: RunDependencies): AccessRule {
  const { projects } = deps.access;
  const permission = 'run.revisions.list';
  const locate = ({ parent }: ListRequest) => {
    refuseWorkerPools(`${parent}/`);
    return parseRevisionOwner(parent);
  };
  const ofOne = onResource(projects, 'ADMIN_READ', permission, (request: ListRequest) => ({
    ...locate(request),
    below: 'revisions',
  }));
  const ofAll = onProject(projects, 'ADMIN_READ', permission, (request: ListRequest) => ({
    ...locate(request),
    label: `${request.parent}/revisions`,
  }));
  if (ofOne.kind !== 'permission' || ofAll.kind !== 'permission') throw new Error('unreachable');
  const [one, all] = [ofOne, ofAll];
  return {
    ...one,
    checks: (request: ListRequest, call) =>
      (request.parent.endsWith('/services/-') ? all : one).checks(request as never, call),
  };
}
