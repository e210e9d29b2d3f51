/** May this principal do that in this repository? Missing and forbidden repositories answer alike. */
import { type AccessControl, dockerRefusal } from '../access/index.js';
import { type Principal, repositoryName } from '../names/index.js';
import { OciError } from './oci-errors.js';
import type { Repositories, RepositoryId } from './types.js';

/** The permissions of the data plane (docs "Artifact Registry audit logging"). */
export const PERMISSION = {
  download: 'artifactregistry.repositories.downloadArtifacts',
  upload: 'artifactregistry.repositories.uploadArtifacts',
  delete: 'artifactregistry.repositories.deleteArtifacts',
} as const;

export type Action = keyof typeof PERMISSION;

/** A repository as a client named it: the project may be given by its number. */
export type NamedRepository = RepositoryId;

export type Authorization =
  /** `repository` carries the project's id. */
  { readonly granted: true; readonly repository: RepositoryId } | { readonly granted: false };

export class Authorizer {
  constructor(
    private readonly access: AccessControl,
    private readonly repositories: Repositories,
  ) {}

  /** Granted when the repository exists and its policies grant one of the actions. */
  async check(
    principal: Principal,
    actions: readonly Action[],
    named: NamedRepository,
    time: Date,
  ): Promise<Authorization> {
    const project = await this.access.projects.get(named.project);
    if (!project) return { granted: false };
    const repository: RepositoryId = { ...named, project: project.projectId };
    if (!(await this.repositories.get(repository))) return { granted: false };
    const resource = repositoryName(repository.project, repository.location, repository.repository);
    for (const action of actions) {
      if (await this.access.isGranted(principal, PERMISSION[action], resource, time)) {
        return { granted: true, repository };
      }
    }
    return { granted: false };
  }

  /** Like check(), but throws. @throws OciError DENIED naming the first action's permission */
  async require(
    principal: Principal,
    actions: readonly [Action, ...Action[]],
    named: NamedRepository,
    time: Date,
  ): Promise<RepositoryId> {
    const answer = await this.check(principal, actions, named, time);
    if (answer.granted) return answer.repository;
    throw denial(principal, actions[0], named);
  }
}

/** The registry's 403, in Artifact Registry's words. */
export function denial(principal: Principal, action: Action, named: NamedRepository): OciError {
  const resource = `projects/${named.project}/locations/${named.location}/repositories/${named.repository}`;
  return new OciError(403, 'DENIED', dockerRefusal(principal, PERMISSION[action], resource));
}
