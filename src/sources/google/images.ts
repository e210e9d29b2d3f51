/** Repositories of Artifact Registry, and what a pull would find there. */
import {
  type Absent,
  isUnknown,
  type Known,
  type ManifestFact,
  type RepositoryFacts,
} from '../../checkpoint/index.js';
import {
  type ImageReference,
  isDigest,
  manifestReference,
  type RegistryImage,
  type ResourceName,
  registryPath,
  repositoryOfImage,
  splitResource,
} from '../../names/index.js';
import { type Fields, fieldsIn, isFields, listIn, textIn } from './fields.js';
import { spelledById } from './projects.js';
import type { GoogleReader } from './reader.js';
import { repositoryFacts } from './repository.js';
import type { Received } from './transport.js';
import { unknown } from './unknowns.js';

const REPOSITORY = /^projects\/([^/]+)\/locations\/([^/]+)\/repositories\/([^/]+)$/;

/** https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories */
export async function readRepository(
  reader: GoogleReader,
  resource: ResourceName,
): Promise<Known<RepositoryFacts | Absent>> {
  const [, project = '', location = '', repository = ''] =
    REPOSITORY.exec(splitResource(resource).path) ?? [];
  if (repository === '') return unknown(`${resource} is no repository`);
  const answer = await reader.get('repository', { project, location, repository });
  if (isUnknown(answer) || answer === 'absent') return answer;
  const facts = repositoryFacts(answer, splitResource(resource).path);
  return isUnknown(facts) ? facts : factsById(reader, facts);
}

async function factsById(reader: GoogleReader, facts: RepositoryFacts): Promise<RepositoryFacts> {
  const { credentials } = facts;
  return {
    ...facts,
    upstreams: await Promise.all(facts.upstreams.map((upstream) => spelledById(reader, upstream))),
    ...(credentials === undefined ? {} : { credentials: await spelledById(reader, credentials) }),
  };
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
/** Indexes may list indexes; nobody nests them deeper than this on purpose. */
const MAX_DEPTH = 3;

/** What a pull of the reference would find, asked with the caller's own token. */
export async function readManifest(
  reader: GoogleReader,
  image: ImageReference,
  platform: string,
): Promise<ManifestFact> {
  if (image.registry === 'docker-hub') return unknown('images of Docker Hub are not looked for');
  const repository = repositoryOfImage(image);
  const facts = await readRepository(reader, repository);
  if (isUnknown(facts)) return facts;
  if (facts === 'absent') return 'missing';
  // To ask one of these for an image makes it fetch and keep the image: that would be more than reading.
  if (facts.mode !== 'standard') {
    return unknown(
      `${splitResource(repository).path} is a ${facts.mode} repository: asking for an image could make it fetch one`,
    );
  }
  return probe(reader, image, platform, manifestReference(image), 0);
}

async function probe(
  reader: GoogleReader,
  image: RegistryImage,
  platform: string,
  reference: string,
  depth: number,
): Promise<ManifestFact> {
  const answer = await reader.text('manifest', { ...placeOf(image), reference }, ACCEPT);
  if (isUnknown(answer)) return answer;
  if (answer === 'absent') return 'missing';
  const manifest = json(answer);
  if (!manifest) return unknown(`${image.host} answered for ${image.text} what is no manifest`);
  const mediaType = textIn(manifest, 'mediaType') ?? answer.headers['content-type'] ?? '';
  if (Array.isArray(manifest.manifests)) {
    return depth < MAX_DEPTH
      ? fromIndex(reader, image, platform, { mediaType, entries: listIn(manifest, 'manifests') }, depth)
      : unknown(`${image.text} has indexes that are nested too deeply`);
  }
  const config = textIn(fieldsIn(manifest, 'config'), 'digest') ?? '';
  if (!isDigest(config)) return unknown(`${image.text} has a manifest without a config`);
  return ofConfig(await readConfig(reader, image, config), platform, mediaType);
}

interface Index {
  readonly mediaType: string;
  readonly entries: readonly Fields[];
}

/** The first entry for the platform decides, by its own word or, where it says nothing, by its config's. */
async function fromIndex(
  reader: GoogleReader,
  image: RegistryImage,
  platform: string,
  { mediaType, entries }: Index,
  depth: number,
): Promise<ManifestFact> {
  for (const entry of entries) {
    const said = entry.platform === undefined ? undefined : platformOf(fieldsIn(entry, 'platform'));
    if (said === platform) return 'present';
    const digest = textIn(entry, 'digest') ?? '';
    if (said !== undefined || !isDigest(digest)) continue;
    const found = await probe(reader, image, platform, digest, depth + 1);
    if (found === 'present' || isUnknown(found)) return found;
  }
  return { wrongPlatform: mediaType };
}

function ofConfig(config: Known<Fields>, platform: string, mediaType: string): ManifestFact {
  if (isUnknown(config)) return config;
  return platformOf(config) === platform ? 'present' : { wrongPlatform: mediaType };
}

const platformOf = (fields: Fields) =>
  `${textIn(fields, 'os') ?? ''}/${textIn(fields, 'architecture') ?? ''}`;

function placeOf(image: RegistryImage) {
  return {
    host: image.host,
    image: registryPath(image),
    repository: splitResource(repositoryOfImage(image)).path,
  };
}

/** Artifact Registry sends those who want a blob to a place of its own on the same host. */
async function readConfig(
  reader: GoogleReader,
  image: RegistryImage,
  digest: string,
): Promise<Known<Fields>> {
  const { host } = image;
  const accept = 'application/json, */*';
  let answer = await reader.text('imageConfig', { ...placeOf(image), digest }, accept);
  if (!isUnknown(answer) && answer !== 'absent' && answer.status >= 300) {
    const place = new URL(answer.headers.location ?? '', `https://${host}`);
    const [, rest] = /^\/artifacts-downloads\/(.+)$/.exec(place.pathname) ?? [];
    if (place.host !== host || rest === undefined) {
      return unknown(`${host} sends those who want the config of ${image.text} to ${place.host}`);
    }
    const parameters = { host, rest: decodeURIComponent(rest) };
    answer = await reader.text('imageDownload', parameters, accept, Object.fromEntries(place.searchParams));
  }
  if (isUnknown(answer)) return answer;
  const config = answer === 'absent' ? undefined : json(answer);
  return config ?? unknown(`${host} has no config for ${image.text}`);
}

function json({ body }: Received): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
