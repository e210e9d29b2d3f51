/** The upstreams of remote repositories, as far as they are repositories of Artifact Registry themselves. */
import { locationOfRegistryHost, parseImage, repositoryOfImage } from './image.js';
import type { ResourceName } from './resource.js';

/**
 * The repository that an upstream's URI names: `projects/P/locations/L/repositories/R`, or
 * `https://LOCATION-docker.pkg.dev/P/R` (`common_repository` in
 * https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/artifact_registry_repository).
 * @returns undefined for an upstream elsewhere; `malformed` for one on a host of Artifact Registry that names no
 *   repository
 */
export function repositoryOfUpstream(uri: string): ResourceName | 'malformed' | undefined {
  if (/^projects\/[^/]+\/locations\/[^/]+\/repositories\/[^/]+$/.test(uri)) {
    return `//artifactregistry.googleapis.com/${uri}`;
  }
  const [, host = '', path = ''] = /^https?:\/\/([^/]+)\/*(.*?)\/*$/i.exec(uri) ?? [];
  if (locationOfRegistryHost(host.toLowerCase()) === undefined) return undefined;
  const within = parseImage(`${host.toLowerCase()}/${path}/image`);
  if (!within.ok || within.image.registry !== 'artifact-registry' || within.image.image !== 'image') {
    return 'malformed';
  }
  return repositoryOfImage(within.image);
}

/** The secret whose version `projects/P/secrets/S/versions/V` is; undefined for anything else. */
export function secretOfVersion(version: string): ResourceName | undefined {
  const [, secret] = /^(projects\/[^/]+\/secrets\/[^/]+)\/versions\/[^/]+$/.exec(version) ?? [];
  return secret === undefined ? undefined : `//secretmanager.googleapis.com/${secret}`;
}
