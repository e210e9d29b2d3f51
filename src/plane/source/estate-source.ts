/**
 * Estate files as a source of facts. What comes by itself with an estate (the agents and default accounts of its APIs
 * and what they are granted, owners, numbers) is what a plane makes of it: so the files are applied to a plane in
 * memory, without its front door, and that is asked. There is one definition of it then, and it is exact.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ManifestFact, SecretFact, Source } from '../../checkpoint/index.js';
import type { ImageReference } from '../../names/index.js';
import { PUBLIC_PROJECT } from '../../registry/index.js';
import { Closers } from '../closers.js';
import type { EstateFile } from '../estate/index.js';
import { planeOptions } from '../options.js';
import { openRooms } from '../rooms.js';
import { contentsOf } from './contents.js';
import { roomsSource } from './rooms-source.js';

export interface EstateSource {
  readonly source: Source;
  /** Everything that the estate has, for an inventory. */
  contents(): Promise<unknown>;
  close(): Promise<void>;
}

export interface EstateSourceOptions {
  /** For people; the files' names when left out. */
  readonly name?: string;
  /** The member that owns what the estate makes. */
  readonly owner: string;
  readonly clock?: () => Date;
}

/**
 * @throws EstateError naming everything that is wrong with the files
 */
export async function estateSource(
  files: readonly EstateFile[],
  { owner, clock = () => new Date(), name = files.map((file) => file.name).join(', ') }: EstateSourceOptions,
): Promise<EstateSource> {
  const closers = new Closers();
  try {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'sekisho-estate-'));
    closers.add(() => rm(dataDir, { recursive: true, force: true }));
    const options = { memory: true, runtime: 'none' as const, owner, clock, onError: () => undefined };
    const rooms = await openRooms(planeOptions({ dataDir, ...options, estate: files }), closers);
    const source = roomsSource(name, rooms);
    return {
      source: told(source),
      contents: () => contentsOf(rooms, source),
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** A file says neither which images there are, Google's sample images aside, nor all versions of a secret. */
function told(source: Source): Source {
  return {
    ...source,
    manifest: async (image, platform) => (isSample(image) ? source.manifest(image, platform) : UNTOLD_IMAGE),
    secret: async (resource, version) => versionFact(await source.secret(resource, version), version),
  };
}

const isSample = (image: ImageReference): boolean =>
  image.registry === 'artifact-registry' && image.project === PUBLIC_PROJECT;

const UNTOLD_IMAGE: ManifestFact = {
  unknown: true,
  why: 'an estate file does not say which images there are: the pull will tell',
};

/** A file gives a secret its latest value, or none; of other versions it says nothing. */
function versionFact(fact: SecretFact, version: string): SecretFact {
  if (fact !== 'missing') return fact;
  return {
    unknown: true,
    why: `an estate file does not say which versions a secret has: ${version} may be there`,
  };
}
