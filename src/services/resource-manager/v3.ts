/** Resource Manager v3: projects, and the operations of everything. */
import { createRegistry } from '@bufbuild/protobuf';
import { isUsable, type Project } from '../../access/index.js';
import {
  type CreateProjectRequest,
  type ListProjectsRequest,
  type MoveProjectRequest,
  Projects,
  type UpdateProjectRequest,
} from '../../google/gen/google/cloud/resourcemanager/v3/projects_pb.js';
import { Operations } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type AccessRule,
  type Api,
  type AuditRule,
  aborted,
  badField,
  type Call,
  invalidArgument,
  protoMethods,
} from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { page } from '../paging.js';
import {
  changeAudit,
  checked,
  createAudit,
  createRule,
  onProject,
  operationRule,
  readable,
  V3,
} from './access.js';
import {
  changeProject,
  check,
  deleteProject,
  existing,
  moveChecks,
  type ProjectChange,
  type ResourceManagerDeps,
  undeleteProject,
} from './changes.js';
import { createProject } from './create.js';
import { operationOf, startOperation } from './operations.js';
import { v3Policies } from './policies.js';
import { parseQuery } from './query.js';
import { requireParentName, requireUserOrParent } from './rules.js';
import { keptTagOperation, tagOperationTypes } from './tags/index.js';
import {
  anyOperationMessage,
  etagOf,
  operationMessage,
  projectInput,
  projectMessage,
  registry,
} from './v3-messages.js';

export function v3Methods(deps: ResourceManagerDeps): Pick<Api, 'methods' | 'access'> {
  const policies = v3Policies(deps.access);
  const created = new WeakMap<CreateProjectRequest, string>();
  const projects = protoMethods(
    Projects,
    { ...readers(deps), ...writers(deps, created), ...policies.handlers },
    { registry, audit: { ...audits(deps, created), ...policies.audit } },
  );
  const operations = protoMethods(
    Operations,
    {
      getOperation: async ({ name }, call) =>
        (await keptTagOperation(deps.store, name, call)) ??
        anyOperationMessage(await operationOf(deps, name, call)),
    },
    { registry: createRegistry(registry, tagOperationTypes), bindings: OPERATION_ROUTES },
  );
  return {
    methods: [...projects, ...operations],
    access: {
      ...v3Rules(deps),
      [V3.getIamPolicy]: policies.rules.getIamPolicy,
      [V3.setIamPolicy]: policies.rules.setIamPolicy,
      [V3.testIamPermissions]: policies.rules.testIamPermissions,
    },
  };
}

/** Resource Manager serves no other method of operations (https://docs.cloud.google.com/resource-manager/reference/rest). */
const OPERATION_ROUTES = {
  getOperation: [{ verb: 'GET', template: '/v3/{name=operations/**}' }],
  listOperations: [],
  deleteOperation: [],
  cancelOperation: [],
  waitOperation: [],
} as const;

interface Named {
  readonly name: string;
}

/** The project's id or number in `projects/P`. @throws GoogleError INVALID_ARGUMENT */
function projectIn(name: string): string {
  const project = /^projects\/([^/]+)$/.exec(name)?.[1];
  if (project === undefined) throw badField('name', `"${name}" is not of the form projects/PROJECT.`);
  return project;
}

const named = ({ name }: Named) => projectIn(name);
const updated = ({ project }: UpdateProjectRequest) => projectIn(project?.name ?? '');

function v3Rules(deps: ResourceManagerDeps): Record<string, AccessRule> {
  return {
    [V3.create]: createRule(({ project }: CreateProjectRequest) => {
      if (project === undefined || project.parent === '') return undefined;
      requireParentName(project.parent);
      return project.parent;
    }),
    [V3.get]: onProject('ADMIN_READ', 'get', named),
    [V3.list]: checked('ADMIN_READ', ({ parent }: ListProjectsRequest) => {
      requireParentName(parent);
      return [check('resourcemanager.projects.list', parent)];
    }),
    [V3.search]: readable('the answer'),
    [V3.update]: onProject('ADMIN_WRITE', 'update', updated),
    [V3.move]: checked('ADMIN_WRITE', ({ name, destinationParent }: MoveProjectRequest) => {
      requireParentName(destinationParent, 'destination_parent');
      return moveChecks(deps, projectIn(name), destinationParent);
    }),
    [V3.delete]: onProject('ADMIN_WRITE', 'delete', named),
    [V3.undelete]: onProject('ADMIN_WRITE', 'undelete', named),
    [V3.getOperation]: operationRule,
  };
}

function audits({ access }: ResourceManagerDeps, created: WeakMap<CreateProjectRequest, string>) {
  // A name that could not be read was refused; its entry lies in no project's log.
  const lenient = (name: string) => /^projects\/([^/]+)$/.exec(name)?.[1] ?? '';
  const change = (methodName: string): AuditRule =>
    changeAudit(access, methodName, ({ name }: Named) => lenient(name));
  return {
    createProject: createAudit(
      ({ project }: CreateProjectRequest) => project?.projectId ?? '',
      (request) => created.get(request),
    ),
    updateProject: changeAudit(access, 'UpdateProject', ({ project }: UpdateProjectRequest) =>
      lenient(project?.name ?? ''),
    ),
    moveProject: change('MoveProject'),
    deleteProject: change('DeleteProject'),
    undeleteProject: change('UndeleteProject'),
  };
}

const PAGES = { default: 300, max: 1000 };

function readers(deps: ResourceManagerDeps) {
  const { access } = deps;
  return {
    getProject: async ({ name }: Named) => projectMessage(await existing(deps, projectIn(name))),
    async listProjects(request: ListProjectsRequest) {
      const children = (await access.projects.list()).filter(
        (project) => project.parent === request.parent && (request.showDeleted || isUsable(project)),
      );
      // "sorted based upon the (ascending) lexical ordering of their display_name"
      return projectsPage(children, ({ name, projectId }) => `${name}\0${projectId}`, request);
    },
    async searchProjects(
      request: { readonly query: string; readonly pageSize: number; readonly pageToken: string },
      { principal, time }: Call,
    ) {
      const matches = parseQuery(request.query);
      const visible: Project[] = [];
      for (const project of (await access.projects.list()).filter(matches)) {
        const resource = projectName(project.projectId);
        if (await access.isGranted(principal, 'resourcemanager.projects.get', resource, time)) {
          visible.push(project);
        }
      }
      return projectsPage(visible, ({ projectId }) => projectId, request);
    },
  };
}

function projectsPage(
  projects: readonly Project[],
  keyOf: (project: Project) => string,
  request: { readonly pageSize: number; readonly pageToken: string },
) {
  const sorted = [...projects].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const { items, nextPageToken } = page(sorted, keyOf, request, PAGES);
  return { projects: items.map(projectMessage), nextPageToken };
}

function writers(deps: ResourceManagerDeps, created: WeakMap<CreateProjectRequest, string>) {
  return {
    async createProject(request: CreateProjectRequest, call: Call) {
      if (!request.project) throw badField('project', 'The project is required.');
      const { projectId = '', ...wanted } = projectInput(request.project);
      requireUserOrParent(call.principal.kind === 'user', wanted.parent);
      const { creator, keep, done } = startOperation('create', call);
      const project = await createProject(deps, { projectId, ...wanted, owners: [creator] }, call.time, keep);
      created.set(request, project.projectId);
      return operationMessage(done(project));
    },
    async updateProject(request: UpdateProjectRequest, call: Call) {
      const { keep, done } = startOperation('update', call);
      const etag = request.project?.etag ?? '';
      const project = await changeProject(deps, updated(request), changeIn(request), call.time, {
        also: keep,
        accept: (current) => {
          if (etag !== '' && etag !== etagOf(current))
            throw aborted('The etag does not match the current state of the project.');
        },
      });
      return operationMessage(done(project));
    },
    async moveProject({ name, destinationParent }: MoveProjectRequest, call: Call) {
      const { keep, done } = startOperation('move', call);
      const change = { parent: destinationParent };
      const project = await changeProject(deps, projectIn(name), change, call.time, { also: keep });
      return operationMessage(done(project));
    },
    /** "deleting a DELETE_REQUESTED project will not cause an error, but also won't do anything" */
    async deleteProject({ name }: Named, call: Call) {
      const { keep, done } = startOperation('delete', call);
      const { version, ...row } = await existing(deps, projectIn(name));
      if (isUsable(row)) {
        return operationMessage(done(await deleteProject(deps, { ...row, version }, call.time, keep)));
      }
      await deps.store.commit(keep(row));
      return operationMessage(done(row));
    },
    async undeleteProject({ name }: Named, call: Call) {
      const { keep, done } = startOperation('undelete', call);
      return operationMessage(done(await undeleteProject(deps, projectIn(name), call.time, keep)));
    },
  };
}

const UPDATABLE = ['display_name', 'labels'];

/** "Only the display_name and labels fields can be changed. Deleting all labels requires an update mask." */
function changeIn({ project, updateMask }: UpdateProjectRequest): ProjectChange {
  const { displayName = '', labels = {} } = project ?? {};
  const unknown = updateMask?.paths.find((path) => path !== '*' && !UPDATABLE.includes(path));
  if (unknown !== undefined) throw invalidArgument(`update_mask: the field '${unknown}' cannot be updated.`);
  const all = updateMask?.paths.includes('*') ?? false;
  const masked = updateMask !== undefined && updateMask.paths.length > 0;
  const takes = (path: string, isGiven: boolean) =>
    masked ? all || updateMask.paths.includes(path) : isGiven;
  return {
    ...(takes('display_name', displayName !== '') ? { name: displayName } : {}),
    ...(takes('labels', Object.keys(labels).length > 0) ? { labels } : {}),
  };
}
