/** Resource Manager v1, which gcloud and Terraform speak. It has no protos: its table is written by hand. */
import { isUsable, type Project } from '../../access/index.js';
import { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type AccessRule,
  type Api,
  type ApiMethod,
  defineMethod,
  type HttpInput,
  invalidArgument,
  isJsonObject,
  type JsonObject,
  messageToJson,
  permissionDenied,
} from '../../google/index.js';
import { projectName, splitResource } from '../../names/index.js';
import { page } from '../paging.js';
import {
  changeAudit,
  checked,
  createAudit,
  createRule,
  onProject,
  operationRule,
  readable,
  V1,
} from './access.js';
import {
  changeProject,
  check,
  deleteProject,
  existing,
  moveChecks,
  type ResourceManagerDeps,
  undeleteProject,
} from './changes.js';
import { createProject } from './create.js';
import { v2OperationMessage } from './folder-messages.js';
import { type Operation, operationOf, startOperation } from './operations.js';
import { v1Policies } from './policies.js';
import { parseQuery } from './query.js';
import { requireUserOrParent } from './rules.js';
import {
  type CreateRequest,
  inputJson,
  onlyParameters,
  operationJson,
  type ProjectRequest,
  parseProject,
  projectJson,
  requireEmpty,
  resourceId,
  type UpdateRequest,
} from './v1-json.js';
import { registry } from './v3-messages.js';

export function v1Methods(deps: ResourceManagerDeps): Pick<Api, 'methods' | 'access'> {
  const policies = v1Policies(deps.access);
  return {
    methods: [
      createMethod(deps),
      operationMethod(deps),
      getMethod(deps),
      listMethod(deps),
      updateMethod(deps),
      deleteMethod(deps),
      undeleteMethod(deps),
      ancestryMethod(deps),
      ...policies.methods,
    ],
    access: { ...v1Rules(deps), ...policies.access },
  };
}

function v1Rules(deps: ResourceManagerDeps): Record<string, AccessRule> {
  const projectOf = ({ project }: ProjectRequest) => project;
  return {
    [V1.create]: createRule(({ input }: CreateRequest) => input.parent),
    [V1.get]: onProject('ADMIN_READ', 'get', projectOf),
    [V1.getAncestry]: onProject('ADMIN_READ', 'get', projectOf),
    [V1.update]: checked('ADMIN_WRITE', async ({ project, input: { parent } }: UpdateRequest) => {
      const changes = check('resourcemanager.projects.update', `projects/${project}`);
      const current = (await deps.access.projects.get(project))?.parent;
      return parent === undefined || parent === current
        ? [changes]
        : [changes, ...(await moveChecks(deps, project, parent))];
    }),
    [V1.delete]: onProject('ADMIN_WRITE', 'delete', projectOf),
    [V1.undelete]: onProject('ADMIN_WRITE', 'undelete', projectOf),
    [V1.list]: readable('the list'),
    [V1.getOperation]: operationRule,
  };
}

const TYPE = 'type.googleapis.com/google.cloudresourcemanager.v1';

function projectIn(input: HttpInput): string {
  const { projectId } = input.path;
  if (projectId === undefined) throw new Error('the template names its variable projectId');
  return projectId;
}

function decodeProject(input: HttpInput): ProjectRequest {
  onlyParameters(input);
  requireEmpty(input.body);
  return { project: projectIn(input) };
}

const given = ({ project }: ProjectRequest) => project;
const asItIs = (response: JsonObject): JsonObject => response;

function createMethod(deps: ResourceManagerDeps): ApiMethod {
  const created = new WeakMap<CreateRequest, string>();
  return defineMethod<CreateRequest, JsonObject>({
    name: V1.create,
    bindings: [{ verb: 'POST', template: '/v1/projects', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      return { input: parseProject(input.body) };
    },
    handle: async (request, call) => {
      const { projectId = '', ...wanted } = request.input;
      requireUserOrParent(call.principal.kind === 'user', wanted.parent);
      const { creator, keep, done } = startOperation('create', call);
      const owned = { projectId, ...wanted, owners: [creator] };
      const project = await createProject(deps, owned, call.time, keep);
      created.set(request, project.projectId);
      return operationJson(done(project));
    },
    encode: asItIs,
    audit: {
      ...createAudit(
        ({ input }: CreateRequest) => input.projectId ?? '',
        (request) => created.get(request),
      ),
      request: ({ input }: CreateRequest) => ({
        '@type': `${TYPE}.CreateProjectRequest`,
        project: inputJson(input),
      }),
      response: asItIs,
    },
  });
}

function operationMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<{ readonly name: string }, JsonObject>({
    name: V1.getOperation,
    bindings: [{ verb: 'GET', template: '/v1/{name=operations/*}' }],
    decode: (input) => {
      onlyParameters(input);
      return { name: input.path.name ?? '' };
    },
    handle: async ({ name }, call) => anyOperationJson(await operationOf(deps, name, call)),
    encode: asItIs,
  });
}

/** gcloud reads operations on folders here, which it started in v2. */
function anyOperationJson(operation: Operation): JsonObject {
  if ('project' in operation) return operationJson(operation);
  const json = messageToJson(OperationSchema, v2OperationMessage(operation), { registry });
  return isJsonObject(json) ? json : {};
}

function getMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<ProjectRequest, JsonObject>({
    name: V1.get,
    bindings: [{ verb: 'GET', template: '/v1/projects/{projectId}' }],
    decode: decodeProject,
    handle: async ({ project }) => projectJson(await existing(deps, project)),
    encode: asItIs,
  });
}

interface ListRequest {
  readonly filter: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

const PAGES = { default: 500, max: 1000 };

function listMethod({ access }: ResourceManagerDeps): ApiMethod {
  return defineMethod<ListRequest, JsonObject>({
    name: V1.list,
    bindings: [{ verb: 'GET', template: '/v1/projects' }],
    decode: decodeList,
    handle: async (request, { principal, time }) => {
      const matches = parseQuery(request.filter);
      const visible: Project[] = [];
      for (const project of (await access.projects.list()).filter(matches)) {
        const resource = projectName(project.projectId);
        if (await access.isGranted(principal, 'resourcemanager.projects.get', resource, time)) {
          visible.push(project);
        }
      }
      const { items, nextPageToken } = page(visible, ({ projectId }) => projectId, request, PAGES);
      return {
        ...(items.length === 0 ? {} : { projects: items.map(projectJson) }),
        ...(nextPageToken === '' ? {} : { nextPageToken }),
      };
    },
    encode: asItIs,
  });
}

function decodeList(input: HttpInput): ListRequest {
  onlyParameters(input, 'filter', 'pageSize', 'pageToken');
  const size = input.query.get('pageSize') ?? '0';
  if (!/^-?\d{1,9}$/.test(size)) {
    throw invalidArgument(`Invalid value at 'page_size' (TYPE_INT32), "${size}"`);
  }
  return {
    filter: input.query.get('filter') ?? '',
    pageSize: Number(size),
    pageToken: input.query.get('pageToken') ?? '',
  };
}

/** Replaces name and labels, and moves the project when another parent is named: all that an update may change. */
function updateMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<UpdateRequest, JsonObject>({
    name: V1.update,
    bindings: [{ verb: 'PUT', template: '/v1/projects/{projectId}', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      return { project: projectIn(input), input: parseProject(input.body) };
    },
    handle: async ({ project, input }, { time }) => {
      const row = await existing(deps, project);
      const { projectId = row.projectId, labels = {}, ...change } = input;
      if (projectId !== row.projectId) throw invalidArgument('The project ID cannot be changed.');
      return projectJson(await changeProject(deps, project, { ...change, labels }, time));
    },
    encode: asItIs,
    audit: changeAudit(
      deps.access,
      'UpdateProject',
      given,
      ({ project, input }: UpdateRequest) => ({
        '@type': `${TYPE}.UpdateProjectRequest`,
        project: { projectId: project, ...inputJson(input) },
      }),
      (response: JsonObject) => ({ '@type': `${TYPE}.Project`, ...response }),
    ),
  });
}

function deleteMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<ProjectRequest, JsonObject>({
    name: V1.delete,
    bindings: [{ verb: 'DELETE', template: '/v1/projects/{projectId}' }],
    decode: decodeProject,
    handle: async ({ project }, { time }) => {
      const row = await existing(deps, project);
      // v3 takes it for done; v1 refuses, with a 403.
      if (!isUsable(row)) throw permissionDenied('Cannot delete an inactive project.');
      await deleteProject(deps, row, time);
      return {};
    },
    encode: asItIs,
    audit: changeAudit(
      deps.access,
      'DeleteProject',
      given,
      ({ project }: ProjectRequest) => ({ '@type': `${TYPE}.DeleteProjectRequest`, projectId: project }),
      () => undefined,
    ),
  });
}

function undeleteMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<ProjectRequest, JsonObject>({
    name: V1.undelete,
    bindings: [{ verb: 'POST', template: '/v1/projects/{projectId}:undelete', body: '*' }],
    decode: decodeProject,
    handle: async ({ project }, { time }) => {
      await undeleteProject(deps, project, time);
      return {};
    },
    encode: asItIs,
    audit: changeAudit(
      deps.access,
      'UndeleteProject',
      given,
      ({ project }: ProjectRequest) => ({ '@type': `${TYPE}.UndeleteProjectRequest`, projectId: project }),
      () => undefined,
    ),
  });
}

function ancestryMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<ProjectRequest, JsonObject>({
    name: V1.getAncestry,
    bindings: [{ verb: 'POST', template: '/v1/projects/{projectId}:getAncestry', body: '*' }],
    decode: decodeProject,
    handle: async ({ project }) => {
      const { projectId } = await existing(deps, project);
      const levels = await deps.access.levels(projectName(projectId));
      return {
        ancestor: levels.map(({ resource }) => ({ resourceId: resourceId(splitResource(resource).path) })),
      };
    },
    encode: asItIs,
  });
}
