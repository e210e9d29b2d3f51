/** v1's methods, by a hand-written table, since Cloud Run v1 has no published proto. */
import { type MethodTable, mergeTables, type RunDependencies } from '../run/context.js';
import { locationMethods, operationMethods } from './operations.js';
import { policyMethods } from './policy.js';
import { revisionMethods } from './revisions.js';
import { serviceWriteMethods } from './service-writes.js';
import { serviceReadMethods } from './services.js';
import { unservedKinds } from './unserved.js';

export function runV1Methods(deps: RunDependencies): MethodTable {
  return mergeTables([
    serviceWriteMethods(deps),
    serviceReadMethods(deps),
    operationMethods(deps),
    locationMethods(deps),
    revisionMethods(deps),
    policyMethods(deps),
    { methods: unservedKinds(), access: {} },
  ]);
}
