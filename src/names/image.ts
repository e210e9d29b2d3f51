/** Image references: which registry, which repository, which manifest. */
import { isRepositoryId } from './ids.js';
import { isRegistryLocation } from './regions.js';
import { type ResourceName, repositoryName } from './resource.js';

/** An image in Artifact Registry, by `LOCATION-docker.pkg.dev` or by one of the gcr.io hosts. */
export interface RegistryImage {
  readonly registry: 'artifact-registry';
  /** The reference as the user wrote it. */
  readonly text: string;
  /** e.g. `asia-northeast1-docker.pkg.dev` */
  readonly host: string;
  readonly project: string;
  readonly location: string;
  readonly repository: string;
  /** The image's name inside the repository; may hold slashes. */
  readonly image: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** An image that Google pulls through its Docker Hub mirror, with no IAM check. */
export interface DockerHubImage {
  readonly registry: 'docker-hub';
  readonly text: string;
  readonly host: 'docker.io';
  readonly image: string;
  readonly tag?: string;
  readonly digest?: string;
}

export type ImageReference = RegistryImage | DockerHubImage;

export type ImageParse =
  | { readonly ok: true; readonly image: ImageReference }
  /** `unsupported-host`: another registry; `malformed`: not a reference at all. */
  | { readonly ok: false; readonly reason: 'unsupported-host' | 'malformed'; readonly text: string };

/** gcr.io hosts and the location of the Artifact Registry repository that serves each. */
const GCR_LOCATIONS: Readonly<Record<string, string>> = {
  'gcr.io': 'us',
  'us.gcr.io': 'us',
  'eu.gcr.io': 'europe',
  'asia.gcr.io': 'asia',
};

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[a-f0-9]{64}$/;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The location a registry host serves, or undefined when it is no host of Artifact Registry. */
export function locationOfRegistryHost(host: string): string | undefined {
  const location = /^([a-z0-9-]+)-docker\.pkg\.dev$/.exec(host)?.[1];
  if (location !== undefined) return isRegistryLocation(location) ? location : undefined;
  return Object.hasOwn(GCR_LOCATIONS, host) ? GCR_LOCATIONS[host] : undefined;
}

interface Suffix {
  path: string;
  tag?: string;
  digest?: string;
}

/** Splits `path[:tag][@digest]`; undefined when tag or digest is not well formed. */
function splitSuffix(text: string): Suffix | undefined {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) return undefined;
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) return undefined;
  return {
    path: tagged ? named.slice(0, colon) : named,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Reads an image reference as Cloud Run does: hosts are `LOCATION-docker.pkg.dev`, `[REGION.]gcr.io` and
 * `docker.io`; a reference without a host is Docker Hub's.
 */
export function parseImage(text: string): ImageParse {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const host = hasHost ? first : 'docker.io';
  const suffix = splitSuffix(hasHost ? text.slice(slash + 1) : text);
  if (!suffix || suffix.path === '') return { ok: false, reason: 'malformed', text };
  const { path, ...rest } = suffix;
  const segments = path.split('/');
  if (host === 'docker.io') {
    if (!segments.every((segment) => COMPONENT.test(segment)))
      return { ok: false, reason: 'malformed', text };
    const image = segments.length === 1 ? `library/${path}` : path;
    return { ok: true, image: { registry: 'docker-hub', text, host, image, ...rest } };
  }
  const location = locationOfRegistryHost(host);
  if (location === undefined) return { ok: false, reason: 'unsupported-host', text };
  const located = host.endsWith('gcr.io') ? locateGcr(host, segments) : locate(segments);
  if (!located) return { ok: false, reason: 'malformed', text };
  return { ok: true, image: { registry: 'artifact-registry', text, host, location, ...located, ...rest } };
}

/** `PROJECT/REPOSITORY/IMAGE…`; a project with a domain takes two segments (`example.com/proj`). */
function locate(
  segments: readonly string[],
): { project: string; repository: string; image: string } | undefined {
  const domain = segments[0]?.includes('.') === true;
  const project = domain ? `${segments[0]}:${segments[1]}` : segments[0];
  const [repository, ...image] = segments.slice(domain ? 2 : 1);
  if (!project || !repository || image.length === 0) return undefined;
  if (!isRepositoryId(repository) || !image.every((part) => COMPONENT.test(part))) return undefined;
  return { project, repository, image: image.join('/') };
}

/** `PROJECT/IMAGE…` in the repository that bears the host's own name. */
function locateGcr(host: string, segments: readonly string[]): ReturnType<typeof locate> {
  const domain = segments[0]?.includes('.') === true;
  const project = domain ? `${segments[0]}:${segments[1]}` : segments[0];
  const image = segments.slice(domain ? 2 : 1);
  if (!project || image.length === 0 || !image.every((part) => COMPONENT.test(part))) return undefined;
  return { project, repository: host, image: image.join('/') };
}

/** The repository an image lies in, as a resource with a policy. */
export function repositoryOfImage(image: RegistryImage): ResourceName {
  return repositoryName(image.project, image.location, image.repository);
}

/** The path under `/v2/` on the image's host, e.g. `myproject-b/myrepo/my-app`. */
export function registryPath(image: RegistryImage): string {
  const project = image.project.replace(':', '/');
  return image.host.endsWith('gcr.io')
    ? `${project}/${image.image}`
    : `${project}/${image.repository}/${image.image}`;
}

/** What follows `manifests/`: the digest if there is one, else the tag, else `latest`. */
export function manifestReference(image: ImageReference): string {
  return image.digest ?? image.tag ?? 'latest';
}
