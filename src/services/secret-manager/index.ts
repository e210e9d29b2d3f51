/** secretmanager.googleapis.com v1: a view of the secrets. */
export { secretManagerApi } from './api.js';
export { requireSecretId } from './names.js';
