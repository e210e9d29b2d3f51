import { randomInt } from 'node:crypto';
import { type AccessControl, iamMethods, type Project, resourceManagerRefusal } from '../../access/index.js';
import {
  type Api,
  type ApiMethod,
  aborted,
  defineMethod,
  type HttpInput,
  invalidArgument,
  type JsonObject,
  type PermissionCheck,
  unimplemented,
} from '../../google/index.js';
import { memberOf, projectName, splitResource } from '../../names/index.js';
import { type Store, VersionConflict } from '../../store/index.js';
import { page } from '../paging.js';
import { accessRules, auditRules, METHODS } from './access.js';
import { createProject, requireLabels, requireName, requireUserOrParent } from './create.js';
import { parseFilter } from './filter.js';
import {
  type CreateRequest,
  onlyParameters,
  type ProjectRequest,
  parseProject,
  projectJson,
  requireEmpty,
  resourceId,
  type UpdateRequest,
} from './project-json.js';

export interface ResourceManagerDeps {
  readonly store: Store;
  readonly access: AccessControl;
}

interface ListRequest {
  readonly filter: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

/** An operation with the member who started it. */
interface KeptOperation {
  readonly startedBy: string;
  readonly operation: JsonObject;
}

const OPERATIONS = 'resource-manager/';
const PROJECT_TYPE = 'type.googleapis.com/google.cloudresourcemanager.v1.Project';
const PAGES = { default: 500, max: 1000 };

/** Resource Manager v1, of which gcloud speaks projects. */
export function resourceManagerApi({ store, access }: ResourceManagerDeps): Api {
  const created = new WeakMap<CreateRequest, string>();
  const audit = auditRules(access, (request) => created.get(request));
  const existing = async (idOrNumber: string) => {
    const project = await access.projects.get(idOrNumber);
    // Whoever may see the folder of a project that is not there learns no more than a stranger.
    if (!project) throw denied('resourcemanager.projects.get', idOrNumber);
    return project;
  };

  const create = defineMethod<CreateRequest, JsonObject>({
    name: METHODS.create,
    bindings: [{ verb: 'POST', template: '/v1/projects', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      return { input: parseProject(input.body) };
    },
    handle: async (request, call) => {
      const { projectId = '', ...wanted } = request.input;
      requireUserOrParent(call.principal.kind === 'user', wanted.parent);
      const creator = memberOf(call.principal);
      if (creator === undefined) throw new Error('a project was created by nobody');
      const name = `operations/cp.${randomInt(1, 2 ** 47)}`;
      const operationOf = (project: Project): KeptOperation => ({
        startedBy: creator,
        operation: creationOperation(name, project),
      });
      const project = await createProject(
        { store, access },
        { projectId, ...wanted, owners: [creator] },
        call.time,
        (made) => [{ op: 'put', key: OPERATIONS + name, value: operationOf(made) }],
      );
      created.set(request, project.projectId);
      return operationOf(project).operation;
    },
    encode: (operation) => operation,
    audit: audit.create,
  });

  const get = defineMethod<ProjectRequest, JsonObject>({
    name: METHODS.get,
    bindings: [{ verb: 'GET', template: '/v1/projects/{projectId}' }],
    decode: (input) => {
      onlyParameters(input);
      return { project: projectOf(input) };
    },
    handle: async ({ project }) => projectJson(await existing(project)),
    encode: (project) => project,
  });

  const list = defineMethod<ListRequest, JsonObject>({
    name: METHODS.list,
    bindings: [{ verb: 'GET', template: '/v1/projects' }],
    decode: decodeList,
    handle: async (request, call) => {
      const matches = parseFilter(request.filter);
      const readable: Project[] = [];
      for (const project of (await access.projects.list()).filter(matches)) {
        const resource = projectName(project.projectId);
        const may = await access.isGranted(
          call.principal,
          'resourcemanager.projects.get',
          resource,
          call.time,
        );
        if (may) readable.push(project);
      }
      const { items, nextPageToken } = page(readable, ({ projectId }) => projectId, request, PAGES);
      return {
        ...(items.length === 0 ? {} : { projects: items.map(projectJson) }),
        ...(nextPageToken === '' ? {} : { nextPageToken }),
      };
    },
    encode: (response) => response,
  });

  const update = defineMethod<UpdateRequest, JsonObject>({
    name: METHODS.update,
    bindings: [{ verb: 'PUT', template: '/v1/projects/{projectId}', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      return { project: projectOf(input), input: parseProject(input.body) };
    },
    handle: async ({ project, input }) => {
      const row = await existing(project);
      const { projectId = row.projectId, name = row.name, labels = {}, parent } = input;
      if (projectId !== row.projectId) throw invalidArgument('The project ID cannot be changed.');
      if (parent !== undefined && parent !== row.parent) {
        throw unimplemented('parent: moving projects is not implemented.');
      }
      requireName(name);
      requireLabels(labels);
      const next = { ...row, name, labels };
      try {
        await store.commit([access.projects.update(next)]);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
        throw aborted('There were concurrent changes to the project. Please retry.');
      }
      return projectJson(next);
    },
    encode: (project) => project,
    audit: audit.update,
  });

  const getAncestry = defineMethod<ProjectRequest, JsonObject>({
    name: METHODS.getAncestry,
    bindings: [{ verb: 'POST', template: '/v1/projects/{projectId}:getAncestry', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      requireEmpty(input.body);
      return { project: projectOf(input) };
    },
    handle: async ({ project }) => {
      const { projectId } = await existing(project);
      const levels = await access.levels(projectName(projectId));
      return {
        ancestor: levels.map(({ resource }) => ({ resourceId: resourceId(splitResource(resource).path) })),
      };
    },
    encode: (response) => response,
  });

  const getOperation = defineMethod<{ readonly name: string }, JsonObject>({
    name: METHODS.getOperation,
    bindings: [{ verb: 'GET', template: '/v1/{name=operations/*}' }],
    decode: ({ path }) => ({ name: path.name ?? '' }),
    handle: async ({ name }, call) => {
      const kept = (await store.get<KeptOperation>(OPERATIONS + name))?.value;
      if (!kept || kept.startedBy !== memberOf(call.principal))
        throw denied('resourcemanager.projects.get', name);
      return kept.operation;
    },
    encode: (operation) => operation,
  });

  const policies = projectPolicies(access);
  return {
    host: 'cloudresourcemanager.googleapis.com',
    regional: false,
    methods: [
      create,
      get,
      list,
      update,
      getAncestry,
      getOperation,
      ...policies.methods,
      notYet(METHODS.delete, 'DELETE', '/v1/projects/{projectId}'),
      notYet(METHODS.undelete, 'POST', '/v1/projects/{projectId}:undelete'),
    ],
    access: { ...accessRules(), ...policies.access },
  };
}

function projectPolicies(access: AccessControl) {
  const post = (verb: string) => [
    { verb: 'POST', template: `/v1/projects/{resource}:${verb}`, body: '*' } as const,
  ];
  return iamMethods(
    access,
    {
      permissions: {
        get: 'resourcemanager.projects.getIamPolicy',
        set: 'resourcemanager.projects.setIamPolicy',
      },
      locate: async (idOrNumber) => {
        const project = (await access.projects.get(idOrNumber))?.projectId ?? idOrNumber;
        return { resource: projectName(project), label: `projects/${project}`, project };
      },
      mustExist: async ({ project }) => {
        if (!(await access.projects.get(project))) throw denied('resourcemanager.projects.get', project);
      },
      refusal: resourceManagerRefusal,
      audit: {
        serviceName: 'cloudresourcemanager.googleapis.com',
        methodName: 'SetIamPolicy',
        monitored: ({ project }) => ({ type: 'project', labels: { project_id: project } }),
        policyDelta: true,
      },
    },
    {
      getIamPolicy: { name: METHODS.getIamPolicy, bindings: post('getIamPolicy') },
      setIamPolicy: { name: METHODS.setIamPolicy, bindings: post('setIamPolicy') },
      testIamPermissions: { name: METHODS.testIamPermissions, bindings: post('testIamPermissions') },
    },
  );
}

/** Deleting a project would have to stop what runs in it. */
function notYet(name: string, verb: 'DELETE' | 'POST', template: string): ApiMethod {
  return {
    ...defineMethod<undefined, never>({
      name,
      bindings: [{ verb, template, ...(verb === 'POST' ? { body: '*' } : {}) }],
      decode: () => undefined,
      handle: async () => {
        throw unimplemented(`Method ${name} is not implemented.`);
      },
      encode: (response) => response,
    }),
    implemented: false,
  };
}

function denied(permission: string, project: string): Error {
  const check: PermissionCheck = { permission, resource: projectName(project), label: `projects/${project}` };
  return resourceManagerRefusal(check);
}

function projectOf(input: HttpInput): string {
  const { projectId } = input.path;
  if (projectId === undefined) throw new Error('the template names its variable projectId');
  return projectId;
}

function decodeList(input: HttpInput): ListRequest {
  onlyParameters(input, 'filter', 'pageSize', 'pageToken');
  const size = input.query.get('pageSize') ?? '0';
  if (!/^-?\d{1,9}$/.test(size))
    throw invalidArgument(`Invalid value at 'page_size' (TYPE_INT32), "${size}"`);
  return {
    filter: input.query.get('filter') ?? '',
    pageSize: Number(size),
    pageToken: input.query.get('pageToken') ?? '',
  };
}

/** Creating a project takes Google some seconds; here it is done when it is answered. */
function creationOperation(name: string, project: Project): JsonObject {
  return {
    name,
    metadata: {
      '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus',
      createTime: project.createTime,
      gettable: true,
      ready: true,
    },
    done: true,
    response: { '@type': PROJECT_TYPE, ...projectJson(project) },
  };
}
