/** The number of a project, where nobody tells it: its own policy names its service agents, whose addresses have it. */

import type { BindingDocument } from '../../estate-file/index.js';
import { parsePrincipal, serviceAgentOf } from '../../names/index.js';

/**
 * @param bindings the project's own. Enabling an API gives its agent the agent's own role there
 *   (https://cloud.google.com/iam/docs/service-agents)
 * @returns undefined where they name agents of no project, or of several
 */
export function numberIn(bindings: readonly BindingDocument[]): string | undefined {
  const numbers = new Set<string>();
  for (const { role, members } of bindings) {
    for (const member of members) {
      const principal = parsePrincipal(member);
      const found = principal?.kind === 'serviceAccount' ? serviceAgentOf(principal.email) : undefined;
      if (found?.agent.role === role) numbers.add(found.projectNumber);
    }
  }
  const [number] = numbers;
  return numbers.size === 1 ? number : undefined;
}
