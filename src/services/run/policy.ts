/** The policies of services: the generic policy methods, told how v1 names a service. */
import type { NamedRoute, PolicyResource } from '../../access/index.js';
import { refusals } from '../../checkpoint/index.js';
import { invalidArgument, permissionDenied } from '../../google/index.js';
import { projectOf, runResourceName, splitResource } from '../../names/index.js';
import { requireEnabled } from '../service-usage/index.js';
import { serviceMonitored } from './requests.js';
import type { RunV1Dependencies } from './types.js';

const NAME = /^projects\/([^/]+)\/locations\/([^/]+)\/services\/([^/]+)$/;

function route(verb: string, method: 'GET' | 'POST', suffix: string): NamedRoute {
  return {
    name: `google.cloud.run.v1.Services.${verb}`,
    bindings: [
      {
        verb: method,
        template: `/v1/{resource=projects/*/locations/*/services/*}:${suffix}`,
        ...(method === 'POST' ? { body: '*' } : {}),
      },
    ],
  };
}

export function servicePolicy({
  access,
  deployments,
}: RunV1Dependencies): [
  PolicyResource,
  Readonly<Record<'getIamPolicy' | 'setIamPolicy' | 'testIamPermissions', NamedRoute>>,
] {
  return [
    {
      permissions: { get: 'run.services.getIamPolicy', set: 'run.services.setIamPolicy' },
      locate: async (resource) => {
        const [, given, location, name] = NAME.exec(resource) ?? [];
        if (given === undefined || location === undefined || name === undefined) {
          throw invalidArgument(`Invalid resource name '${resource}'.`);
        }
        const project = await access.projects.get(given);
        if (project) requireEnabled(project, 'run.googleapis.com', 'Cloud Run Admin API');
        const id = project?.projectId ?? given;
        const full = runResourceName('service', id, location, name);
        return { resource: full, label: splitResource(full).path, project: id };
      },
      mustExist: async ({ resource }) => {
        const [, project, location, name] = NAME.exec(splitResource(resource).path) ?? [];
        if (project !== undefined && location !== undefined && name !== undefined)
          await deployments.get({ project, location, name });
      },
      refusal: (check) => permissionDenied(refusals.runPermissionDenied(check.permission, check.label)),
      audit: {
        serviceName: 'run.googleapis.com',
        monitored: ({ resource }) => {
          const [, , location = '', name = ''] = NAME.exec(splitResource(resource).path) ?? [];
          return serviceMonitored(projectOf(resource) ?? '', location, name);
        },
      },
    },
    {
      getIamPolicy: route('GetIamPolicy', 'GET', 'getIamPolicy'),
      setIamPolicy: route('SetIamPolicy', 'POST', 'setIamPolicy'),
      testIamPermissions: route('TestIamPermissions', 'POST', 'testIamPermissions'),
    },
  ];
}
