/** What is stored, as the API's messages say it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { DockerImageSchema } from '../../google/gen/google/devtools/artifactregistry/v1/artifact_pb.js';
import type { PackageSchema } from '../../google/gen/google/devtools/artifactregistry/v1/package_pb.js';
import {
  Repository_Format,
  Repository_Mode,
  Repository_VulnerabilityScanningConfig_EnablementState,
  type RepositorySchema,
} from '../../google/gen/google/devtools/artifactregistry/v1/repository_pb.js';
import type { TagSchema } from '../../google/gen/google/devtools/artifactregistry/v1/tag_pb.js';
import {
  type VersionSchema,
  VersionView,
} from '../../google/gen/google/devtools/artifactregistry/v1/version_pb.js';
import type { ImagePackage, ImageTag, ImageVersion, Repository, RepositoryId } from '../../registry/index.js';
import { packagePath, registryUri, repositoryPath } from './names.js';

const at = (time: string) => timestampFromDate(new Date(time));

/** A repository as lists show it; `registryUri` is added where one alone is asked for. */
export function repositoryMessage(
  repository: Repository,
  sizeBytes: number,
): MessageInitShape<typeof RepositorySchema> {
  return {
    name: repositoryPath(repository),
    format: Repository_Format.DOCKER,
    mode: Repository_Mode.STANDARD_REPOSITORY,
    description: repository.description,
    labels: { ...repository.labels },
    createTime: at(repository.createTime),
    updateTime: at(repository.updateTime),
    sizeBytes: BigInt(sizeBytes),
    satisfiesPzi: true,
    vulnerabilityScanningConfig: {
      enablementState: Repository_VulnerabilityScanningConfig_EnablementState.SCANNING_DISABLED,
      enablementStateReason: 'API containerscanning.googleapis.com is not enabled.',
    },
  };
}

export function dockerImageMessage(
  id: RepositoryId,
  version: ImageVersion,
): MessageInitShape<typeof DockerImageSchema> {
  const { image, digest } = version;
  return {
    name: `${repositoryPath(id)}/dockerImages/${encodeURIComponent(image)}@${digest}`,
    uri: `${registryUri(id)}/${image}@${digest}`,
    tags: [...version.tags],
    imageSizeBytes: BigInt(version.imageSizeBytes),
    uploadTime: at(version.uploadTime),
    updateTime: at(version.updateTime),
    mediaType: version.mediaType,
    ...(version.buildTime === undefined ? {} : { buildTime: at(version.buildTime) }),
    ...(version.artifactType === undefined ? {} : { artifactType: version.artifactType }),
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

/** @param view BASIC, the default, leaves the tags out (VersionView) */
export function versionMessage(
  id: RepositoryId,
  version: ImageVersion,
  view: VersionView,
): MessageInitShape<typeof VersionSchema> {
  const { image, digest } = version;
  const name = `${packagePath(id, image)}/versions/${digest}`;
  const tags = view === VersionView.FULL ? version.tags : [];
  return {
    name,
    createTime: at(version.uploadTime),
    updateTime: at(version.updateTime),
    relatedTags: tags.map((tag) => tagMessage(id, { image, tag, digest })),
    metadata: {
      name: `${repositoryPath(id)}/dockerImages/${encodeURIComponent(image)}@${digest}`,
      imageSizeBytes: String(version.imageSizeBytes),
      mediaType: version.mediaType,
      ...(version.buildTime === undefined ? {} : { buildTime: version.buildTime }),
    },
  };
}

export function tagMessage(
  id: RepositoryId,
  { image, tag, digest }: Pick<ImageTag, 'image' | 'tag' | 'digest'>,
): MessageInitShape<typeof TagSchema> {
  const parent = packagePath(id, image);
  return { name: `${parent}/tags/${tag}`, version: `${parent}/versions/${digest}` };
}
