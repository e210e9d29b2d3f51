/** IAM v3: principal access boundary policies and their bindings. Its methods are served with those of IAM v1. */
export { boundaryMethods } from './api.js';
