/** secretmanager.googleapis.com v1: a view of the secrets. */
export { secretManagerApi } from './api.js';
export { requireSecretId } from './names.js';
export { readNewSecret, readUpdate as readSecretUpdate } from './secret-request.js';
export { requirePayload } from './versions.js';
