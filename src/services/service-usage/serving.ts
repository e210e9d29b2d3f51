/** The gate in front of the APIs that work in projects. */
import type { AccessControl } from '../../access/index.js';
import { requireUsable } from '../../access/index.js';
import type { AccessRule, Api, Call } from '../../google/index.js';
import { projectOf } from '../../names/index.js';
import { requireEnabled } from './enabled.js';

/**
 * What an API needs of the project that a call acts on. `enabled`: the API must be enabled there. `usable`: the
 * project must not be marked for deletion; whether the API is enabled is asked of the caller's own project, which
 * for gcloud and its users is one of Google's: it sends no quota project with calls of IAM and Service Usage
 * (https://docs.cloud.google.com/docs/quotas/quota-project, "client-based" APIs).
 */
export type Serving = 'enabled' | 'usable';

/**
 * The API as it is, except that a call on a resource of a project is refused, before its permissions are asked, as
 * long as that project does not have what the API needs. Concerns the methods whose rules name the resources; those
 * whose handlers check by themselves ask requireEnabled() there.
 */
export function servingWhere(serving: Serving, api: Api, access: AccessControl): Api {
  const requireServing = async (idOrNumber: string): Promise<void> => {
    const project = await access.projects.get(idOrNumber);
    // One that does not exist is refused like one that the caller may not see: by its permissions.
    if (!project) return;
    if (serving === 'enabled') requireEnabled(project, api.host);
    else requireUsable(project, api.host);
  };
  const gated = (rule: AccessRule): AccessRule => {
    if (rule.kind !== 'permission') return rule;
    return {
      ...rule,
      checks: async (request: never, call: Call) => {
        const checks = await rule.checks(request, call);
        const projects = new Set(checks.map(({ resource }) => projectOf(resource)));
        for (const project of projects) if (project !== undefined) await requireServing(project);
        return checks;
      },
    };
  };
  return {
    ...api,
    access: Object.fromEntries(Object.entries(api.access).map(([name, rule]) => [name, gated(rule)])),
  };
}
