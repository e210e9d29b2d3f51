/** Docker images: the versions of all packages of a repository in one list. */
import type { ImageVersion } from '../../registry/index.js';
import type { ArtifactRegistryDeps } from './context.js';
import { type Listing, listed } from './listing.js';
import { located, there } from './located.js';
import { dockerImageMessage } from './messages.js';
import { dockerImagePath, parseDockerImage, parseRepository } from './names.js';
import type { Handlers } from './repositories.js';

export function dockerImageHandlers(deps: ArtifactRegistryDeps): Handlers {
  const { images } = deps.registry;
  return {
    async listDockerImages({ parent, ...request }) {
      const id = await located(deps, parseRepository(parent));
      const listing: Listing<ImageVersion> = {
        key: ({ image, digest }) => `${encodeURIComponent(image)}@${digest}`,
        orders: {
          name: ({ image, digest }) => dockerImagePath(id, image, digest),
          image_size_bytes: (version) => version.imageSizeBytes,
          upload_time: (version) => version.uploadTime,
          update_time: (version) => version.updateTime,
          build_time: (version) => version.buildTime ?? '',
          media_type: (version) => version.mediaType,
        },
        filters: {},
      };
      const { items, nextPageToken } = listed(await images.versions(id), listing, request);
      return { dockerImages: items.map((version) => dockerImageMessage(id, version)), nextPageToken };
    },
    async getDockerImage({ name }) {
      const id = await located(deps, parseDockerImage(name));
      return dockerImageMessage(id, there(await images.version(id, id.image, id.digest)));
    },
  };
}
