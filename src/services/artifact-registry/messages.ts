/** What is stored, as the API's messages say it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { DockerImageSchema } from '../../google/gen/google/devtools/artifactregistry/v1/artifact_pb.js';
import {
  type FileSchema,
  Hash_HashType,
} from '../../google/gen/google/devtools/artifactregistry/v1/file_pb.js';
import type { PackageSchema } from '../../google/gen/google/devtools/artifactregistry/v1/package_pb.js';
import type { TagSchema } from '../../google/gen/google/devtools/artifactregistry/v1/tag_pb.js';
import {
  type VersionSchema,
  VersionView,
} from '../../google/gen/google/devtools/artifactregistry/v1/version_pb.js';
import type { ImagePackage, ImageTag, ImageVersion, RepositoryId, StoredFile } from '../../registry/index.js';
import { dockerImagePath, filePath, packagePath, registryUri, versionPath } from './names.js';

/** A stored time as the API's messages have it. */
export const at = (time: string) => timestampFromDate(new Date(time));

export function dockerImageMessage(
  id: RepositoryId,
  version: ImageVersion,
): MessageInitShape<typeof DockerImageSchema> {
  const { image, digest } = version;
  return {
    name: dockerImagePath(id, image, digest),
    uri: `${registryUri(id)}/${image}@${digest}`,
    tags: [...version.tags],
    imageSizeBytes: BigInt(version.imageSizeBytes),
    uploadTime: at(version.uploadTime),
    updateTime: at(version.updateTime),
    mediaType: version.mediaType,
    ...(version.buildTime === undefined ? {} : { buildTime: at(version.buildTime) }),
    ...(version.artifactType === undefined ? {} : { artifactType: version.artifactType }),
    imageManifests: version.manifests.map(({ digest: listed, mediaType, platform }) => ({
      digest: listed,
      mediaType,
      ...(platform === undefined
        ? {}
        : {
            architecture: platform.architecture,
            os: platform.os,
            osVersion: platform.osVersion ?? '',
            osFeatures: [...(platform.osFeatures ?? [])],
            variant: platform.variant ?? '',
          }),
    })),
  };
}

export function packageMessage(
  id: RepositoryId,
  found: ImagePackage,
): MessageInitShape<typeof PackageSchema> {
  return {
    name: packagePath(id, found.image),
    createTime: at(found.createTime),
    updateTime: at(found.updateTime),
  };
}

/** "Will contain up to 100 tags that reference this version" (Version.related_tags). */
const MAX_RELATED_TAGS = 100;

/** @param view BASIC, the default, leaves the tags out (VersionView) */
export function versionMessage(
  id: RepositoryId,
  version: ImageVersion,
  view: VersionView,
): MessageInitShape<typeof VersionSchema> {
  const { image, digest } = version;
  const tags = view === VersionView.FULL ? version.tags.slice(0, MAX_RELATED_TAGS) : [];
  return {
    name: versionPath(id, image, digest),
    createTime: at(version.uploadTime),
    updateTime: at(version.updateTime),
    relatedTags: tags.map((tag) => tagMessage(id, { image, tag, digest })),
    metadata: {
      name: dockerImagePath(id, image, digest),
      imageSizeBytes: String(version.imageSizeBytes),
      mediaType: version.mediaType,
      ...(version.buildTime === undefined ? {} : { buildTime: version.buildTime }),
      ...(version.artifactType === undefined ? {} : { artifactType: version.artifactType }),
    },
  };
}

export function tagMessage(
  id: RepositoryId,
  { image, tag, digest }: Pick<ImageTag, 'image' | 'tag' | 'digest'>,
): MessageInitShape<typeof TagSchema> {
  const parent = packagePath(id, image);
  return { name: `${parent}/tags/${tag}`, version: versionPath(id, image, digest) };
}

/** A manifest or a blob. One that several versions share is shown with the oldest of them. */
export function fileMessage(id: RepositoryId, file: StoredFile): MessageInitShape<typeof FileSchema> {
  const [owner] = file.owners;
  return {
    name: filePath(id, file.digest),
    sizeBytes: BigInt(file.size),
    hashes: [
      {
        type: Hash_HashType.SHA256,
        value: new Uint8Array(Buffer.from(file.digest.slice('sha256:'.length), 'hex')),
      },
    ],
    createTime: at(file.createTime),
    updateTime: at(file.updateTime),
    owner: owner === undefined ? '' : versionPath(id, owner.image, owner.digest),
  };
}
