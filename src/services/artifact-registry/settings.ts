/**
 * The settings of a project: where the gcr.io hosts lead. Container Registry is shut down, so they lead here and
 * nowhere else (docs "Container Registry deprecation"); what can be set is what is so already.
 */
import { ProjectSettings_RedirectionState } from '../../google/gen/google/devtools/artifactregistry/v1/settings_pb.js';
import { failedPrecondition, invalidArgument } from '../../google/index.js';
import { type ArtifactRegistryDeps, projectAt } from './context.js';
import { parseSettings, settingsPath } from './names.js';
import type { Handlers } from './repositories.js';

const ENABLED = ProjectSettings_RedirectionState.REDIRECTION_FROM_GCR_IO_ENABLED;
const UNSPECIFIED = ProjectSettings_RedirectionState.REDIRECTION_STATE_UNSPECIFIED;

export function settingsHandlers(deps: ArtifactRegistryDeps): Handlers {
  const settingsOf = async (name: string) => {
    const { projectId } = await projectAt(deps, parseSettings(name));
    return { name: settingsPath(projectId), legacyRedirectionState: ENABLED };
  };
  return {
    getProjectSettings: ({ name }) => settingsOf(name),
    async updateProjectSettings({ projectSettings, updateMask }) {
      const settings = await settingsOf(projectSettings?.name ?? '');
      const paths = updateMask?.paths ?? [];
      const unknown = paths.find((path) => !['legacy_redirection_state', 'pull_percent', '*'].includes(path));
      if (unknown !== undefined) throw invalidArgument(`The field ${unknown} cannot be changed.`);
      const asked = projectSettings?.legacyRedirectionState ?? UNSPECIFIED;
      if (asked !== ENABLED && asked !== UNSPECIFIED) {
        throw failedPrecondition(
          `The redirection state cannot be ${ProjectSettings_RedirectionState[asked]}: Container Registry is shut down.`,
        );
      }
      if (projectSettings?.pullPercent) {
        throw failedPrecondition('pull_percent cannot be set: all pulls are redirected.');
      }
      return settings;
    },
  };
}
