/** run.googleapis.com v1: Knative's Services and Revisions as gcloud speaks them; views of the deployments room. */
export { runV1Api } from './api.js';
export type { RunV1Dependencies } from './types.js';
export { revisionView, serviceView } from './view.js';
