/** Secret Manager's resource names (https://cloud.google.com/secret-manager/docs/reference/rest). */
import { type GoogleError, invalidArgument, unimplemented } from '../../google/index.js';
import { projectName, type ResourceName, secretName, secretVersionName } from '../../names/index.js';

/** A secret as a caller named it: its project by id or number. */
export interface SecretName {
  readonly project: string;
  readonly secret: string;
}

export interface VersionName extends SecretName {
  /** A number, `latest` or an alias. */
  readonly version: string;
}

const SECRET = /^projects\/([^/]+)\/secrets\/([^/]+)$/;
const VERSION = /^projects\/([^/]+)\/secrets\/([^/]+)\/versions\/([^/]+)$/;

const SECRET_ID = /^[A-Za-z0-9_-]{1,255}$/;

/** @throws GoogleError INVALID_ARGUMENT */
export function parseProject(name: string): string {
  requireGlobal(name);
  const [, project] = /^projects\/([^/]+)$/.exec(name) ?? [];
  if (project === undefined)
    throw invalidArgument(
      `The provided Project ID [${name}] does not match the expected format [projects/*].`,
    );
  return project;
}

/** @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED for a regional secret */
export function parseSecret(name: string): SecretName {
  requireGlobal(name);
  const [, project = '', secret = ''] = SECRET.exec(name) ?? [];
  if (!SECRET_ID.test(secret)) throw malformed(name, 'projects/*/secrets/*');
  return { project, secret };
}

/** @throws GoogleError INVALID_ARGUMENT; UNIMPLEMENTED for a version of a regional secret */
export function parseVersion(name: string): VersionName {
  requireGlobal(name);
  const [, project = '', secret = '', version = ''] = VERSION.exec(name) ?? [];
  if (!SECRET_ID.test(secret) || !/^[A-Za-z0-9_-]{1,63}$/.test(version))
    throw malformed(name, 'projects/*/secrets/*/versions/*');
  return { project, secret, version };
}

/**
 * "A secret ID is a string with a maximum length of 255 characters and can contain uppercase and lowercase letters,
 * numerals, and the hyphen (`-`) and underscore (`_`) characters" (CreateSecretRequest).
 * @throws GoogleError INVALID_ARGUMENT
 */
export function requireSecretId(id: string): void {
  if (id === '') throw invalidArgument('Field [secret_id] is required.');
  if (!SECRET_ID.test(id)) throw malformed(id, '[a-zA-Z0-9_-]{1,255}');
}

export const resourceOf = ({ project, secret }: SecretName): ResourceName => secretName(project, secret);

export const versionResourceOf = ({ project, secret, version }: VersionName): ResourceName =>
  secretVersionName(project, secret, version);

export const projectResource = (project: string): ResourceName => projectName(project);

/** Regional secrets are served by hosts of their own (docs "Regional secrets"), which are not here. */
function requireGlobal(name: string): void {
  if (/^projects\/[^/]+\/locations\//.test(name))
    throw unimplemented(`Regional secrets are not implemented: ${name}.`);
}

function malformed(name: string, format: string): GoogleError {
  return invalidArgument(`The provided Secret ID [${name}] does not match the expected format [${format}]`);
}
