/** A v2 resource of any kind as clients would send it, parsed for whoever writes it without a request. */
import type { PlacedSpec } from '../../deployments/index.js';
import type { JsonObject } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import { parseJob } from './parse-job.js';
import { parseService } from './parse-service.js';
import { parseWorkerPool } from './parse-worker-pool.js';

/**
 * @param resource the message's JSON form
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseRunResource(
  kind: RunKind,
  resource: JsonObject,
  where: { readonly name: string; readonly projectNumber: string },
): PlacedSpec {
  switch (kind) {
    case 'service':
      return {
        kind,
        spec: parseService(resource, { ...where, request: 'CreateServiceRequest', template: undefined }),
      };
    case 'job':
      return { kind, spec: parseJob(resource, { ...where, request: 'CreateJobRequest', before: undefined }) };
    case 'workerPool':
      return { kind, spec: parseWorkerPool(resource, { ...where, request: 'CreateWorkerPoolRequest' }) };
  }
}
