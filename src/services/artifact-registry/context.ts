/** What every method of this API asks first: is there such a project, location, repository? */
import type { AccessControl, Project } from '../../access/index.js';
import { GoogleError, notFound } from '../../google/index.js';
import type { Identity } from '../../identity/index.js';
import { isRegistryLocation } from '../../names/index.js';
import type { Registry, Repository, RepositoryId } from '../../registry/index.js';
import type { Store } from '../../store/index.js';
import { requireEnabled } from '../service-usage/index.js';

export const API = 'artifactregistry.googleapis.com';

/** What the API needs of the plane. */
export interface ArtifactRegistryDeps {
  readonly store: Store;
  readonly access: AccessControl;
  readonly identity: Pick<Identity, 'accounts'>;
  readonly registry: Pick<Registry, 'repositories' | 'images'>;
}

export const entityNotFound = (): GoogleError => notFound('Requested entity was not found.');

/**
 * The project, in which the API must be enabled.
 * @throws GoogleError NOT_FOUND; PERMISSION_DENIED with SERVICE_DISABLED
 */
export async function projectAt(
  deps: Pick<ArtifactRegistryDeps, 'access'>,
  idOrNumber: string,
): Promise<Project> {
  const project = await deps.access.projects.get(idOrNumber);
  if (!project) throw entityNotFound();
  requireApi(project);
  return project;
}

/** @throws GoogleError PERMISSION_DENIED with SERVICE_DISABLED when the project has not enabled the API */
export function requireApi(project: Project): void {
  requireEnabled(project, API, 'Artifact Registry API');
}

/** @throws GoogleError PERMISSION_DENIED, which is how Google answers for a location that does not exist */
export function requireLocation(location: string): void {
  if (isRegistryLocation(location)) return;
  throw new GoogleError(
    'PERMISSION_DENIED',
    `Permission denied on 'locations/${location}' (or it may not exist).`,
  );
}

/** The name with the project's id, whatever the caller wrote. @throws GoogleError as {@link projectAt} */
export async function byId<N extends { readonly project: string; readonly location: string }>(
  deps: ArtifactRegistryDeps,
  name: N,
): Promise<N> {
  const project = await projectAt(deps, name.project);
  requireLocation(name.location);
  return { ...name, project: project.projectId };
}

/** The repository's row. @throws GoogleError NOT_FOUND when there is none */
export async function repositoryAt(deps: ArtifactRegistryDeps, named: RepositoryId): Promise<Repository> {
  const repository = await deps.registry.repositories.get(await byId(deps, named));
  if (!repository) throw entityNotFound();
  return repository;
}
