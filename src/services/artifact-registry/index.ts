/** The Artifact Registry API: repositories, their policies, and what lies in them. */
export { artifactRegistryApi } from './api.js';
export { type ArtifactRegistryDeps, requireApi as requireArtifactRegistry } from './context.js';
export { createRepository } from './repositories.js';
export { changeFor, readNewRepository, readUpdate } from './repository-request.js';
