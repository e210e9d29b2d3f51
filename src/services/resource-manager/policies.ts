/** Policies of projects. */
import {
  type AccessControl,
  iamMethods,
  type PolicyMethods,
  type PolicyResource,
  policyMethods,
  resourceManagerRefusal,
} from '../../access/index.js';
import type { HttpBinding } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { V1 } from './access.js';
import { denied } from './changes.js';
import { ownersAcceptance } from './owners.js';

/** @param prefix what stands before the project in a request's `resource` */
function projectPolicy(access: AccessControl, prefix: '' | 'projects/'): PolicyResource {
  return {
    permissions: {
      get: 'resourcemanager.projects.getIamPolicy',
      set: 'resourcemanager.projects.setIamPolicy',
    },
    locate: async (resource) => {
      const idOrNumber = resource.startsWith(prefix) ? resource.slice(prefix.length) : resource;
      const project = (await access.projects.get(idOrNumber))?.projectId ?? idOrNumber;
      return { resource: projectName(project), label: `projects/${project}`, project };
    },
    mustExist: async ({ project }) => {
      if (!(await access.projects.get(project))) throw denied(`projects/${project}`);
    },
    accept: async ({ project }) => {
      const row = await access.projects.get(project);
      return row && ownersAcceptance(row);
    },
    refusal: resourceManagerRefusal,
    audit: {
      serviceName: 'cloudresourcemanager.googleapis.com',
      methodName: 'SetIamPolicy',
      monitored: ({ project }) => ({ type: 'project', labels: { project_id: project } }),
      policyDelta: true,
    },
  };
}

/** v1 has no protos: its methods are named and routed by hand. */
export function v1Policies(access: AccessControl): ReturnType<typeof iamMethods> {
  const post = (verb: string): HttpBinding[] => [
    { verb: 'POST', template: `/v1/projects/{resource}:${verb}`, body: '*' },
  ];
  return iamMethods(access, projectPolicy(access, ''), {
    getIamPolicy: { name: V1.getIamPolicy, bindings: post('getIamPolicy') },
    setIamPolicy: { name: V1.setIamPolicy, bindings: post('setIamPolicy') },
    testIamPermissions: { name: V1.testIamPermissions, bindings: post('testIamPermissions') },
  });
}

export function v3Policies(access: AccessControl): PolicyMethods {
  return policyMethods(access, projectPolicy(access, 'projects/'));
}
