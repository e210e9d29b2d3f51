/** May this principal do that in this repository? To who may not, missing repositories are like forbidden ones. */
import { type AccessControl, dockerRefusal, type Project } from '../access/index.js';
import { GoogleError } from '../google/index.js';
import {
  locationOfRegistryHost,
  type Principal,
  projectName,
  type ResourceName,
  repositoryName,
} from '../names/index.js';
import type { Caller, Reach } from './exchange.js';
import { OciError } from './oci-errors.js';
import type { Repositories, RepositoryId } from './types.js';

/** The permissions of the data plane (docs "Artifact Registry audit logging"). */
export const PERMISSION = {
  download: 'artifactregistry.repositories.downloadArtifacts',
  upload: 'artifactregistry.repositories.uploadArtifacts',
  delete: 'artifactregistry.repositories.deleteArtifacts',
} as const;
const CREATE_ON_PUSH = 'artifactregistry.repositories.createOnPush';

export type Action = keyof typeof PERMISSION;

/** How far a credential must reach for an action (docs "Access scopes": read-only scopes leave downloads). */
const NEEDS: Readonly<Record<Action, readonly Reach[]>> = {
  download: ['read', 'write'],
  upload: ['write'],
  delete: ['write'],
};

/** A repository as a client named it: the project may be given by its number. */
export type NamedRepository = RepositoryId;

export type Authorization =
  /** `repository` carries the project's id. */
  | { readonly granted: true; readonly repository: RepositoryId }
  | { readonly granted: false; readonly refusal: OciError };

/** Makes the repository that serves a gcr.io host, on its first push. Gives nothing when it is there already. */
export type CreateOnPush = (id: RepositoryId, time: Date) => Promise<void>;

export interface AuthorizerOptions {
  readonly access: AccessControl;
  readonly repositories: Pick<Repositories, 'get'>;
  /** @throws GoogleError whose message says that the project has not enabled the API */
  readonly requireEnabled: (project: Project) => void;
  readonly createOnPush: CreateOnPush;
}

export class Authorizer {
  readonly #options: AuthorizerOptions;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /**
   * Granted when the repository exists and its policies grant one of the actions; and for a push to a gcr.io host
   * whose repository is not there yet, when the caller may have it created.
   */
  async check(caller: Caller, actions: readonly Action[], named: NamedRepository): Promise<Authorization> {
    const { principal, time, reach } = caller;
    const within = actions.filter((action) => NEEDS[action].includes(reach));
    if (within.length === 0) return { granted: false, refusal: outOfScope() };
    const [first = 'download'] = actions;
    const refused: Authorization = { granted: false, refusal: denial(principal, first, named) };
    const project = await this.#options.access.projects.get(named.project);
    if (!project) return refused;
    const repository: RepositoryId = { ...named, project: project.projectId };
    const resource = repositoryName(repository.project, repository.location, repository.repository);
    const exists = (await this.#options.repositories.get(repository)) !== undefined;
    if (!exists && within.includes('upload') && bearsHostName(repository))
      return this.#onFirstPush(caller, repository, resource, refused);
    for (const action of within) {
      if (await this.#options.access.isGranted(principal, PERMISSION[action], resource, time)) {
        // Only who may is told: to others, projects without the API are like those without the repository.
        const disabled = this.#disabled(project);
        if (disabled) return disabled;
        return exists ? { granted: true, repository } : { granted: false, refusal: notThere(repository) };
      }
    }
    return refused;
  }

  #disabled(project: Project): Authorization | undefined {
    try {
      this.#options.requireEnabled(project);
      return undefined;
    } catch (error) {
      if (!(error instanceof GoogleError)) throw error;
      return { granted: false, refusal: new OciError(403, 'DENIED', error.message) };
    }
  }

  /** Asks as everybody who might be granted what they ask for: what else would be refused, is. */
  forEverybody(): Pick<Authorizer, 'check'> {
    const { access, repositories } = this.#options;
    return {
      check: async ({ principal }, [action = 'download'], named) => {
        const project = await access.projects.get(named.project);
        if (!project) return { granted: false, refusal: denial(principal, action, named) };
        const repository = { ...named, project: project.projectId };
        if (!(await repositories.get(repository))) return { granted: false, refusal: notThere(repository) };
        return this.#disabled(project) ?? { granted: true, repository };
      },
    };
  }

  /** Like check(), but throws. @throws OciError DENIED naming the first action's permission */
  async require(
    caller: Caller,
    actions: readonly [Action, ...Action[]],
    named: NamedRepository,
  ): Promise<RepositoryId> {
    const answer = await this.check(caller, actions, named);
    if (answer.granted) return answer.repository;
    throw answer.refusal;
  }

  /** The repository to push to, made now when a gcr.io host is pushed to for the first time. @throws OciError DENIED, UNSUPPORTED for a virtual one */
  async requireForPush(caller: Caller, named: NamedRepository): Promise<RepositoryId> {
    const repository = await this.require(caller, ['upload'], named);
    const found = await this.#options.repositories.get(repository);
    if (!found) await this.#options.createOnPush(repository, caller.time);
    if (found?.mode === 'VIRTUAL_REPOSITORY') {
      throw new OciError(
        400,
        'UNSUPPORTED',
        `Repository "${repository.repository}" is a virtual repository: push to one of its upstream repositories.`,
      );
    }
    return repository;
  }

  /**
   * Docs "Set up gcr.io repositories": the first push creates the repository when the pusher holds createOnPush on
   * the project beside the right to push.
   */
  async #onFirstPush(
    { principal, time }: Caller,
    repository: RepositoryId,
    resource: ResourceName,
    refused: Authorization,
  ): Promise<Authorization> {
    if (!(await this.#options.access.isGranted(principal, PERMISSION.upload, resource, time))) return refused;
    const project = projectName(repository.project);
    if (await this.#options.access.isGranted(principal, CREATE_ON_PUSH, project, time)) {
      return { granted: true, repository };
    }
    const message = `gcr.io repo does not exist. Creating on push requires the ${CREATE_ON_PUSH} permission`;
    return { granted: false, refusal: new OciError(403, 'DENIED', message) };
  }
}

/** Whether a repository serves one of the gcr.io hosts: it bears the host's name and lies where the host does. */
function bearsHostName({ location, repository }: RepositoryId): boolean {
  return repository.endsWith('gcr.io') && locationOfRegistryHost(repository) === location;
}

/** The registry's 403, in Artifact Registry's words. */
function denial(principal: Principal, action: Action, named: NamedRepository): OciError {
  const resource = `projects/${named.project}/locations/${named.location}/repositories/${named.repository}`;
  return new OciError(403, 'DENIED', dockerRefusal(principal, PERMISSION[action], resource));
}

/** What who may read or write there gets for a repository that is not there; clients print it as it is. */
function notThere({ repository }: RepositoryId): OciError {
  return new OciError(404, 'NAME_UNKNOWN', `Repository "${repository}" not found`);
}

function outOfScope(): OciError {
  return new OciError(403, 'DENIED', 'Request had insufficient authentication scopes.');
}
