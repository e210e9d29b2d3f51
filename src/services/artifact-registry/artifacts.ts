/** What lies in repositories: Docker images, and the same as packages, versions and tags. */
import { create } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import { failedPrecondition, unimplemented } from '../../google/index.js';
import type { ImageVersion, RepositoryId } from '../../registry/index.js';
import { page } from '../paging.js';
import { type ArtifactRegistryDeps, entityNotFound, repositoryAt } from './context.js';
import { dockerImageMessage, packageMessage, tagMessage, versionMessage } from './messages.js';
import {
  packagePath,
  parseDockerImage,
  parsePackage,
  parseRepository,
  parseTag,
  parseVersion,
} from './names.js';
import { doneOperation } from './operations.js';
import { type Handlers, PAGES } from './repositories.js';

export function artifactHandlers(deps: ArtifactRegistryDeps): Handlers {
  const { images } = deps.registry;
  /** The name with the project's id, its repository being there. */
  const located = async <N extends RepositoryId>(name: N): Promise<N> => {
    const { project } = await repositoryAt(deps, name);
    return { ...name, project };
  };
  const done = (id: RepositoryId, call: Parameters<typeof doneOperation>[2]) =>
    doneOperation(deps, id, call, EmptySchema, create(EmptySchema));

  return {
    async listDockerImages({ parent, orderBy, ...request }) {
      requireNoOrder(orderBy);
      const id = await located(parseRepository(parent));
      const found = page(await images.versions(id), versionKey, request, PAGES);
      return {
        dockerImages: found.items.map((version) => dockerImageMessage(id, version)),
        nextPageToken: found.nextPageToken,
      };
    },
    async getDockerImage({ name }) {
      const id = await located(parseDockerImage(name));
      return dockerImageMessage(id, there(await images.version(id, id.image, id.digest)));
    },
    async listPackages({ parent, orderBy, ...request }) {
      requireNoOrder(orderBy);
      const id = await located(parseRepository(parent));
      const found = page(await images.packages(id), ({ image }) => image, request, PAGES);
      return {
        packages: found.items.map((each) => packageMessage(id, each)),
        nextPageToken: found.nextPageToken,
      };
    },
    async getPackage({ name }) {
      const id = await located(parsePackage(name));
      const found = (await images.packages(id)).find(({ image }) => image === id.image);
      return packageMessage(id, there(found));
    },
    async deletePackage({ name }, call) {
      const id = await located(parsePackage(name));
      if (!(await images.removePackage(id, id.image))) throw entityNotFound();
      return done(id, call);
    },
    async listVersions({ parent, view, orderBy, ...request }) {
      requireNoOrder(orderBy);
      const id = await located(parsePackage(parent));
      const all = await images.versions(id, id.image);
      const found = page(all, versionKey, request, PAGES);
      return {
        versions: found.items.map((version) => versionMessage(id, version, view)),
        nextPageToken: found.nextPageToken,
      };
    },
    async getVersion({ name, view }) {
      const id = await located(parseVersion(name));
      return versionMessage(id, there(await images.version(id, id.image, id.digest)), view);
    },
    async deleteVersion({ name, force }, call) {
      const id = await located(parseVersion(name));
      const { tags } = there(await images.version(id, id.image, id.digest));
      // "By default, a version that is tagged may not be deleted" (DeleteVersionRequest).
      if (tags.length > 0 && !force) {
        throw failedPrecondition(`cannot delete image ${id.digest} because it is tagged`);
      }
      switch (await images.removeVersion(id, id.image, id.digest)) {
        case 'missing':
          throw entityNotFound();
        case 'in-use':
          throw failedPrecondition(`cannot delete image ${id.digest} because a manifest list refers to it`);
        case 'deleted':
          return done(id, call);
      }
    },
    async listTags({ parent, filter, ...request }) {
      const id = await located(parsePackage(parent));
      const wanted = versionFilter(filter, packagePath(id, id.image));
      const all = (await images.tags(id, id.image)).filter(
        ({ digest }) => wanted === undefined || digest === wanted,
      );
      const found = page(all, ({ tag }) => tag, request, PAGES);
      return { tags: found.items.map((tag) => tagMessage(id, tag)), nextPageToken: found.nextPageToken };
    },
    async getTag({ name }) {
      const id = await located(parseTag(name));
      return tagMessage(id, there(await images.tag(id, id.image, id.tag)));
    },
    async deleteTag({ name }) {
      const id = await located(parseTag(name));
      if (!(await images.removeTag(id, id.image, id.tag))) throw entityNotFound();
      return {};
    },
  };
}

/** The order in which the store gives them. */
const versionKey = ({ image, digest }: ImageVersion): string => `${encodeURIComponent(image)}/${digest}`;

function there<T>(found: T | undefined): T {
  if (found === undefined) throw entityNotFound();
  return found;
}

function requireNoOrder(orderBy: string): void {
  if (orderBy !== '') throw unimplemented(`Ordering by "${orderBy}" is not supported.`);
}

/**
 * The digest that a filter `version="…/versions/DIGEST"` asks for; undefined without a filter.
 * @throws GoogleError UNIMPLEMENTED for any other filter
 */
function versionFilter(filter: string, parent: string): string | undefined {
  if (filter.trim() === '') return undefined;
  const name = /^\s*version\s*=\s*"([^"]+)"\s*$/.exec(filter)?.[1];
  if (name === undefined) throw unimplemented(`The filter ${filter} is not supported: use version="NAME".`);
  const { digest, image } = parseVersion(name);
  return parent.endsWith(`/packages/${encodeURIComponent(image)}`) ? digest : 'none';
}
