/** The images of a deploy, as a throw-away plane comes by them. */
import type { Recorded } from '../../checkpoint/index.js';
import { parseImage, type RegistryImage, type ResourceName, repositoryOfImage } from '../../names/index.js';
import { known, withProjectById } from './answers.js';

/** Where images that are there are to be pushed: nothing can be pushed to a virtual repository, but to what it reads. */
export function pushedImages(images: readonly string[], record: Recorded): RegistryImage[] {
  return images.flatMap((text) => {
    const parsed = parseImage(text);
    if (!parsed.ok || parsed.image.registry !== 'artifact-registry') return [];
    const { image } = parsed;
    const facts = known(record.repositories.get(repositoryOfImage(image)) ?? 'absent');
    const [first] = facts?.mode === 'virtual' ? facts.upstreams : [];
    const parts = first === undefined ? undefined : repositoryParts(withProjectById(first, record));
    return [parts === undefined ? image : { ...image, ...parts, host: `${parts.location}-docker.pkg.dev` }];
  });
}

function repositoryParts(
  resource: ResourceName,
): Pick<RegistryImage, 'project' | 'location' | 'repository'> | undefined {
  const [, project, location, repository] =
    /\/projects\/([^/]+)\/locations\/([^/]+)\/repositories\/([^/]+)$/.exec(resource) ?? [];
  return project === undefined || location === undefined || repository === undefined
    ? undefined
    : { project, location, repository };
}
