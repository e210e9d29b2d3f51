/** `sekisho image`: container images without Docker: built from a directory and a binary, pushed to the plane. */
export { build } from './build.js';
export { push } from './push.js';
