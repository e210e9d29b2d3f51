/** What stands behind the repository of an image: what virtual and remote repositories read. */
import {
  type ImageParse,
  isProjectNumber,
  projectOf,
  type RegistryImage,
  type ResourceName,
  repositoryOfImage,
} from '../../names/index.js';
import type { Inventory } from '../audit/inventory.js';
import { thereIs } from '../rule.js';
import type { UpstreamUse } from '../types.js';
import type { Absent, Known, ProjectFacts, RepositoryFacts, Source } from './types.js';

/** What the Artifact Registry agents must read for images in virtual and remote repositories. */
export function upstreamsIn(
  images: readonly ImageParse[],
  facts: Pick<Inventory, 'repository' | 'project'>,
): UpstreamUse[] {
  return images.flatMap((parse) => {
    if (!isInRegistry(parse)) return [];
    const { image } = parse;
    const through = repositoryOfImage(image);
    const repository = readingOthers(facts.repository(through));
    if (repository === undefined) return [];
    const number = thereIs(facts.project(image.project))?.number;
    const use = (kind: UpstreamUse['kind'], resource: ResourceName): UpstreamUse => ({
      image: image.text,
      through,
      ...(number === undefined ? {} : { projectNumber: number }),
      kind,
      resource,
    });
    const { mode, upstreams, credentials } = repository;
    return [
      ...upstreams.map((upstream) => use(mode, byId(upstream, facts))),
      ...(credentials === undefined ? [] : [use('credentials', credentials)]),
    ];
  });
}

/** The same out of what has to be waited for. */
export async function upstreamsOf(
  images: readonly ImageParse[],
  source: Pick<Source, 'repository' | 'project'>,
): Promise<UpstreamUse[]> {
  const repositories = new Map<ResourceName, Known<RepositoryFacts | Absent>>();
  const projects = new Map<string, Known<ProjectFacts | Absent>>();
  await Promise.all(
    images.filter(isInRegistry).map(async ({ image }) => {
      const through = repositoryOfImage(image);
      const repository = await source.repository(through);
      repositories.set(through, repository);
      const named = (readingOthers(repository)?.upstreams ?? []).flatMap(numberIn);
      const asked = readingOthers(repository) === undefined ? [] : [image.project, ...named];
      await Promise.all(asked.map(async (project) => projects.set(project, await source.project(project))));
    }),
  );
  return upstreamsIn(images, {
    repository: (resource) => repositories.get(resource) ?? 'absent',
    project: (project) => projects.get(project) ?? 'absent',
  });
}

const isInRegistry = (parse: ImageParse): parse is ImageParse & { ok: true; image: RegistryImage } =>
  parse.ok && parse.image.registry === 'artifact-registry';

/** One that cannot be looked at has no image that can be, which is said of the image. */
function readingOthers(repository: Known<RepositoryFacts | Absent>): ReadingOthers | undefined {
  const found = thereIs(repository);
  return found === undefined || found.mode === 'standard' ? undefined : { ...found, mode: found.mode };
}

type ReadingOthers = RepositoryFacts & { readonly mode: 'virtual' | 'remote' };

/** Configurations may name projects by their numbers; policies go by ids. */
function byId(resource: ResourceName, { project }: Pick<Inventory, 'project'>): ResourceName {
  const [number] = numberIn(resource);
  const found = number === undefined ? undefined : thereIs(project(number));
  if (found === undefined) return resource;
  const [service, rest] = resource.split(`/projects/${number}/`);
  return `${service}/projects/${found.projectId}/${rest}` as ResourceName;
}

/** The number by which a resource names its project. */
function numberIn(resource: ResourceName): readonly string[] {
  const named = projectOf(resource) ?? '';
  return isProjectNumber(named) ? [named] : [];
}
