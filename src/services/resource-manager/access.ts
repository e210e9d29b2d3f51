/** What each method of Resource Manager needs, and how its writes are audited. */
import { type AccessControl, resourceManagerRefusal } from '../../access/index.js';
import type { AccessRule, AuditRule, JsonObject, PermissionType } from '../../google/index.js';
import { projectName, type ResourceName } from '../../names/index.js';
import type { CreateRequest, ProjectInput, ProjectRequest, UpdateRequest } from './project-json.js';

const SERVICE = 'google.cloudresourcemanager.v1.Projects';

/** Full method names: keys of the access table. */
export const METHODS = {
  create: `${SERVICE}.CreateProject`,
  get: `${SERVICE}.GetProject`,
  list: `${SERVICE}.ListProjects`,
  update: `${SERVICE}.UpdateProject`,
  delete: `${SERVICE}.DeleteProject`,
  undelete: `${SERVICE}.UndeleteProject`,
  getAncestry: `${SERVICE}.GetAncestry`,
  getIamPolicy: `${SERVICE}.GetIamPolicy`,
  setIamPolicy: `${SERVICE}.SetIamPolicy`,
  testIamPermissions: `${SERVICE}.TestIamPermissions`,
  getOperation: 'google.longrunning.Operations.GetOperation',
} as const;

export function accessRules(): Record<string, AccessRule> {
  const onProject = (type: PermissionType, permission: string): AccessRule => ({
    kind: 'permission',
    type,
    checks: ({ project }: ProjectRequest) => [
      { permission, resource: projectName(project), label: `projects/${project}` },
    ],
    refusal: resourceManagerRefusal,
  });
  return {
    [METHODS.create]: {
      kind: 'permission',
      type: 'ADMIN_WRITE',
      // Without a parent, everybody may have projects of their own.
      checks: ({ input: { parent } }: CreateRequest) => {
        if (parent === undefined) return [];
        const resource: ResourceName = `//cloudresourcemanager.googleapis.com/${parent}`;
        return [{ permission: 'resourcemanager.projects.create', resource, label: parent }];
      },
      refusal: resourceManagerRefusal,
    },
    [METHODS.get]: onProject('ADMIN_READ', 'resourcemanager.projects.get'),
    [METHODS.getAncestry]: onProject('ADMIN_READ', 'resourcemanager.projects.get'),
    [METHODS.update]: onProject('ADMIN_WRITE', 'resourcemanager.projects.update'),
    [METHODS.list]: {
      kind: 'authenticated',
      why: 'the list holds only the projects that the caller may get',
    },
    [METHODS.getOperation]: {
      kind: 'handler',
      type: 'ADMIN_READ',
      why: 'an operation is shown to whoever started it; there is no permission for it',
    },
  };
}

/** Entries carry the method's short name and lie in the project's log. */
const common = (methodName: string) => ({ methodName, serviceName: 'cloudresourcemanager.googleapis.com' });
const monitored = (project: string) => ({ type: 'project', labels: { project_id: project } });
const PACKAGE = 'type.googleapis.com/google.cloudresourcemanager.v1';

/** @param created the project that a request made; a refused one must not write into somebody else's log */
export function createAudit(created: (request: CreateRequest) => string | undefined): AuditRule {
  return {
    ...common('CreateProject'),
    resourceName: ({ input }: CreateRequest) => `projects/${input.projectId ?? ''}`,
    monitored: ({ input }: CreateRequest) => monitored(input.projectId ?? ''),
    project: (request: CreateRequest) => created(request) ?? '',
    request: ({ input }: CreateRequest) => ({
      '@type': `${PACKAGE}.CreateProjectRequest`,
      project: inputJson(input),
    }),
    response: (response: JsonObject) => response,
  };
}

export function updateAudit(access: AccessControl): AuditRule {
  return {
    ...common('UpdateProject'),
    resourceName: ({ project }: UpdateRequest) => `projects/${project}`,
    monitored: ({ project }: UpdateRequest) => monitored(project),
    project: async ({ project }: UpdateRequest) => (await access.projects.get(project))?.projectId ?? project,
    request: ({ project, input }: UpdateRequest) => ({
      '@type': `${PACKAGE}.UpdateProjectRequest`,
      project: { projectId: project, ...inputJson(input) },
    }),
    response: (response: JsonObject) => ({ '@type': `${PACKAGE}.Project`, ...response }),
  };
}

function inputJson({ labels, ...input }: ProjectInput): JsonObject {
  return { ...input, ...(labels === undefined ? {} : { labels: { ...labels } }) };
}
