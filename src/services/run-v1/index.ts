/** run.googleapis.com v1: Knative's Services and Revisions as gcloud speaks them; views of the deployments room. */
export { runV1Methods } from './api.js';
export { executionView, jobView } from './job-view.js';
export { revisionView, serviceView } from './view.js';
export { poolRevisionView, workerPoolView } from './worker-pool-view.js';
