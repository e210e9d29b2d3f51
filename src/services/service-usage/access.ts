/** What each method of Service Usage needs, and how its writes are audited. */
import type { AccessControl } from '../../access/index.js';
import { serviceUsageRefusal } from '../../access/index.js';
import type { AccessRule, AuditRule, PermissionCheck, PermissionType } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { parseConsumer, parseServiceName } from './names.js';
import { type OperationStore, operationProject } from './operations.js';

const V1 = 'google.api.serviceusage.v1.ServiceUsage';
const V1BETA1 = 'google.api.serviceusage.v1beta1.ServiceUsage';
const OPERATIONS = 'google.longrunning.Operations';

interface Named {
  readonly name: string;
}
interface Consumed {
  readonly parent: string;
}

/** One entry per method. All permissions are the project's: APIs have no policies of their own. */
export function accessRules(access: AccessControl, operations: OperationStore): Record<string, AccessRule> {
  const check = async (permission: string, project: string, apis: readonly string[]) => {
    const number = (await access.projects.get(project))?.number ?? project;
    const resource = projectName(project);
    const labels = apis.map((api) => `projectnumbers/${number}/services/${api}`);
    return (labels.length > 0 ? labels : [`projectnumbers/${number}`]).map(
      (label): PermissionCheck => ({ permission, resource, label }),
    );
  };
  const rule = <R>(
    type: PermissionType,
    permission: string,
    target: (request: R) => { project: string; apis: readonly string[] },
  ): AccessRule => ({
    kind: 'permission',
    type,
    checks: (request: R) => {
      const { project, apis } = target(request);
      return check(permission, project, apis);
    },
    refusal: serviceUsageRefusal,
  });
  const oneService = ({ name }: Named) => {
    const { project, api } = parseServiceName(name);
    return { project, apis: [api] };
  };
  const batch = ({ parent, serviceIds }: Consumed & { readonly serviceIds: readonly string[] }) => ({
    project: parseConsumer(parent),
    apis: serviceIds,
  });
  const consumer = ({ parent }: Consumed) => ({ project: parseConsumer(parent), apis: [] });
  const inBoth = (version: string): Record<string, AccessRule> => ({
    [`${version}.EnableService`]: rule('ADMIN_WRITE', 'serviceusage.services.enable', oneService),
    [`${version}.DisableService`]: rule('ADMIN_WRITE', 'serviceusage.services.disable', oneService),
    [`${version}.GetService`]: rule('ADMIN_READ', 'serviceusage.services.get', oneService),
    [`${version}.ListServices`]: rule('ADMIN_READ', 'serviceusage.services.list', consumer),
    [`${version}.BatchEnableServices`]: rule('ADMIN_WRITE', 'serviceusage.services.enable', batch),
  });
  const ofOperation: AccessRule = {
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: async ({ name }: Named) => {
      const project = await operationProject(operations, name);
      return project === undefined ? [] : check('serviceusage.operations.get', project, []);
    },
    refusal: serviceUsageRefusal,
  };
  return {
    ...inBoth(V1),
    ...inBoth(V1BETA1),
    [`${V1}.BatchGetServices`]: rule(
      'ADMIN_READ',
      'serviceusage.services.get',
      ({ parent, names }: Consumed & { readonly names: readonly string[] }) => ({
        project: parseConsumer(parent),
        apis: names.map((name) => parseServiceName(name).api),
      }),
    ),
    [`${V1BETA1}.GenerateServiceIdentity`]: rule(
      'ADMIN_WRITE',
      'serviceusage.services.enable',
      ({ parent }: Consumed) => oneService({ name: parent }),
    ),
    [`${OPERATIONS}.GetOperation`]: ofOperation,
    // There are no permissions of their own for these two: nobody may touch what they may not even see.
    [`${OPERATIONS}.DeleteOperation`]: ofOperation,
    [`${OPERATIONS}.CancelOperation`]: ofOperation,
    [`${OPERATIONS}.ListOperations`]: {
      kind: 'authenticated',
      why: 'the list holds only operations of projects in which the caller may get them',
    },
  };
}

/**
 * Audit entries lie in the consumer's log, under the resource type that APIs without one of their own share.
 * Calls that were refused for their very name are audited too, so nothing here may throw on one.
 */
export function auditRules(access: AccessControl) {
  const rule = <R>(methodName: string, pathOf: (request: R) => string): AuditRule => ({
    methodName,
    serviceName: 'serviceusage.googleapis.com',
    resourceName: pathOf,
    monitored: (request: R) => ({
      type: 'audited_resource',
      labels: {
        method: methodName,
        project_id: projectIn(pathOf(request)),
        service: 'serviceusage.googleapis.com',
      },
    }),
    project: async (request: R) => {
      const project = projectIn(pathOf(request));
      return (await access.projects.get(project))?.projectId ?? project;
    },
  });
  const nameOf = ({ name }: Named) => name;
  const parentOf = ({ parent }: Consumed) => parent;
  const inBoth = (version: string) => ({
    enableService: rule(`${version}.EnableService`, nameOf),
    disableService: rule(`${version}.DisableService`, nameOf),
    batchEnableServices: rule(`${version}.BatchEnableServices`, parentOf),
  });
  return {
    v1: inBoth(V1),
    v1beta1: {
      ...inBoth(V1BETA1),
      generateServiceIdentity: rule(`${V1BETA1}.GenerateServiceIdentity`, parentOf),
    },
  };
}

const projectIn = (path: string): string => /^projects\/([^/]+)/.exec(path)?.[1] ?? '';
