/** One host serves both versions of the API. */
import type { Api } from '../../google/index.js';
import { runV1Methods } from '../run-v1/index.js';
import { runV2Methods } from '../run-v2/index.js';
import { API, mergeTables, type RunDependencies } from './context.js';

/** run.googleapis.com: v1 as gcloud speaks it, v2 as client libraries and Terraform do, over the same objects. */
export function runApi(deps: RunDependencies): Api {
  return { host: API, regional: true, ...mergeTables([runV1Methods(deps), runV2Methods(deps)]) };
}
