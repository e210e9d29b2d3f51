/** A plane that lives as long as one attempt, with an estate and the images that it names. */

import type { ImageReadCheck } from '../../checkpoint/index.js';
import { type RegistryImage, registryPath } from '../../names/index.js';
import { type BuiltImage, buildImage, buildLayer, PUBLIC_PROJECT, pushImage } from '../../registry/index.js';
import { startPlane, type TestPlane } from '../../testing/index.js';
import { cannot } from './cannot.js';
import { PROVER } from './estate-of-facts.js';

export interface ThrowAwayOptions {
  readonly estate: Readonly<Record<string, unknown>>;
  /** In Artifact Registry, by tag. */
  readonly images: readonly RegistryImage[];
  readonly imageReadCheck: ImageReadCheck;
  readonly platform: string;
  /** Conditions are evaluated at this time. */
  readonly time: Date;
}

/** Runs nothing, keeps nothing, and is gone when the work is done. @throws CannotProve */
export async function onThrowAwayPlane<T>(
  { estate, images, imageReadCheck, platform, time }: ThrowAwayOptions,
  work: (plane: TestPlane) => Promise<T>,
): Promise<T> {
  const began = Date.now();
  const plane = await startPlane({
    runtime: 'none',
    owner: PROVER,
    imageReadCheck,
    platform,
    egress: false,
    clock: () => new Date(time.getTime() + Date.now() - began),
    estate: [{ name: 'facts', text: JSON.stringify(estate) }],
    onError: () => undefined,
  }).catch((error: unknown) => cannot('world', error instanceof Error ? error.message : String(error)));
  try {
    await pushAll(plane, images, platform);
    return await work(plane);
  } finally {
    await plane.stop();
  }
}

async function pushAll(plane: TestPlane, images: readonly RegistryImage[], platform: string): Promise<void> {
  const token = await plane.token(PROVER);
  const image = await tinyImage(platform);
  for (const reference of images) {
    if (reference.project === PUBLIC_PROJECT) continue;
    const { tag = 'latest', host } = reference;
    await pushImage({
      registryUrl: plane.url,
      name: `${host}/${registryPath(reference)}`,
      tag,
      token,
      image,
    }).catch((error: unknown) => cannot('world', error instanceof Error ? error.message : String(error)));
  }
}

/** An image of one file: nobody runs it. */
async function tinyImage(platform: string): Promise<BuiltImage> {
  const [os = 'linux', architecture = 'amd64'] = platform.split('/');
  const layer = await buildLayer([{ path: '/proof', content: 'proof\n' }]);
  return buildImage({ base: [layer], config: { Entrypoint: ['/proof'] }, os, architecture });
}
