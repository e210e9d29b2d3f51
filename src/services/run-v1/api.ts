/** v1's methods, by a hand-written table, since Cloud Run v1 has no published proto. */
import { type MethodTable, mergeTables, type RunDependencies } from '../run/context.js';
import { executionMethods } from './executions.js';
import { jobMethods } from './jobs.js';
import { locationMethods, operationMethods } from './operations.js';
import { revisionMethods } from './revisions.js';
import { serviceMethods } from './services.js';
import { taskMethods } from './tasks.js';
import { unservedKinds } from './unserved.js';
import { workerPoolMethods } from './worker-pools.js';

export function runV1Methods(deps: RunDependencies): MethodTable {
  return mergeTables([
    serviceMethods(deps),
    jobMethods(deps),
    executionMethods(deps),
    taskMethods(deps),
    workerPoolMethods(deps),
    operationMethods(deps),
    locationMethods(deps),
    revisionMethods(deps),
    { methods: unservedKinds(), access: {} },
  ]);
}
