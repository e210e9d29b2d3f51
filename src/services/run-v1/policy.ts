/** The policies of services, jobs and worker pools, by v1's routes. */
import { iamMethods, type NamedRoute } from '../../access/index.js';
import type { ResourceKey } from '../../deployments/index.js';
import { RUN_COLLECTION, type RunKind } from '../../names/index.js';
import type { MethodTable, RunDependencies } from '../run/context.js';
import { resourcePolicy } from '../run/policy.js';

/**
 * @param prefix the API's service that has the methods, e.g. `google.cloud.run.v1.Jobs`
 * @param get looks the resource up. @throws its NOT_FOUND
 */
export function policyMethods(
  deps: RunDependencies,
  kind: RunKind,
  prefix: string,
  get: (key: ResourceKey) => Promise<unknown>,
): MethodTable {
  const collection = RUN_COLLECTION[kind].toLowerCase();
  const route = (verb: string, method: 'GET' | 'POST'): NamedRoute => ({
    name: `${prefix}.${verb.charAt(0).toUpperCase()}${verb.slice(1)}`,
    bindings: [
      {
        verb: method,
        template: `/v1/{resource=projects/*/locations/*/${collection}/*}:${verb}`,
        ...(method === 'POST' ? { body: '*' } : {}),
      },
    ],
  });
  return iamMethods(deps.access, resourcePolicy(deps, kind, get), {
    getIamPolicy: route('getIamPolicy', 'GET'),
    setIamPolicy: route('setIamPolicy', 'POST'),
    testIamPermissions: route('testIamPermissions', 'POST'),
  });
}
