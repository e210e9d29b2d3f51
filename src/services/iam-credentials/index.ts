/** IAM Service Account Credentials: short-lived credentials of a service account, for whoever may act through it. */
export { type IamCredentialsDeps, iamCredentialsApi } from './api.js';
