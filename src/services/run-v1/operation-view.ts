/** Operations as v1 shows them. */
import type { OperationRecord, OperationSubject } from '../../deployments/index.js';
import type { JsonObject } from '../../google/index.js';
import { executionView, jobView } from './job-view.js';
import { revisionView, serviceView } from './view.js';
import { poolRevisionView, workerPoolView } from './worker-pool-view.js';

/**
 * A google.longrunning.Operation whose response is the service as it stood when the operation ended, failed or not:
 * gcloud then shows its conditions.
 */
export function operationView(operation: OperationRecord): JsonObject {
  const name = `projects/${operation.project}/locations/${operation.location}/operations/${operation.id}`;
  const { result, subject } = operation;
  if (!result) return { name, done: false };
  const { type, view } = subjectView(subject);
  return {
    name,
    done: true,
    response: { '@type': `type.googleapis.com/google.cloud.run.v1.${type}`, ...view },
  };
}

/** What an operation is about, as v1 shows it. */
function subjectView(subject: OperationSubject): { readonly type: string; readonly view: JsonObject } {
  switch (subject.kind) {
    case 'service':
      return { type: 'Service', view: serviceView({ value: subject.service, version: 0 }) };
    case 'revision':
      return { type: 'Revision', view: revisionView({ value: subject.revision, version: 0 }, false) };
    case 'job':
      return { type: 'Job', view: jobView({ value: subject.job, version: 0 }) };
    case 'execution':
      return { type: 'Execution', view: executionView({ value: subject.execution, version: 0 }) };
    case 'workerPool':
      return { type: 'WorkerPool', view: workerPoolView({ value: subject.workerPool, version: 0 }) };
    case 'workerPoolRevision':
      return { type: 'Revision', view: poolRevisionView({ value: subject.revision, version: 0 }, false) };
  }
}
