/** v2's methods, by the protos' own routes; those of resources that are not served answer UNIMPLEMENTED. */
import { policyMethods } from '../../access/index.js';
import { Builds } from '../../google/gen/google/cloud/run/v2/build_pb.js';
import { Executions } from '../../google/gen/google/cloud/run/v2/execution_pb.js';
import { Instances } from '../../google/gen/google/cloud/run/v2/instance_pb.js';
import { Jobs } from '../../google/gen/google/cloud/run/v2/job_pb.js';
import { Services } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { Tasks } from '../../google/gen/google/cloud/run/v2/task_pb.js';
import { WorkerPools } from '../../google/gen/google/cloud/run/v2/worker_pool_pb.js';
import { protoMethods } from '../../google/index.js';
import { type MethodTable, mergeTables, type RunDependencies } from '../run/context.js';
import { servicePolicy } from '../run/policy.js';
import { operationMethods, operationTypes } from './operations.js';
import { revisionMethods } from './revisions.js';
import { serviceWriteAudit, serviceWriteHandlers, serviceWriteRules } from './service-writes.js';
import { SERVICES, serviceReadHandlers, serviceReadRules } from './services.js';

export function runV2Methods(deps: RunDependencies): MethodTable {
  return mergeTables([serviceMethods(deps), revisionMethods(deps), operationMethods(deps), unserved()]);
}

function serviceMethods(deps: RunDependencies): MethodTable {
  const policies = policyMethods(deps.access, servicePolicy(deps));
  return {
    methods: protoMethods(
      Services,
      { ...serviceReadHandlers(deps), ...serviceWriteHandlers(deps), ...policies.handlers },
      { registry: operationTypes, audit: { ...serviceWriteAudit(deps), ...policies.audit } },
    ),
    access: {
      ...serviceReadRules(deps),
      ...serviceWriteRules(deps),
      [`${SERVICES}.GetIamPolicy`]: policies.rules.getIamPolicy,
      [`${SERVICES}.SetIamPolicy`]: policies.rules.setIamPolicy,
      [`${SERVICES}.TestIamPermissions`]: policies.rules.testIamPermissions,
    },
  };
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
