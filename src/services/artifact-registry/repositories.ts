/** Repositories: create, read, list, change, delete. */
import { create } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import { RepositorySchema } from '../../google/gen/google/devtools/artifactregistry/v1/repository_pb.js';
import type { ArtifactRegistry } from '../../google/gen/google/devtools/artifactregistry/v1/service_pb.js';
import type { ProtoHandlers } from '../../google/index.js';
import type { NewRepository, Repository } from '../../registry/index.js';
import { VersionConflict } from '../../store/index.js';
import { firstUseWrites } from '../service-usage/index.js';
import {
  API,
  type ArtifactRegistryDeps,
  byId,
  entityNotFound,
  projectAt,
  repositoryAt,
  requireLocation,
} from './context.js';
import { type Listing, listed } from './listing.js';
import { parseLocation, parseRepository, registryUri, repositoryPath } from './names.js';
import { begun, doneOperation } from './operations.js';
import { repositoryMessage } from './repository-message.js';
import { changeFor, readNewRepository, readUpdate } from './repository-request.js';

export type Handlers = ProtoHandlers<(typeof ArtifactRegistry)['method']>;

const LISTING: Listing<Repository> = {
  key: ({ repository }) => repository,
  orders: {
    name: repositoryPath,
    create_time: ({ createTime }) => createTime,
    update_time: ({ updateTime }) => updateTime,
  },
  filters: { name: (repository) => [repositoryPath(repository)] },
};
/** Others may write the project's policy, to which the service agent is added, at the same moment. */
const ATTEMPTS = 5;

export function repositoryHandlers(deps: ArtifactRegistryDeps): Handlers {
  const { repositories } = deps.registry;
  const message = async (repository: Repository) =>
    repositoryMessage(repository, await repositories.sizeBytes(repository));
  return {
    async createRepository({ parent, repositoryId, repository }, call) {
      const { project, location } = parseLocation(parent);
      const { projectId } = await projectAt(deps, project);
      requireLocation(location);
      const settings = readNewRepository(location, repositoryId, repository);
      const request = { project: projectId, location, repository: repositoryId, ...settings };
      const created = await createRepository(deps, request, call.time);
      const answer = create(RepositorySchema, await message(created));
      // Google answers this before it is done, and gcloud then says that it waits.
      const outcome = { schema: RepositorySchema, response: answer };
      return begun(await doneOperation(deps, created, call, outcome));
    },
    async getRepository({ name }) {
      const repository = await repositoryAt(deps, parseRepository(name));
      return { ...(await message(repository)), registryUri: registryUri(repository) };
    },
    async listRepositories({ parent, ...request }) {
      const { project, location } = await byId(deps, parseLocation(parent));
      const all = await repositories.list(project, location);
      const { items, nextPageToken } = listed(all, LISTING, request);
      return { repositories: await Promise.all(items.map(message)), nextPageToken };
    },
    async updateRepository({ repository, updateMask }, call) {
      const id = await byId(deps, parseRepository(repository?.name ?? ''));
      const change = readUpdate(repository, updateMask?.paths ?? []);
      const current = await repositories.get(id);
      if (!current) throw entityNotFound();
      const updated = await repositories.update(id, changeFor(current.mode, change), call.time);
      if (!updated) throw entityNotFound();
      return message(updated);
    },
    async deleteRepository({ name }, call) {
      const id = await byId(deps, parseRepository(name));
      if (!(await repositories.remove(id))) throw entityNotFound();
      return doneOperation(deps, id, call, { schema: EmptySchema, response: create(EmptySchema) });
    },
  };
}

/** What creating a repository needs of the plane. */
export type RepositoryCreation = Pick<ArtifactRegistryDeps, 'access' | 'identity'> & {
  readonly registry: Pick<ArtifactRegistryDeps['registry'], 'repositories'>;
};

/**
 * Creates a repository, and with the project's first one the Artifact Registry service agent.
 * @param repository its project by id
 * @throws GoogleError ALREADY_EXISTS; NOT_FOUND for an unknown project; PERMISSION_DENIED when the API is disabled
 */
export async function createRepository(
  deps: RepositoryCreation,
  repository: NewRepository,
  time: Date,
): Promise<Repository> {
  const project = await projectAt(deps, repository.project);
  for (let attempt = 1; ; attempt++) {
    const agent = await firstUseWrites(deps, project, API, time);
    try {
      return await deps.registry.repositories.create(repository, time, agent);
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}
