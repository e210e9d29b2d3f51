/** Sources that are helped by what the user knows: who is in which group, and what may be taken for granted. */
export { ASSUMPTIONS, type Assumption, assuming } from './assume.js';
export { withGroups } from './groups.js';
