/** What each method needs (docs "Artifact Registry audit logging" lists the permissions), and what is audited. */
import {
  type AccessControl,
  artifactRegistryRefusal,
  type PolicyMethods,
  policyMethods,
} from '../../access/index.js';
import type { AccessRule, AuditRule, PermissionType } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { API, type ArtifactRegistryDeps, repositoryAt } from './context.js';
import { parseLocation, parseProject, parseRepository, parseSettings, resourceOf } from './names.js';

export const SERVICE = 'google.devtools.artifactregistry.v1.ArtifactRegistry';
const LOCATIONS = 'google.cloud.location.Locations';

interface Named {
  readonly name: string;
}
interface Parented {
  readonly parent: string;
}
interface WithRepository {
  readonly repository?: Named | undefined;
}

/** A rule on the repository that the request's name is or lies in. */
function onRepository<R>(
  type: PermissionType,
  permission: string,
  nameOf: (request: R) => string,
): AccessRule {
  return {
    kind: 'permission',
    type,
    checks: (request: R) => {
      const resource = resourceOf(parseRepository(nameOf(request)));
      return [{ permission: `artifactregistry.${permission}`, resource, label: resource }];
    },
    refusal: artifactRegistryRefusal,
  };
}

/** A rule on the project, for what lies in no repository yet. */
function onProject<R>(type: PermissionType, permission: string, nameOf: (request: R) => string): AccessRule {
  return {
    kind: 'permission',
    type,
    checks: (request: R) => {
      const name = nameOf(request);
      const project = projectOfName(name);
      const label = `//${API}/${name}`;
      return [{ permission: `artifactregistry.${permission}`, resource: projectName(project), label }];
    },
    refusal: artifactRegistryRefusal,
  };
}

/** The project of what lies in it: a location, or its settings. @throws GoogleError INVALID_ARGUMENT */
function projectOfName(name: string): string {
  if (name.includes('/locations')) return parseLocation(name).project;
  return name.endsWith('/projectSettings') ? parseSettings(name) : parseProject(name);
}

const nameOf = ({ name }: Named) => name;
const parentOf = ({ parent }: Parented) => parent;
const tagNameOf = ({ tag }: { readonly tag?: Named | undefined }) => tag?.name ?? '';
const settingsNameOf = ({ projectSettings }: { readonly projectSettings?: Named | undefined }) =>
  projectSettings?.name ?? '';
const repositoryNameOf = ({ repository }: WithRepository) => repository?.name ?? '';

/** One entry per method that is served. */
export function accessRules(policies: PolicyMethods): Record<string, AccessRule> {
  return {
    [`${SERVICE}.CreateRepository`]: onProject('ADMIN_WRITE', 'repositories.create', parentOf),
    [`${SERVICE}.ListRepositories`]: onProject('ADMIN_READ', 'repositories.list', parentOf),
    [`${SERVICE}.GetRepository`]: onRepository('ADMIN_READ', 'repositories.get', nameOf),
    [`${SERVICE}.UpdateRepository`]: onRepository('ADMIN_WRITE', 'repositories.update', repositoryNameOf),
    [`${SERVICE}.DeleteRepository`]: onRepository('ADMIN_WRITE', 'repositories.delete', nameOf),
    [`${SERVICE}.GetIamPolicy`]: policies.rules.getIamPolicy,
    [`${SERVICE}.SetIamPolicy`]: policies.rules.setIamPolicy,
    [`${SERVICE}.TestIamPermissions`]: policies.rules.testIamPermissions,
    [`${SERVICE}.ListDockerImages`]: onRepository('ADMIN_READ', 'dockerimages.list', parentOf),
    [`${SERVICE}.GetDockerImage`]: onRepository('ADMIN_READ', 'dockerimages.get', nameOf),
    [`${SERVICE}.ListPackages`]: onRepository('ADMIN_READ', 'packages.list', parentOf),
    [`${SERVICE}.GetPackage`]: onRepository('ADMIN_READ', 'packages.get', nameOf),
    [`${SERVICE}.DeletePackage`]: onRepository('DATA_WRITE', 'packages.delete', nameOf),
    [`${SERVICE}.ListVersions`]: onRepository('ADMIN_READ', 'versions.list', parentOf),
    [`${SERVICE}.GetVersion`]: onRepository('ADMIN_READ', 'versions.get', nameOf),
    [`${SERVICE}.DeleteVersion`]: onRepository('DATA_WRITE', 'versions.delete', nameOf),
    [`${SERVICE}.BatchDeleteVersions`]: onRepository('DATA_WRITE', 'versions.delete', parentOf),
    [`${SERVICE}.ListFiles`]: onRepository('ADMIN_READ', 'files.list', parentOf),
    [`${SERVICE}.GetFile`]: onRepository('ADMIN_READ', 'files.get', nameOf),
    [`${SERVICE}.CreateTag`]: onRepository('ADMIN_WRITE', 'tags.create', parentOf),
    [`${SERVICE}.UpdateTag`]: onRepository('ADMIN_WRITE', 'tags.update', tagNameOf),
    [`${SERVICE}.GetProjectSettings`]: onProject('ADMIN_READ', 'projectsettings.get', nameOf),
    [`${SERVICE}.UpdateProjectSettings`]: onProject('ADMIN_WRITE', 'projectsettings.update', settingsNameOf),
    [`${SERVICE}.ListTags`]: onRepository('ADMIN_READ', 'tags.list', parentOf),
    [`${SERVICE}.GetTag`]: onRepository('ADMIN_READ', 'tags.get', nameOf),
    [`${SERVICE}.DeleteTag`]: onRepository('ADMIN_WRITE', 'tags.delete', nameOf),
    [`${LOCATIONS}.ListLocations`]: onProject('ADMIN_READ', 'locations.list', nameOf),
    [`${LOCATIONS}.GetLocation`]: onProject('ADMIN_READ', 'locations.get', nameOf),
    'google.longrunning.Operations.GetOperation': {
      kind: 'handler',
      type: 'ADMIN_READ',
      why: 'no permission is published for it: who started the operation or may read the repository sees it',
    },
  };
}

/** The policies of repositories. */
export function repositoryPolicies(deps: ArtifactRegistryDeps): PolicyMethods {
  return policyMethods(deps.access, {
    permissions: {
      get: 'artifactregistry.repositories.getIamPolicy',
      set: 'artifactregistry.repositories.setIamPolicy',
    },
    locate: async (name) => {
      const id = parseRepository(name);
      const project = (await deps.access.projects.get(id.project))?.projectId ?? id.project;
      const resource = resourceOf({ ...id, project });
      return { resource, label: resource, project };
    },
    mustExist: async ({ label }) => {
      await repositoryAt(deps, parseRepository(label.slice(`//${API}/`.length)));
    },
    refusal: artifactRegistryRefusal,
    audit: {
      serviceName: API,
      resourceName: ({ label }) => label.slice(`//${API}/`.length),
      monitored: ({ project }) => auditedResource('SetIamPolicy', project),
    },
  });
}

/** Audit entries of the calls that change something and are logged by default. */
export function auditRules(access: AccessControl) {
  const rule = <R>(method: string, pathOf: (request: R) => string): AuditRule => ({
    serviceName: API,
    resourceName: pathOf,
    monitored: (request: R) => auditedResource(method, projectIn(pathOf(request))),
    // A call that was refused for its very name is audited too, so this must not throw on one.
    project: async (request: R) => {
      const project = projectIn(pathOf(request));
      return (await access.projects.get(project))?.projectId ?? project;
    },
  });
  return {
    createRepository: rule('CreateRepository', parentOf),
    updateRepository: rule('UpdateRepository', repositoryNameOf),
    deleteRepository: rule('DeleteRepository', nameOf),
    createTag: rule('CreateTag', parentOf),
    updateTag: rule('UpdateTag', tagNameOf),
    deleteTag: rule('DeleteTag', nameOf),
    updateProjectSettings: rule('UpdateProjectSettings', settingsNameOf),
  };
}

function auditedResource(method: string, project: string) {
  return {
    type: 'audited_resource',
    labels: { method: `${SERVICE}.${method}`, project_id: project, service: API },
  };
}

const projectIn = (path: string): string => /^projects\/([^/]+)/.exec(path)?.[1] ?? '';
