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
import { splitResource } from '../../names/index.js';
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
export const refusal = ({ permission, label }: PermissionCheck) =>
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
};

/** Whoever may see the policy may see what became of it. */
export function operationCheck(name: string): PermissionCheck {
  const { resource, label } = parseOperationName(name);
  return { permission: 'iam.denypolicies.get', resource, label };
}

/** Entries lie in the log of the project, folder or organization that the policy is attached to. */
export function auditRules({ projects }: Pick<AccessControl, 'projects'>) {
  const rule = <R>(method: string, nameOf: (request: R) => string): AuditRule => ({
    methodName: `${SERVICE}.${method}`,
    serviceName: API,
    resourceName: nameOf,
    monitored: (request: R) => ({
      type: 'audited_resource',
      labels: { method: `${SERVICE}.${method}`, project_id: projectIn(nameOf(request)) ?? '', service: API },
    }),
    project: async (request: R) => {
      const name = nameOf(request);
      const project = projectIn(name);
      return project === undefined
        ? containerIn(name)
        : ((await projects.get(project))?.projectId ?? project);
    },
  });
  return {
    createPolicy: rule('CreatePolicy', ({ parent }: ByParent) => parent),
    updatePolicy: rule('UpdatePolicy', ({ policy }: ByPolicy) => policy?.name ?? ''),
    deletePolicy: rule('DeletePolicy', ({ name }: ByName) => name),
  };
}

/** The attachment point in a name or parent; empty in one that cannot be read: it was refused for that. */
function containerIn(name: string): string {
  try {
    return splitResource(parseParent(name.split('/').slice(0, 3).join('/')).resource).path;
  } catch {
    return '';
  }
}

/** The project (id or number) in a name or parent. */
const projectIn = (name: string): string | undefined => /^projects\/(.+)$/.exec(containerIn(name))?.[1];
