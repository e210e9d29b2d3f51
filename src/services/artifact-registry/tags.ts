/** Tags: names for versions. */
import { alreadyExists, failedPrecondition, invalidArgument } from '../../google/index.js';
import { isTag } from '../../names/index.js';
import type { ImageTag, TagOutcome } from '../../registry/index.js';
import { type ArtifactRegistryDeps, entityNotFound } from './context.js';
import { type Listing, listed } from './listing.js';
import { located, there } from './located.js';
import { tagMessage } from './messages.js';
import { type PackageName, packagePath, parsePackage, parseTag, parseVersion, versionPath } from './names.js';
import type { Handlers } from './repositories.js';

export function tagHandlers(deps: ArtifactRegistryDeps): Handlers {
  const { images } = deps.registry;
  return {
    async listTags({ parent, ...request }) {
      const id = await located(deps, parsePackage(parent));
      const { items, nextPageToken } = listed(await images.tags(id, id.image), listingOf(id), request);
      return { tags: items.map((tag) => tagMessage(id, tag)), nextPageToken };
    },
    async getTag({ name }) {
      const id = await located(deps, parseTag(name));
      return tagMessage(id, there(await images.tag(id, id.image, id.tag)));
    },
    async createTag({ parent, tagId, tag }, call) {
      const named = parsePackage(parent);
      if (!isTag(tagId)) throw invalidArgument(`Invalid tag_id "${tagId}".`);
      const digest = digestIn(named, tag?.version ?? '');
      const id = await located(deps, named);
      requireDone(tagId, await images.createTag(id, id.image, tagId, digest, call.time));
      return tagMessage(id, { image: id.image, tag: tagId, digest });
    },
    async updateTag({ tag, updateMask }, call) {
      const named = parseTag(tag?.name ?? '');
      for (const path of updateMask?.paths ?? []) {
        if (path !== 'version' && path !== '*') throw invalidArgument(`The field ${path} cannot be changed.`);
      }
      const digest = digestIn(named, tag?.version ?? '');
      const id = await located(deps, named);
      requireDone(id.tag, await images.moveTag(id, id.image, id.tag, digest, call.time));
      return tagMessage(id, { image: id.image, tag: id.tag, digest });
    },
    async deleteTag({ name }) {
      const id = await located(deps, parseTag(name));
      const outcome = await images.removeTag(id, id.image, id.tag);
      if (outcome === 'missing') throw entityNotFound();
      if (outcome === 'immutable') throw immutable('delete', id.tag);
      return {};
    },
  };
}

function listingOf(id: PackageName): Listing<ImageTag> {
  return {
    key: ({ tag }) => tag,
    orders: {},
    filters: {
      name: ({ tag }) => [`${packagePath(id, id.image)}/tags/${tag}`],
      version: ({ digest }) => [versionPath(id, id.image, digest)],
    },
  };
}

/** The digest of the version that a tag is to name. @throws GoogleError INVALID_ARGUMENT for one of another package */
function digestIn(parent: PackageName, name: string): string {
  if (name === '') throw invalidArgument('tag.version is required.');
  const version = parseVersion(name);
  const same =
    version.project === parent.project &&
    version.location === parent.location &&
    version.repository === parent.repository &&
    version.image === parent.image;
  if (!same) throw invalidArgument(`The version ${name} is of another package than the tag.`);
  return version.digest;
}

/** @throws GoogleError NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION */
function requireDone(tag: string, outcome: TagOutcome): void {
  switch (outcome) {
    case 'done':
      return;
    case 'missing':
      throw entityNotFound();
    case 'exists':
      throw alreadyExists(`the tag ${tag} already exists`);
    case 'immutable':
      throw immutable('update', tag);
  }
}

const immutable = (verb: 'update' | 'delete', tag: string) =>
  failedPrecondition(`cannot ${verb} tag ${tag}: the repository has enabled tag immutability`);
