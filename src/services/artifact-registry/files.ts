/** Files: manifests and the blobs that they refer to. */
import { invalidArgument } from '../../google/index.js';
import { isDigest } from '../../names/index.js';
import type { StoredFile } from '../../registry/index.js';
import type { ArtifactRegistryDeps } from './context.js';
import { type Listing, listed } from './listing.js';
import { located, there } from './located.js';
import { fileMessage } from './messages.js';
import { filePath, packagePath, parseFile, parseRepository, versionPath } from './names.js';
import type { Handlers } from './repositories.js';

export function fileHandlers(deps: ArtifactRegistryDeps): Handlers {
  const { images } = deps.registry;
  return {
    async listFiles({ parent, ...request }) {
      const id = await located(deps, parseRepository(parent));
      const name = ({ digest }: StoredFile) => filePath(id, digest);
      const listing: Listing<StoredFile> = {
        key: ({ digest }) => digest,
        orders: {
          name,
          size_bytes: ({ size }) => size,
          create_time: ({ createTime }) => createTime,
          update_time: ({ updateTime }) => updateTime,
        },
        filters: {
          name: (file) => [name(file)],
          // A package owns what its versions own.
          owner: ({ owners }) =>
            owners.flatMap(({ image, digest }) => [packagePath(id, image), versionPath(id, image, digest)]),
        },
      };
      const { items, nextPageToken } = listed(await images.files(id), listing, request);
      return { files: items.map((file) => fileMessage(id, file)), nextPageToken };
    },
    async getFile({ name }) {
      const named = parseFile(name);
      if (!isDigest(named.digest)) throw invalidArgument(`Invalid file "${named.digest}".`);
      const id = await located(deps, named);
      return fileMessage(id, there((await images.files(id)).find(({ digest }) => digest === id.digest)));
    },
  };
}
