import { type Api, type ApiMethod, defineMethod, unimplemented } from '../../google/index.js';
import { accessRules, METHODS } from './access.js';
import { createMethods } from './creation.js';
import { projectPolicies } from './policies.js';
import { ancestryMethod, getMethod, listMethod, type ResourceManagerDeps, updateMethod } from './projects.js';

/** Resource Manager v1, of which gcloud speaks projects. */
export function resourceManagerApi(deps: ResourceManagerDeps): Api {
  const policies = projectPolicies(deps.access);
  return {
    host: 'cloudresourcemanager.googleapis.com',
    regional: false,
    methods: [
      ...createMethods(deps),
      getMethod(deps),
      listMethod(deps),
      updateMethod(deps),
      ancestryMethod(deps),
      ...policies.methods,
      // Deleting a project would have to stop what runs in it.
      notYet(METHODS.delete, 'DELETE', '/v1/projects/{projectId}'),
      notYet(METHODS.undelete, 'POST', '/v1/projects/{projectId}:undelete'),
    ],
    access: { ...accessRules(), ...policies.access },
  };
}

function notYet(name: string, verb: 'DELETE' | 'POST', template: string): ApiMethod {
  return {
    ...defineMethod<undefined, never>({
      name,
      bindings: [{ verb, template, ...(verb === 'POST' ? { body: '*' } : {}) }],
      decode: () => undefined,
      handle: async () => {
        throw unimplemented(`Method ${name} is not implemented.`);
      },
      encode: (response) => response,
    }),
    implemented: false,
  };
}
