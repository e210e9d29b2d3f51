/** v2's methods, by the protos' own routes; those of resources that are not served answer UNIMPLEMENTED. */
import { Builds } from '../../google/gen/google/cloud/run/v2/build_pb.js';
import { Executions } from '../../google/gen/google/cloud/run/v2/execution_pb.js';
import { Instances } from '../../google/gen/google/cloud/run/v2/instance_pb.js';
import { Jobs } from '../../google/gen/google/cloud/run/v2/job_pb.js';
import { Tasks } from '../../google/gen/google/cloud/run/v2/task_pb.js';
import { WorkerPools } from '../../google/gen/google/cloud/run/v2/worker_pool_pb.js';
import { protoMethods } from '../../google/index.js';
import { type MethodTable, mergeTables, type RunDependencies } from '../run/context.js';
import { operationMethods } from './operations.js';
import { revisionMethods } from './revisions.js';
import { serviceMethods } from './services.js';

export function runV2Methods(deps: RunDependencies): MethodTable {
  return mergeTables([serviceMethods(deps), revisionMethods(deps), operationMethods(deps), unserved()]);
}

function unserved(): MethodTable {
  return {
    methods: [
      ...protoMethods(Jobs, {}),
      ...protoMethods(Executions, {}),
      ...protoMethods(Tasks, {}),
      ...protoMethods(WorkerPools, {}),
      ...protoMethods(Builds, {}),
      ...protoMethods(Instances, {}),
    ],
    access: {},
  };
}
