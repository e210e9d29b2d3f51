/** run.googleapis.com v2, over REST and gRPC: views of the same services, revisions and operations as v1's. */
export { runV2Methods } from './api.js';
export { parseRunResource } from './parse-resource.js';
