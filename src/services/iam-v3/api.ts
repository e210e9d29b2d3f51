import type { Api } from '../../google/index.js';
import type { OperationFamily } from '../operation-families.js';
import { accessRules } from './access.js';
import { bindingMethods } from './bindings.js';
import type { BoundaryDeps } from './changes.js';
import { operationFamily } from './operations.js';
import { policyMethods } from './policies.js';

/** The methods of google.iam.v3, and the operations that they answer with. */
export function boundaryMethods(
  deps: BoundaryDeps,
): Pick<Api, 'methods' | 'access'> & { readonly operations: OperationFamily } {
  return {
    methods: [...policyMethods(deps), ...bindingMethods(deps)],
    access: accessRules(deps.access),
    operations: operationFamily(deps.store, deps.access.projects),
  };
}
