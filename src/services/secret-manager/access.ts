/**
 * What each method needs (https://cloud.google.com/secret-manager/docs/audit-logging lists permissions and their types),
 * and what is audited. Permissions on versions are decided by the policy of their secret.
 */
import { type AccessControl, type PolicyMethods, policyMethods } from '../../access/index.js';
import type { AccessRule, AuditRule, JsonObject, PermissionType } from '../../google/index.js';
import { SECRET_MANAGER } from '../../secrets/index.js';
import { type SecretManagerDeps, secretId, secretManagerRefusal } from './context.js';
import {
  parseProject,
  parseSecret,
  parseVersion,
  projectResource,
  resourceOf,
  versionResourceOf,
} from './names.js';

export const SERVICE = 'google.cloud.secretmanager.v1.SecretManagerService';
const LOCATIONS = 'google.cloud.location.Locations';

interface Named {
  readonly name: string;
}
interface Parented {
  readonly parent: string;
}
interface WithSecret {
  readonly secret?: Named | undefined;
}

const nameOf = ({ name }: Named) => name;
const parentOf = ({ parent }: Parented) => parent;
const secretNameOf = ({ secret }: WithSecret) => secret?.name ?? '';

/** A rule on the resource that the request names. @param resourceAt reads the name, and throws for a malformed one */
function rule<R>(
  type: PermissionType,
  permission: string,
  label: (request: R) => string,
  resourceAt: (name: string) => ReturnType<typeof resourceOf>,
): AccessRule {
  return {
    kind: 'permission',
    type,
    checks: (request: R) => {
      const name = label(request);
      return [{ permission: `secretmanager.${permission}`, resource: resourceAt(name), label: name }];
    },
    refusal: secretManagerRefusal,
  };
}

const projectAt = (name: string) =>
  projectResource(parseProject(name.replace(/^(projects\/[^/]+)\/locations\/[^/]+$/, '$1')));
const inProject = (name: string) => projectResource(parseProject(name));
const secretAt = (name: string) => resourceOf(parseSecret(name));
const versionAt = (name: string) => versionResourceOf(parseVersion(name));

/** One entry per method that is served. */
export function accessRules({ rules }: PolicyMethods): Record<string, AccessRule> {
  return {
    [`${SERVICE}.ListSecrets`]: rule('ADMIN_READ', 'secrets.list', parentOf, inProject),
    [`${SERVICE}.CreateSecret`]: rule('ADMIN_WRITE', 'secrets.create', parentOf, inProject),
    [`${SERVICE}.GetSecret`]: rule('ADMIN_READ', 'secrets.get', nameOf, secretAt),
    [`${SERVICE}.UpdateSecret`]: rule('ADMIN_WRITE', 'secrets.update', secretNameOf, secretAt),
    [`${SERVICE}.DeleteSecret`]: rule('ADMIN_WRITE', 'secrets.delete', nameOf, secretAt),
    [`${SERVICE}.AddSecretVersion`]: rule('ADMIN_WRITE', 'versions.add', parentOf, secretAt),
    [`${SERVICE}.ListSecretVersions`]: rule('ADMIN_READ', 'versions.list', parentOf, secretAt),
    [`${SERVICE}.GetSecretVersion`]: rule('ADMIN_READ', 'versions.get', nameOf, versionAt),
    [`${SERVICE}.AccessSecretVersion`]: rule('DATA_READ', 'versions.access', nameOf, versionAt),
    [`${SERVICE}.EnableSecretVersion`]: rule('ADMIN_WRITE', 'versions.enable', nameOf, versionAt),
    [`${SERVICE}.DisableSecretVersion`]: rule('ADMIN_WRITE', 'versions.disable', nameOf, versionAt),
    [`${SERVICE}.DestroySecretVersion`]: rule('ADMIN_WRITE', 'versions.destroy', nameOf, versionAt),
    [`${SERVICE}.GetIamPolicy`]: rules.getIamPolicy,
    [`${SERVICE}.SetIamPolicy`]: rules.setIamPolicy,
    [`${SERVICE}.TestIamPermissions`]: rules.testIamPermissions,
    [`${LOCATIONS}.ListLocations`]: rule('ADMIN_READ', 'locations.list', nameOf, projectAt),
    [`${LOCATIONS}.GetLocation`]: rule('ADMIN_READ', 'locations.get', nameOf, projectAt),
  };
}

/** The policies of secrets. */
export function secretPolicies(deps: SecretManagerDeps): PolicyMethods {
  return policyMethods(deps.access, {
    permissions: { get: 'secretmanager.secrets.getIamPolicy', set: 'secretmanager.secrets.setIamPolicy' },
    locate: async (name) => {
      const { project, secret } = parseSecret(name);
      const id = (await deps.access.projects.get(project))?.projectId ?? project;
      return { resource: resourceOf({ project: id, secret }), label: name, project: id };
    },
    mustExist: async ({ label }, { time }) => {
      await deps.secrets.secrets.get(await secretId(deps, parseSecret(label)), time);
    },
    refusal: secretManagerRefusal,
    audit: {
      serviceName: SECRET_MANAGER,
      monitored: ({ project }) => auditedResource('SetIamPolicy', project),
    },
  });
}

/** Audit entries of the calls that change something. What a version holds is never part of one. */
export function auditRules(access: AccessControl) {
  const audited = <R>(
    method: string,
    pathOf: (request: R) => string,
    request?: (request: R) => JsonObject,
  ): AuditRule => ({
    serviceName: SECRET_MANAGER,
    resourceName: pathOf,
    monitored: (call: R) => auditedResource(method, projectIn(pathOf(call))),
    // A call that was refused for its very name is audited too, so this must not throw on one.
    project: async (call: R) => {
      const project = projectIn(pathOf(call));
      return (await access.projects.get(project))?.projectId ?? project;
    },
    ...(request ? { request } : {}),
  });
  return {
    createSecret: audited(
      'CreateSecret',
      ({ parent, secretId: id }: Parented & { readonly secretId: string }) => `${parent}/secrets/${id}`,
    ),
    updateSecret: audited('UpdateSecret', secretNameOf),
    deleteSecret: audited('DeleteSecret', nameOf),
    addSecretVersion: audited('AddSecretVersion', parentOf, ({ parent }: Parented) => ({
      '@type': 'type.googleapis.com/google.cloud.secretmanager.v1.AddSecretVersionRequest',
      parent,
    })),
    enableSecretVersion: audited('EnableSecretVersion', nameOf),
    disableSecretVersion: audited('DisableSecretVersion', nameOf),
    destroySecretVersion: audited('DestroySecretVersion', nameOf),
  };
}

function auditedResource(method: string, project: string) {
  return {
    type: 'audited_resource',
    labels: { method: `${SERVICE}.${method}`, project_id: project, service: SECRET_MANAGER },
  };
}

const projectIn = (path: string): string => /^projects\/([^/]+)/.exec(path)?.[1] ?? '';
