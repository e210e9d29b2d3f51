/** What each method of IAM v2 needs, and how its writes are audited (https://cloud.google.com/iam/docs/audit-logging). */
import type { AccessControl } from '../../access/index.js';
import {
  type AccessRule,
  type AuditRule,
  type PermissionCheck,
  type PermissionType,
  permissionDenied,
} from '../../google/index.js';
import { denyPermissionOf } from '../../iam/index.js';
import { projectOf, splitResource } from '../../names/index.js';
import { type Attachment, parseOperationName, parseParent, parsePolicyName } from './names.js';

const SERVICE = 'google.iam.v2.Policies';
const API = 'iam.googleapis.com';

interface ByName {
  readonly name: string;
}
interface ByParent {
  readonly parent: string;
}
interface ByPolicy {
  readonly policy?: ByName | undefined;
}

/** IAM v2 spells permissions and resources in its own way; there are no details. */
const refusal = ({ permission, label }: PermissionCheck) =>
  permissionDenied(`Permission ${denyPermissionOf(permission)} denied on resource ${label}`);

/** Asked of the attachment point: deny policies have no policies of their own. */
function onAttachment<R>(
  type: PermissionType,
  verb: string,
  attachmentOf: (request: R) => Attachment,
): AccessRule {
  return {
    kind: 'permission',
    type,
    checks: (request: R) => {
      const { resource, label } = attachmentOf(request);
      return [{ permission: `iam.denypolicies.${verb}`, resource, label }];
    },
    refusal,
  };
}

const ofParent = ({ parent }: ByParent) => parseParent(parent);
const ofName = ({ name }: ByName) => parsePolicyName(name);
const ofPolicy = ({ policy }: ByPolicy) => parsePolicyName(policy?.name ?? '');

export const accessRules: Readonly<Record<string, AccessRule>> = {
  [`${SERVICE}.ListPolicies`]: onAttachment('ADMIN_READ', 'list', ofParent),
  [`${SERVICE}.GetPolicy`]: onAttachment('ADMIN_READ', 'get', ofName),
  [`${SERVICE}.CreatePolicy`]: onAttachment('ADMIN_WRITE', 'create', ofParent),
  [`${SERVICE}.UpdatePolicy`]: onAttachment('ADMIN_WRITE', 'update', ofPolicy),
  [`${SERVICE}.DeletePolicy`]: onAttachment('ADMIN_WRITE', 'delete', ofName),
  'google.longrunning.Operations.GetOperation': onAttachment('ADMIN_READ', 'get', ({ name }: ByName) =>
    parseOperationName(name),
  ),
};

/** Entries lie in the log of the project; those of folders and organizations in no project's. */
export function auditRules({ projects }: Pick<AccessControl, 'projects'>) {
  const rule = <R>(method: string, nameOf: (request: R) => string): AuditRule => ({
    methodName: `${SERVICE}.${method}`,
    serviceName: API,
    resourceName: nameOf,
    monitored: (request: R) => ({
      type: 'audited_resource',
      labels: { method: `${SERVICE}.${method}`, project_id: projectIn(nameOf(request)), service: API },
    }),
    project: async (request: R) => {
      const project = projectIn(nameOf(request));
      return (await projects.get(project))?.projectId ?? project;
    },
  });
  return {
    createPolicy: rule('CreatePolicy', ({ parent }: ByParent) => parent),
    updatePolicy: rule('UpdatePolicy', ({ policy }: ByPolicy) => policy?.name ?? ''),
    deletePolicy: rule('DeletePolicy', ({ name }: ByName) => name),
  };
}

/** The project (id or number) in a name or parent; empty in one that cannot be read: it was refused for that. */
function projectIn(name: string): string {
  try {
    const parent = name.split('/').slice(0, 3).join('/');
    const { resource } = parseParent(parent);
    return splitResource(resource).path.startsWith('projects/') ? (projectOf(resource) ?? '') : '';
  } catch {
    return '';
  }
}
