/**
 * Artifact Registry's resource names. A package's id is one segment, in which the slashes of an image's name
 * are written `%2F` (https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories.packages).
 */
import { invalidArgument } from '../../google/index.js';
import { isDigest, isTag, type ResourceName, repositoryName } from '../../names/index.js';
import type { RepositoryId } from '../../registry/index.js';

export interface LocationName {
  /** Id or number, as the caller wrote it. */
  readonly project: string;
  readonly location: string;
}

export interface PackageName extends RepositoryId {
  /** The image's name, with its slashes. */
  readonly image: string;
}

export const repositoryPath = ({ project, location, repository }: RepositoryId): string =>
  `projects/${project}/locations/${location}/repositories/${repository}`;

export const packagePath = (id: RepositoryId, image: string): string =>
  `${repositoryPath(id)}/packages/${encodeURIComponent(image)}`;

export const versionPath = (id: RepositoryId, image: string, digest: string): string =>
  `${packagePath(id, image)}/versions/${digest}`;

export const dockerImagePath = (id: RepositoryId, image: string, digest: string): string =>
  `${repositoryPath(id)}/dockerImages/${encodeURIComponent(image)}@${digest}`;

/** Files of Docker repositories go by their digests. */
export const filePath = (id: RepositoryId, digest: string): string => `${repositoryPath(id)}/files/${digest}`;

export const settingsPath = (project: string): string => `projects/${project}/projectSettings`;

export const resourceOf = ({ project, location, repository }: RepositoryId): ResourceName =>
  repositoryName(project, location, repository);

/** Host and path that Docker clients use, e.g. `asia-northeast1-docker.pkg.dev/P/R`. */
export const registryUri = ({ project, location, repository }: RepositoryId): string =>
  `${location}-docker.pkg.dev/${project.replace(':', '/')}/${repository}`;

/** @throws GoogleError INVALID_ARGUMENT */
export function parseProject(name: string): string {
  return parts(name, 'projects/*', /^projects\/([^/]+)$/)[0] ?? '';
}

/** @throws GoogleError INVALID_ARGUMENT */
export function parseLocation(name: string): LocationName {
  const [project = '', location = ''] = parts(
    name,
    'projects/*/locations/*',
    /^projects\/([^/]+)\/locations\/([^/]+)$/,
  );
  return { project, location };
}

/** The repository that a name is, or that it lies in. @throws GoogleError INVALID_ARGUMENT */
export function parseRepository(name: string): RepositoryId {
  const [project = '', location = '', repository = ''] = parts(
    name,
    'projects/*/locations/*/repositories/*',
    /^projects\/([^/]+)\/locations\/([^/]+)\/repositories\/([^/]+)(?:\/.*)?$/,
  );
  return { project, location, repository };
}

/** The package that a name is, or that it lies in. @throws GoogleError INVALID_ARGUMENT */
export function parsePackage(name: string): PackageName {
  const match = parts(
    name,
    `${REPOSITORY}/packages/*`,
    /\/packages\/([^/]+)(?:\/(?:versions|tags)\/[^/]+)?$/,
  );
  return { ...parseRepository(name), image: decoded(match[0] ?? '') };
}

/** @throws GoogleError INVALID_ARGUMENT */
export function parseVersion(name: string): PackageName & { readonly digest: string } {
  const [digest = ''] = parts(name, `${REPOSITORY}/packages/*/versions/*`, /\/versions\/([^/]+)$/);
  if (!isDigest(digest)) throw invalidArgument(`Invalid version "${digest}": must be a sha256 digest.`);
  return { ...parsePackage(name), digest };
}

/** @throws GoogleError INVALID_ARGUMENT */
export function parseTag(name: string): PackageName & { readonly tag: string } {
  const [tag = ''] = parts(name, `${REPOSITORY}/packages/*/tags/*`, /\/tags\/([^/]+)$/);
  if (!isTag(tag)) throw invalidArgument(`Invalid tag "${tag}".`);
  return { ...parsePackage(name), tag };
}

/** `…/dockerImages/NAME@sha256:…`. @throws GoogleError INVALID_ARGUMENT */
export function parseDockerImage(name: string): PackageName & { readonly digest: string } {
  const [image = '', digest = ''] = parts(
    name,
    `${REPOSITORY}/dockerImages/NAME@DIGEST`,
    /\/dockerImages\/([^/@]+)@([^/]+)$/,
  );
  if (!isDigest(digest)) throw invalidArgument(`Invalid digest "${digest}".`);
  return { ...parseRepository(name), image: decoded(image), digest };
}

/** `…/files/sha256:…`. @throws GoogleError INVALID_ARGUMENT */
export function parseFile(name: string): RepositoryId & { readonly digest: string } {
  const [digest = ''] = parts(name, `${REPOSITORY}/files/*`, /\/files\/(.+)$/);
  return { ...parseRepository(name), digest };
}

/** The project of a name of its settings. @returns the project, as the caller wrote it @throws GoogleError INVALID_ARGUMENT */
export function parseSettings(name: string): string {
  return parts(name, 'projects/*/projectSettings', /^projects\/([^/]+)\/projectSettings$/)[0] ?? '';
}

const REPOSITORY = 'projects/*/locations/*/repositories/*';

function parts(name: string, form: string, pattern: RegExp): readonly string[] {
  const match = pattern.exec(name);
  if (!match) throw invalidArgument(`Invalid resource name "${name}": must be of the form ${form}.`);
  return match.slice(1);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalidArgument(`Invalid package "${segment}".`);
  }
}
