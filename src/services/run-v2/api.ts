/** v2's methods, by the protos' own routes; those of resources that are not served answer UNIMPLEMENTED. */
import { Builds } from '../../google/gen/google/cloud/run/v2/build_pb.js';
import { Instances } from '../../google/gen/google/cloud/run/v2/instance_pb.js';
import { protoMethods } from '../../google/index.js';
import { type MethodTable, mergeTables, type RunDependencies } from '../run/context.js';
import { executionMethods } from './executions.js';
import { jobMethods } from './jobs.js';
import { operationMethods } from './operations.js';
import { revisionMethods } from './revisions.js';
import { serviceMethods } from './services.js';
import { taskMethods } from './tasks.js';
import { workerPoolMethods } from './worker-pools.js';

export function runV2Methods(deps: RunDependencies): MethodTable {
  return mergeTables([
    serviceMethods(deps),
    jobMethods(deps),
    executionMethods(deps),
    taskMethods(deps),
    workerPoolMethods(deps),
    revisionMethods(deps),
    operationMethods(deps),
    unserved(),
  ]);
}

function unserved(): MethodTable {
  return {
    methods: [...protoMethods(Builds, {}), ...protoMethods(Instances, {})],
    access: {},
  };
}
