/** run.googleapis.com: its versions as one API, and what they share: names, fields, refusals, lists, operations. */
export { runApi } from './api.js';
