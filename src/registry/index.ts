/**
 * The container registry: repositories, the OCI distribution API with Artifact Registry's token flow and words,
 * pulls inside the plane, and building and pushing images without Docker.
 */
export { baseFiles, binaryFiles } from './binary-files.js';
export { directoryFiles } from './directory-files.js';
export {
  type BuildConfig,
  type BuildOptions,
  type BuiltBlob,
  type BuiltImage,
  type BuiltLayer,
  buildImage,
  buildLayer,
  type ImageFile,
} from './image-builder.js';
export { type NodeImageOptions, nodeServerImage } from './node-image.js';
export { BadLayout, type LaidOutImage, readOciLayout, writeOciLayout } from './oci-layout.js';
export { PUBLIC_PROJECT } from './public-images.js';
export { type PushOptions, PushRefused, pushImage } from './push-image.js';
export { openRegistry, type RegistryOptions } from './registry.js';
export { openRepositories } from './repositories.js';
export * from './types.js';
