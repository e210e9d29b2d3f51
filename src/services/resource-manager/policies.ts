/** Policies of projects. */
import { type AccessControl, iamMethods, resourceManagerRefusal } from '../../access/index.js';
import type { HttpBinding } from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { METHODS } from './access.js';
import { denied } from './projects.js';

export function projectPolicies(access: AccessControl): ReturnType<typeof iamMethods> {
  const post = (verb: string): HttpBinding[] => [
    { verb: 'POST', template: `/v1/projects/{resource}:${verb}`, body: '*' },
  ];
  return iamMethods(
    access,
    {
      permissions: {
        get: 'resourcemanager.projects.getIamPolicy',
        set: 'resourcemanager.projects.setIamPolicy',
      },
      locate: async (idOrNumber) => {
        const project = (await access.projects.get(idOrNumber))?.projectId ?? idOrNumber;
        return { resource: projectName(project), label: `projects/${project}`, project };
      },
      mustExist: async ({ project }) => {
        if (!(await access.projects.get(project))) throw denied(project);
      },
      refusal: resourceManagerRefusal,
      audit: {
        serviceName: 'cloudresourcemanager.googleapis.com',
        methodName: 'SetIamPolicy',
        monitored: ({ project }) => ({ type: 'project', labels: { project_id: project } }),
        policyDelta: true,
      },
    },
    {
      getIamPolicy: { name: METHODS.getIamPolicy, bindings: post('getIamPolicy') },
      setIamPolicy: { name: METHODS.setIamPolicy, bindings: post('setIamPolicy') },
      testIamPermissions: { name: METHODS.testIamPermissions, bindings: post('testIamPermissions') },
    },
  );
}
