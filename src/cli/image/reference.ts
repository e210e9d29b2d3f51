/** The image that a command line names, and the place where it is kept between build and push. */
import path from 'node:path';
import { manifestReference, parseImage, type RegistryImage, registryPath } from '../../names/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { imageMessages } from './messages.js';

/** An image by tag; `latest` where none is named. */
export interface NamedImage {
  readonly image: RegistryImage;
  readonly tag: string;
  /** e.g. `asia-northeast1-docker.pkg.dev/p/r/web` */
  readonly name: string;
  /** Name and tag. */
  readonly text: string;
}

/** @throws UsageError for anything but an image of Artifact Registry, by tag */
export function namedImage(text: string, { language }: CliContext): NamedImage {
  const parsed = parseImage(text);
  if (!parsed.ok || parsed.image.registry !== 'artifact-registry' || parsed.image.digest !== undefined) {
    throw new UsageError(imageMessages[language].badReference(text));
  }
  const { image } = parsed;
  const tag = manifestReference(image);
  const name = `${image.host}/${registryPath(image)}`;
  return { image, tag, name, text: `${name}:${tag}` };
}

/** The OCI image layout of an image that was built for the plane of a data directory. */
export function layoutOf(dataDir: string, { name, tag }: NamedImage): string {
  return path.join(dataDir, 'images', ...name.split('/'), tag);
}
