/** Cloud Identity: who is in which group, for those who may see it. */
export { cloudIdentityApi } from './api.js';
export { groupId } from './directory.js';
