/** Cloud Run's own copies of images: pulled as the project's service agent, with its authorization and its messages. */
import { refusals } from '../checkpoint/index.js';
import { isJsonObject } from '../google/index.js';
import { cloudRunAgent, type ImageReference, parseImage, principalOfEmail } from '../names/index.js';
import type { Puller, PullFailure, PullResult } from '../registry/index.js';
import type { Container, ImportedImage, ImportedImages } from './model.js';
import { importFailed, mirrored } from './texts.js';

/** Why a revision or a job is not ready, as its condition and its operation say it. */
export interface DeployFailure {
  /** v1's spelling of the reason, e.g. `ContainerPermissionDenied`. */
  readonly reason: string;
  /** The operation's google.rpc code. */
  readonly code: number;
  readonly message: string;
}

export interface ImportDependencies {
  readonly puller: Puller;
  readonly platform: string;
  readonly clock: () => Date;
}

/** Whose images they are. */
export interface ImportFor {
  readonly project: string;
  readonly projectNumber: string;
  readonly containers: readonly Pick<Container, 'name' | 'image'>[];
}

/** Imports every image once, in the containers' order; the first that cannot be had fails them all. */
export async function importImages(
  { containers, ...owner }: ImportFor,
  deps: ImportDependencies,
): Promise<{ readonly imported: ImportedImages } | { readonly failure: DeployFailure }> {
  const byReference = new Map<string, ImportedImage>();
  for (const { image } of containers) {
    if (byReference.has(image)) continue;
    const result = await importImage(image, owner, deps);
    if ('failure' in result) return result;
    byReference.set(image, result.imported);
  }
  const entries = containers.flatMap(({ name, image }) => {
    const imported = byReference.get(image);
    return imported === undefined ? [] : [[name, imported] as const];
  });
  return { imported: Object.fromEntries(entries) };
}

type Owner = Pick<ImportFor, 'project' | 'projectNumber'>;

async function importImage(
  reference: string,
  owner: Owner,
  deps: ImportDependencies,
): Promise<{ imported: ImportedImage } | { failure: DeployFailure }> {
  const parsed = parseImage(reference);
  if (!parsed.ok)
    return { failure: { reason: 'ContainerMissing', code: 5, message: refusals.imageNotFound(parsed.text) } };
  const { image } = parsed;
  if (image.registry === 'docker-hub') {
    const name = mirrored(`${image.image}${image.tag === undefined ? '' : `:${image.tag}`}`);
    return { failure: { reason: 'ContainerMissing', code: 5, message: refusals.imageNotFound(name) } };
  }
  const agent = principalOfEmail(cloudRunAgent(owner.projectNumber));
  const result: PullResult = await deps.puller.pull(image, agent, deps.platform, deps.clock());
  if (!result.ok) return { failure: pullFailure(owner, image, result.failure) };
  const { config, layers, digest } = result.image;
  if (!isJsonObject(config))
    return {
      failure: { reason: 'Internal', code: 13, message: importFailed('the image config is no JSON object') },
    };
  const repository = image.text.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return {
    imported: {
      digest: `${repository}@${digest}`,
      config,
      layers: layers.map(({ digest: blob, diffId, mediaType, size }) => ({
        digest: blob,
        diffId,
        mediaType,
        size,
      })),
    },
  };
}

function pullFailure(
  owner: Owner,
  image: Extract<ImageReference, { registry: 'artifact-registry' }>,
  failure: PullFailure,
): DeployFailure {
  switch (failure.kind) {
    case 'forbidden':
      return {
        reason: 'ContainerPermissionDenied',
        code: 7,
        message: refusals.agentCannotPull({
          agent: cloudRunAgent(owner.projectNumber),
          image,
          project: owner.project,
          answer: { url: failure.url, body: failure.body },
        }),
      };
    case 'missing':
      return { reason: 'ContainerMissing', code: 5, message: refusals.imageNotFound(image.text) };
    case 'platform':
      return {
        reason: 'ContainerMissing',
        code: 5,
        message: refusals.unsupportedPlatform(failure.mediaType),
      };
    case 'invalid':
      return { reason: 'Internal', code: 13, message: importFailed(failure.message) };
  }
}
