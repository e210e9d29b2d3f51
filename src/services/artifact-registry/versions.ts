/** Versions: the manifests of an image. */
import { create } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import {
  BatchDeleteVersionsMetadataSchema,
  type BatchDeleteVersionsRequest,
} from '../../google/gen/google/devtools/artifactregistry/v1/version_pb.js';
import { type Call, failedPrecondition, type GoogleError, invalidArgument } from '../../google/index.js';
import type { DeleteOutcome, ImageVersion } from '../../registry/index.js';
import { type ArtifactRegistryDeps, entityNotFound } from './context.js';
import { type Listing, listed } from './listing.js';
import { located, there } from './located.js';
import { versionMessage } from './messages.js';
import { type PackageName, parsePackage, parseRepository, parseVersion, versionPath } from './names.js';
import { doneOperation } from './operations.js';
import type { Handlers } from './repositories.js';

export function versionHandlers(deps: ArtifactRegistryDeps): Handlers {
  const { images } = deps.registry;
  return {
    async listVersions({ parent, view, ...request }) {
      const id = await located(deps, parsePackage(parent));
      const all = await images.versions(id, id.image);
      // gcloud looks for packages below the name when there is none of the name itself.
      if (all.length === 0) throw entityNotFound();
      const { items, nextPageToken } = listed(all, listingOf(id), request);
      return { versions: items.map((version) => versionMessage(id, version, view)), nextPageToken };
    },
    async getVersion({ name, view }) {
      const id = await located(deps, parseVersion(name));
      return versionMessage(id, there(await images.version(id, id.image, id.digest)), view);
    },
    async deleteVersion({ name, force }, call) {
      const id = await located(deps, parseVersion(name));
      const outcome = await images.removeVersion(id, id.image, id.digest, force);
      if (outcome !== 'deleted') throw refusal(id.digest, outcome);
      return doneOperation(deps, id, call, { schema: EmptySchema, response: create(EmptySchema) });
    },
    batchDeleteVersions: (request, call) => batchDelete(deps, request, call),
  };
}

function listingOf(id: PackageName): Listing<ImageVersion> {
  const name = ({ image, digest }: ImageVersion) => versionPath(id, image, digest);
  return {
    key: ({ digest }) => digest,
    orders: {
      name,
      create_time: ({ uploadTime }) => uploadTime,
      update_time: ({ updateTime }) => updateTime,
    },
    filters: { name: (version) => [name(version)] },
  };
}

/** Why a version stays. "By default, a version that is tagged may not be deleted" (DeleteVersionRequest). */
function refusal(digest: string, outcome: Exclude<DeleteOutcome, 'deleted'>): GoogleError {
  switch (outcome) {
    case 'missing':
      return entityNotFound();
    case 'in-use':
      return failedPrecondition(`cannot delete image ${digest} because a manifest list refers to it`);
    case 'tagged':
      return failedPrecondition(`cannot delete image ${digest} because it is tagged`);
    case 'immutable':
      return failedPrecondition(
        `cannot delete image ${digest} because it is tagged and the repository has enabled tag immutability`,
      );
  }
}

/**
 * Deletes what can be deleted; the operation fails and names the rest when there is any.
 * @throws GoogleError INVALID_ARGUMENT for names that lie elsewhere than the parent
 */
async function batchDelete(
  deps: ArtifactRegistryDeps,
  { parent, names, validateOnly }: BatchDeleteVersionsRequest,
  call: Call,
) {
  const id = await located(deps, parseRepository(parent));
  const image = parent.includes('/packages/') ? parsePackage(parent).image : '-';
  if (names.length === 0) throw invalidArgument('names must not be empty.');
  const wanted = names.map((name) => {
    const version = parseVersion(name);
    const inside = parseRepository(parent);
    const same =
      version.project === inside.project &&
      version.location === inside.location &&
      version.repository === inside.repository &&
      (image === '-' || version.image === image);
    if (!same) throw invalidArgument(`The version ${name} is not in ${parent}.`);
    return { name, image: version.image, digest: version.digest };
  });
  const kept = validateOnly
    ? await deps.registry.images.undeletable(id, wanted)
    : await deps.registry.images.removeVersions(id, wanted, false);
  const failedVersions = kept.map((each) => wanted.find((version) => isSame(version, each))?.name ?? '');
  const metadata = create(BatchDeleteVersionsMetadataSchema, { failedVersions });
  return doneOperation(deps, id, call, {
    schema: EmptySchema,
    response: create(EmptySchema),
    metadata: { schema: BatchDeleteVersionsMetadataSchema, message: metadata },
    ...(kept.length === 0
      ? {}
      : { error: failedPrecondition(`${kept.length} of ${wanted.length} versions could not be deleted.`) }),
  });
}

interface Named {
  readonly image: string;
  readonly digest: string;
}

const isSame = (a: Named, b: Named): boolean => a.image === b.image && a.digest === b.digest;
