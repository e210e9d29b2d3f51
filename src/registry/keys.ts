/**
 * The registry's rows in the store. An image's name may hold slashes, so it is one escaped segment, the way
 * Artifact Registry spells packages (`a%2Fb`): a prefix then never covers another image's rows.
 */
import type { RepositoryId } from './types.js';

const repositoryPath = ({ project, location, repository }: RepositoryId) =>
  `${project}/${location}/${repository}`;

/** The segment for an image's name, e.g. `team%2Fapp`. */
const imageSegment = (image: string): string => encodeURIComponent(image);

export const repositoryKey = (id: RepositoryId): string => `repositories/${repositoryPath(id)}`;

/** Prefix of the repositories of all projects. */
export const ALL_REPOSITORIES = 'repositories/';
/** Prefix of all repositories of a project, or of those in one location. */
export const repositoriesPrefix = (project: string, location?: string): string =>
  location === undefined ? `repositories/${project}/` : `repositories/${project}/${location}/`;

export const manifestsPrefix = (id: RepositoryId, image?: string): string =>
  image === undefined
    ? `manifests/${repositoryPath(id)}/`
    : `manifests/${repositoryPath(id)}/${imageSegment(image)}/`;
export const manifestKey = (id: RepositoryId, image: string, digest: string): string =>
  `${manifestsPrefix(id, image)}${digest}`;

export const tagsPrefix = (id: RepositoryId, image?: string): string =>
  image === undefined ? `tags/${repositoryPath(id)}/` : `tags/${repositoryPath(id)}/${imageSegment(image)}/`;
export const tagKey = (id: RepositoryId, image: string, tag: string): string =>
  `${tagsPrefix(id, image)}${tag}`;

/** Prefix of the links of all repositories. */
export const ALL_LINKS = 'blob-links/';
/** A link says that a repository holds a blob: without one, the blob cannot be read through it. */
export const linksPrefix = (id: RepositoryId): string => `${ALL_LINKS}${repositoryPath(id)}/`;
export const linkKey = (id: RepositoryId, digest: string): string => `${linksPrefix(id)}${digest}`;

/** The prefix of the manifests in the repository that a link belongs to. */
export const manifestsPrefixOfLink = (key: string): string =>
  `manifests/${key.slice(ALL_LINKS.length, key.lastIndexOf('/') + 1)}`;

export const referrersPrefix = (id: RepositoryId, image?: string): string =>
  image === undefined
    ? `referrers/${repositoryPath(id)}/`
    : `referrers/${repositoryPath(id)}/${imageSegment(image)}/`;
/** Manifests whose `subject` is the given digest. */
export const referrersOf = (id: RepositoryId, image: string, subject: string): string =>
  `${referrersPrefix(id, image)}${subject}/`;
export const referrerKey = (id: RepositoryId, image: string, subject: string, digest: string): string =>
  `${referrersOf(id, image, subject)}${digest}`;

/** The image segment and the last segment of a manifest's, tag's or referrer's key. */
export function splitImageKey(key: string, prefix: string): { image: string; last: string } {
  const rest = key.slice(prefix.length);
  const slash = rest.indexOf('/');
  return { image: decodeURIComponent(rest.slice(0, slash)), last: rest.slice(rest.lastIndexOf('/') + 1) };
}

/** Uploads in progress that clients know of. */
export const UPLOADS = 'uploads/';
export const uploadKey = (id: string): string => `${UPLOADS}${id}`;
