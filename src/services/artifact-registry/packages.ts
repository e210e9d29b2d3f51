/** Packages: the images of a repository by their names. */
import { create } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import { failedPrecondition } from '../../google/index.js';
import type { ImagePackage } from '../../registry/index.js';
import { type ArtifactRegistryDeps, entityNotFound } from './context.js';
import { type Listing, listed } from './listing.js';
import { located, there } from './located.js';
import { packageMessage } from './messages.js';
import { packagePath, parsePackage, parseRepository } from './names.js';
import { doneOperation } from './operations.js';
import type { Handlers } from './repositories.js';

export function packageHandlers(deps: ArtifactRegistryDeps): Handlers {
  const { images } = deps.registry;
  return {
    async listPackages({ parent, ...request }) {
      const id = await located(deps, parseRepository(parent));
      const name = ({ image }: ImagePackage) => packagePath(id, image);
      const listing: Listing<ImagePackage> = {
        key: ({ image }) => encodeURIComponent(image),
        orders: {
          name,
          create_time: ({ createTime }) => createTime,
          update_time: ({ updateTime }) => updateTime,
        },
        filters: { name: (each) => [name(each)] },
      };
      const { items, nextPageToken } = listed(await images.packages(id), listing, request);
      return { packages: items.map((each) => packageMessage(id, each)), nextPageToken };
    },
    async getPackage({ name }) {
      const id = await located(deps, parsePackage(name));
      return packageMessage(id, there(await images.package(id, id.image)));
    },
    async deletePackage({ name }, call) {
      const id = await located(deps, parsePackage(name));
      switch (await images.removePackage(id, id.image)) {
        case 'missing':
          throw entityNotFound();
        case 'deleted':
          return doneOperation(deps, id, call, { schema: EmptySchema, response: create(EmptySchema) });
        default:
          throw failedPrecondition(
            `cannot delete package ${id.image} because some of its versions are tagged and the repository has enabled tag immutability`,
          );
      }
    },
  };
}
