/** Why Secret Manager refuses, in its own words as its clients' issue trackers quote them. */
import { alreadyExists, failedPrecondition, type GoogleError, notFound } from '../google/index.js';
import { type SecretId, secretPath, type VersionState, versionPath } from './model.js';

export const secretNotFound = (id: SecretId): GoogleError =>
  notFound(`Secret [${secretPath(id)}] not found.`);

/** What `latest` gets where there is nothing to be the latest. */
export const secretWithoutVersions = (id: SecretId): GoogleError =>
  notFound(`Secret [${secretPath(id)}] not found or has no versions.`);

export const versionNotFound = (id: SecretId, version: number | string): GoogleError =>
  notFound(`Secret Version [${versionPath(id, version)}] not found.`);

export const secretExists = (id: SecretId): GoogleError =>
  alreadyExists(`Secret [${secretPath(id)}] already exists.`);

export const versionInState = (id: SecretId, version: number, state: VersionState): GoogleError =>
  failedPrecondition(`Secret Version [${versionPath(id, version)}] is in ${state} state.`);

/** FAILED_PRECONDITION, as https://cloud.google.com/secret-manager/docs/etags says. */
export const etagMismatch = (name: string): GoogleError =>
  failedPrecondition(`The etag provided for [${name}] does not match the current etag of the resource.`);
