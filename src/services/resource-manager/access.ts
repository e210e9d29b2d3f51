/** What each method of Resource Manager needs, and how its writes are audited. */
import { type AccessControl, resourceManagerRefusal } from '../../access/index.js';
import type {
  AccessRule,
  AuditRule,
  Call,
  JsonObject,
  PermissionCheck,
  PermissionType,
} from '../../google/index.js';
import { check } from './deps.js';

const v1 = <N extends string>(name: N) => `google.cloudresourcemanager.v1.Projects.${name}` as const;
const v3 = <N extends string>(name: N) => `google.cloud.resourcemanager.v3.Projects.${name}` as const;

/** Full names of v1's methods, which no proto tells: keys of the access table. */
export const V1 = {
  create: v1('CreateProject'),
  get: v1('GetProject'),
  list: v1('ListProjects'),
  update: v1('UpdateProject'),
  delete: v1('DeleteProject'),
  undelete: v1('UndeleteProject'),
  getAncestry: v1('GetAncestry'),
  getIamPolicy: v1('GetIamPolicy'),
  setIamPolicy: v1('SetIamPolicy'),
  testIamPermissions: v1('TestIamPermissions'),
  getOperation: 'google.cloudresourcemanager.v1.Operations.GetOperation',
} as const;

export const V3 = {
  create: v3('CreateProject'),
  get: v3('GetProject'),
  list: v3('ListProjects'),
  search: v3('SearchProjects'),
  update: v3('UpdateProject'),
  move: v3('MoveProject'),
  delete: v3('DeleteProject'),
  undelete: v3('UndeleteProject'),
  getIamPolicy: v3('GetIamPolicy'),
  setIamPolicy: v3('SetIamPolicy'),
  testIamPermissions: v3('TestIamPermissions'),
  getOperation: 'google.longrunning.Operations.GetOperation',
} as const;

/** A rule of permissions in Resource Manager's words. */
export function checked<R>(
  type: PermissionType,
  checks: (request: R, call: Call) => readonly PermissionCheck[] | Promise<readonly PermissionCheck[]>,
): AccessRule {
  return { kind: 'permission', type, checks, refusal: resourceManagerRefusal };
}

/** A permission on the project that a request names. @param projectOf its id or number */
export function onProject<R>(
  type: PermissionType,
  verb: string,
  projectOf: (request: R) => string,
): AccessRule {
  return checked(type, (request: R) => [
    check(`resourcemanager.projects.${verb}`, `projects/${projectOf(request)}`),
  ]);
}

/** Creating below a parent needs the permission there; without one, everybody may have projects of their own. */
export function createRule<R>(parentOf: (request: R) => string | undefined): AccessRule {
  return checked('ADMIN_WRITE', (request: R) => {
    const parent = parentOf(request);
    return parent === undefined ? [] : [check('resourcemanager.projects.create', parent)];
  });
}

export const readable = (what: string, things = 'projects'): AccessRule => ({
  kind: 'authenticated',
  why: `${what} holds only the ${things} that the caller may get`,
});

export const operationRule: AccessRule = {
  kind: 'handler',
  type: 'ADMIN_READ',
  why: 'an operation is shown to whoever started it; there is no permission for it',
};

/** Entries carry the method's short name and lie in the project's log. */
export const audited = (methodName: string) => ({
  methodName,
  serviceName: 'cloudresourcemanager.googleapis.com',
});

export const monitoredProject = (project: string) => ({ type: 'project', labels: { project_id: project } });

/** The entry of a change of one project. @param projectOf its id or number, as the request has it */
export function changeAudit<R>(
  access: AccessControl,
  methodName: string,
  projectOf: (request: R) => string,
  request?: (request: R) => JsonObject,
  response?: (response: never) => JsonObject | undefined,
): AuditRule {
  return {
    ...audited(methodName),
    resourceName: (asked: R) => `projects/${projectOf(asked)}`,
    monitored: (asked: R) => monitoredProject(projectOf(asked)),
    project: async (asked: R) => {
      const project = projectOf(asked);
      return (await access.projects.get(project))?.projectId ?? project;
    },
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
  };
}

/**
 * The entry of a project's creation.
 * @param created the project that a request made; a refused one must not write into somebody else's log
 */
export function createAudit<R>(
  idOf: (request: R) => string,
  created: (request: R) => string | undefined,
): AuditRule {
  return {
    ...audited('CreateProject'),
    resourceName: (request: R) => `projects/${idOf(request)}`,
    monitored: (request: R) => monitoredProject(idOf(request)),
    project: (request: R) => created(request) ?? '',
  };
}
