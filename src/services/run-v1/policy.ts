/** The policies of services, by v1's routes. */
import { iamMethods, type NamedRoute } from '../../access/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import { servicePolicy } from '../run/policy.js';

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

export function policyMethods(deps: RunDependencies): MethodTable {
  return iamMethods(deps.access, servicePolicy(deps), {
    getIamPolicy: route('GetIamPolicy', 'GET', 'getIamPolicy'),
    setIamPolicy: route('SetIamPolicy', 'POST', 'setIamPolicy'),
    testIamPermissions: route('TestIamPermissions', 'POST', 'testIamPermissions'),
  });
}
