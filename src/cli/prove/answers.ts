/** What was recorded of a source's answers, looked up. */
import { isUnknown, type Recorded } from '../../checkpoint/index.js';
import { projectOf, type ResourceName } from '../../names/index.js';

export type Answered<T> = Exclude<T, string | { readonly unknown: true }>;

/** Undefined for what is absent or not known. */
export const known = <T>(answer: T): Answered<T> | undefined =>
  answer === 'absent' || isUnknown(answer) ? undefined : (answer as Answered<T>);

/** A resource by its project's id: configurations may name projects by their numbers. */
export function withProjectById(
  resource: ResourceName,
  { projects }: Pick<Recorded, 'projects'>,
): ResourceName {
  const named = projectOf(resource);
  const found = named === undefined ? undefined : known(projects.get(named) ?? 'absent');
  return found === undefined
    ? resource
    : (resource.replace(`/projects/${named}/`, `/projects/${found.projectId}/`) as ResourceName);
}
