/** Reading and changing projects. */
import { type AccessControl, type Project, resourceManagerRefusal } from '../../access/index.js';
import {
  type ApiMethod,
  aborted,
  defineMethod,
  type HttpInput,
  invalidArgument,
  type JsonObject,
  unimplemented,
} from '../../google/index.js';
import { projectName, splitResource } from '../../names/index.js';
import { type Store, VersionConflict } from '../../store/index.js';
import { page } from '../paging.js';
import { METHODS, updateAudit } from './access.js';
import { requireLabels, requireName } from './create.js';
import { parseFilter } from './filter.js';
import {
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

/** The refusal that says nothing: of what is forbidden, and of what does not exist. */
export function denied(project: string): Error {
  return resourceManagerRefusal({
    permission: 'resourcemanager.projects.get',
    resource: projectName(project),
    label: `projects/${project}`,
  });
}

/** The project. Whoever may see the folder of one that is not there learns no more than a stranger. */
async function existing({ access }: ResourceManagerDeps, idOrNumber: string) {
  const project = await access.projects.get(idOrNumber);
  if (!project) throw denied(idOrNumber);
  return project;
}

function projectOf(input: HttpInput): string {
  const { projectId } = input.path;
  if (projectId === undefined) throw new Error('the template names its variable projectId');
  return projectId;
}

export function getMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<ProjectRequest, JsonObject>({
    name: METHODS.get,
    bindings: [{ verb: 'GET', template: '/v1/projects/{projectId}' }],
    decode: (input) => {
      onlyParameters(input);
      return { project: projectOf(input) };
    },
    handle: async ({ project }) => projectJson(await existing(deps, project)),
    encode: (project) => project,
  });
}

interface ListRequest {
  readonly filter: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

const PAGES = { default: 500, max: 1000 };

export function listMethod({ access }: ResourceManagerDeps): ApiMethod {
  return defineMethod<ListRequest, JsonObject>({
    name: METHODS.list,
    bindings: [{ verb: 'GET', template: '/v1/projects' }],
    decode: decodeList,
    handle: async (request, { principal, time }) => {
      const matches = parseFilter(request.filter);
      const readable: Project[] = [];
      for (const project of (await access.projects.list()).filter(matches)) {
        const resource = projectName(project.projectId);
        if (await access.isGranted(principal, 'resourcemanager.projects.get', resource, time)) {
          readable.push(project);
        }
      }
      const { items, nextPageToken } = page(readable, ({ projectId }) => projectId, request, PAGES);
      return {
        ...(items.length === 0 ? {} : { projects: items.map(projectJson) }),
        ...(nextPageToken === '' ? {} : { nextPageToken }),
      };
    },
    encode: (response) => response,
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

/** Replaces name and labels: all that an update may change. */
export function updateMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<UpdateRequest, JsonObject>({
    name: METHODS.update,
    bindings: [{ verb: 'PUT', template: '/v1/projects/{projectId}', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      return { project: projectOf(input), input: parseProject(input.body) };
    },
    handle: async ({ project, input }) => {
      const row = await existing(deps, project);
      const { projectId = row.projectId, name = row.name, labels = {}, parent } = input;
      if (projectId !== row.projectId) throw invalidArgument('The project ID cannot be changed.');
      if (parent !== undefined && parent !== row.parent) {
        throw unimplemented('parent: moving projects is not implemented.');
      }
      requireName(name);
      requireLabels(labels);
      const next = { ...row, name, labels };
      try {
        await deps.store.commit([deps.access.projects.update(next)]);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
        throw aborted('There were concurrent changes to the project. Please retry.');
      }
      return projectJson(next);
    },
    encode: (project) => project,
    audit: updateAudit(deps.access),
  });
}

export function ancestryMethod(deps: ResourceManagerDeps): ApiMethod {
  return defineMethod<ProjectRequest, JsonObject>({
    name: METHODS.getAncestry,
    bindings: [{ verb: 'POST', template: '/v1/projects/{projectId}:getAncestry', body: '*' }],
    decode: (input) => {
      onlyParameters(input);
      requireEmpty(input.body);
      return { project: projectOf(input) };
    },
    handle: async ({ project }) => {
      const { projectId } = await existing(deps, project);
      const levels = await deps.access.levels(projectName(projectId));
      return {
        ancestor: levels.map(({ resource }) => ({ resourceId: resourceId(splitResource(resource).path) })),
      };
    },
    encode: (response) => response,
  });
}
