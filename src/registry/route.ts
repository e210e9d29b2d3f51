/** The distribution API's paths, read: `/v2/NAME/{manifests,blobs,tags,referrers}/…` on each of our hosts. */
import type { HttpContext } from '../google/index.js';
import { isDigest, isTag, parseImage, registryPath } from '../names/index.js';
import { OciError } from './oci-errors.js';
import type { RepositoryId } from './types.js';

/** Which image of which repository a path names, and how the client spelled it. */
export interface ImagePath {
  readonly repository: RepositoryId;
  readonly image: string;
  /** The name between `/v2/` and the verb, as the client wrote it: scopes and Locations repeat it. */
  readonly name: string;
  /** The path as on Google's own host, without the direct form's host segment. */
  readonly canonical: string;
}

export type Target =
  | { readonly kind: 'ping' }
  | { readonly kind: 'token' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'manifest'; readonly path: ImagePath; readonly reference: string }
  | { readonly kind: 'blob'; readonly path: ImagePath; readonly digest: string }
  | { readonly kind: 'uploads'; readonly path: ImagePath }
  | { readonly kind: 'upload'; readonly path: ImagePath; readonly id: string }
  | { readonly kind: 'tags'; readonly path: ImagePath }
  | { readonly kind: 'referrers'; readonly path: ImagePath; readonly digest: string };

export interface Route {
  readonly target: Target;
  readonly query: URLSearchParams;
}

/**
 * Reads a request's URL.
 * @throws OciError NAME_INVALID, TAG_INVALID, DIGEST_INVALID, UNSUPPORTED; NAME_UNKNOWN for what is no path at all
 */
export function parseRoute(context: HttpContext): Route {
  // Not resolved against a base: `//name` is a path here, not another host.
  const url = new URL(`http://registry.invalid${context.url}`);
  return { target: parseTarget(context.host, decodePath(url.pathname)), query: url.searchParams };
}

function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    throw new OciError(400, 'NAME_INVALID', 'the path is not well encoded');
  }
}

function parseTarget(host: string, path: string): Target {
  if (path === '/v2' || path === '/v2/') return { kind: 'ping' };
  if (path === '/v2/token') return { kind: 'token' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  const match = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/(.*)$/.exec(path);
  const [, name, verb, rest] = match ?? [];
  if (name === undefined || verb === undefined || rest === undefined) {
    throw new OciError(404, 'NAME_UNKNOWN', `no such end point: ${path}`);
  }
  // `…/blobs/uploads/ID`: the greedy name has not swallowed `blobs`, because nothing after it is a verb.
  const imagePath = parseName(host, name);
  switch (verb) {
    case 'manifests':
      return { kind: 'manifest', path: imagePath, reference: parseReference(rest) };
    case 'tags':
      if (rest !== 'list') throw new OciError(404, 'NAME_UNKNOWN', `no such end point: ${path}`);
      return { kind: 'tags', path: imagePath };
    case 'referrers':
      return { kind: 'referrers', path: imagePath, digest: parseDigest(rest) };
    default:
      return parseBlobTarget(imagePath, rest);
  }
}

function parseBlobTarget(path: ImagePath, rest: string): Target {
  if (rest === 'uploads' || rest === 'uploads/') return { kind: 'uploads', path };
  const id = /^uploads\/([A-Za-z0-9-]+)$/.exec(rest)?.[1];
  if (id !== undefined) return { kind: 'upload', path, id };
  return { kind: 'blob', path, digest: parseDigest(rest) };
}

/** @throws OciError DIGEST_INVALID */
export function parseDigest(text: string): string {
  if (!isDigest(text)) throw new OciError(400, 'DIGEST_INVALID', `not a sha256 digest: ${text}`);
  return text;
}

function parseReference(text: string): string {
  if (text.includes(':')) return parseDigest(text);
  if (!isTag(text)) throw new OciError(400, 'TAG_INVALID', `not a tag or digest: ${text}`);
  return text;
}

/**
 * Reads an image's name. On Google's hosts it begins with the project; on the plane's own address (the direct
 * form) with the host.
 * @throws OciError NAME_INVALID
 */
export function parseName(host: string, name: string): ImagePath {
  const onGoogleHost = /(?:-docker\.pkg\.dev|(?:^|\.)gcr\.io)$/.test(host);
  const text = onGoogleHost ? `${host}/${name}` : name;
  const parsed = /[:@]/.test(name) ? undefined : parseImage(text);
  if (!parsed?.ok || parsed.image.registry !== 'artifact-registry') {
    throw new OciError(400, 'NAME_INVALID', `invalid repository name: ${name}`);
  }
  const { project, location, repository, image } = parsed.image;
  return {
    repository: { project, location, repository },
    image,
    name,
    canonical: registryPath(parsed.image),
  };
}
