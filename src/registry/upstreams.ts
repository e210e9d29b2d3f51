/**
 * Where the images of a repository lie: in itself, or, for a virtual one, in the repositories behind it, which the
 * Artifact Registry service agent of its project must be able to read
 * (https://cloud.google.com/artifact-registry/docs/repositories/virtual-repo).
 */
import type { AccessControl } from '../access/index.js';
import { ARTIFACT_REGISTRY_AGENT, repositoryName } from '../names/index.js';
import type { Repositories, Repository, RepositoryId } from './types.js';

const READ_VIA_VIRTUAL = 'artifactregistry.repositories.readViaVirtualRepository';

export interface UpstreamsOptions {
  readonly access: AccessControl;
  readonly repositories: Pick<Repositories, 'get'>;
}

export class Upstreams {
  readonly #options: UpstreamsOptions;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
  }

  /**
   * What the work gives for the first repository that has it: those of the highest priority first, and of a virtual
   * repository only those that its agent may read.
   */
  async first<T>(
    id: RepositoryId,
    time: Date,
    work: (repository: RepositoryId) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (const repository of await this.behind(id, time)) {
      const found = await work(repository);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The repositories in which an image may lie, in the order in which they are looked through. */
  async behind(id: RepositoryId, time: Date): Promise<readonly RepositoryId[]> {
    const repository = await this.#options.repositories.get(id);
    if (repository?.mode !== 'VIRTUAL_REPOSITORY') return [id];
    const project = await this.#options.access.projects.get(id.project);
    const agent = {
      kind: 'serviceAccount',
      email: ARTIFACT_REGISTRY_AGENT.email(project?.number ?? ''),
    } as const;
    const readable: RepositoryId[] = [];
    for (const upstream of await this.#upstreams(repository)) {
      const resource = repositoryName(upstream.project, upstream.location, upstream.repository);
      if (await this.#options.access.isGranted(agent, READ_VIA_VIRTUAL, resource, time))
        readable.push(upstream);
    }
    return readable;
  }

  /** The standard repositories behind a virtual one that are there. */
  async #upstreams({ upstreamPolicies = [] }: Repository): Promise<RepositoryId[]> {
    const found: RepositoryId[] = [];
    for (const { repository: name } of upstreamPolicies.toSorted((a, b) => b.priority - a.priority)) {
      const [, named = '', , location = '', , repository = ''] = name.split('/');
      const project = (await this.#options.access.projects.get(named))?.projectId;
      if (project === undefined) continue;
      const upstream = await this.#options.repositories.get({ project, location, repository });
      if (upstream?.mode === 'STANDARD_REPOSITORY') found.push({ project, location, repository });
    }
    return found;
  }
}
