/** What the handlers of everything inside repositories share. */
import type { Repository, RepositoryId } from '../../registry/index.js';
import { type ArtifactRegistryDeps, entityNotFound, repositoryAt } from './context.js';

/** The name with the project's id, its repository being there. @throws GoogleError NOT_FOUND */
export async function located<N extends RepositoryId>(deps: ArtifactRegistryDeps, name: N): Promise<N> {
  const { project }: Repository = await repositoryAt(deps, name);
  return { ...name, project };
}

/** @throws GoogleError NOT_FOUND */
export function there<T>(found: T | undefined): T {
  if (found === undefined) throw entityNotFound();
  return found;
}
