/**
 * What was there before the command fails by itself where its image was not copied: that is none of what the command
 * met, and not told among it.
 */
import type { RefusedCall } from '../../plane/index.js';

/** A Cloud Run resource. */
export interface Placed {
  readonly project: string;
  readonly name: string;
}

/** How the readiness of a resource or of its revision is told: v1's names, and what has brought it about. */
const NAMED = /^namespaces\/([^/]+)\/([a-z]+)\/([^/]+?)(?:-\d{5}-[a-z0-9]+)?$/;
/** A later change is a command's. */
const MADE = /\.Create[A-Za-z]+$/;

/**
 * What is left of the refusals when those are gone that tell how the placed resources came up, each once: what is told
 * again is about one that the command has made anew.
 * @param placed what was there before the command
 */
export function ofTheCommand(
  refusals: readonly RefusedCall[],
  placed: readonly Placed[],
): readonly RefusedCall[] {
  const expected = new Set(placed.map(({ project, name }) => `${project} ${name}`));
  const seen = new Set<string>();
  return refusals.filter(({ principal, method, resource }) => {
    const [, project, collection, name] = NAMED.exec(resource) ?? [];
    const about = `${project} ${collection} ${name}`;
    if (principal !== '' || !MADE.test(method) || !expected.has(`${project} ${name}`) || seen.has(about))
      return true;
    seen.add(about);
    return false;
  });
}
