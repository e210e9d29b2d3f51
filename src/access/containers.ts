/** Projects, folders and organizations alike: what holds resources, policies and logs. */
import { projectName, type ResourceName } from '../names/index.js';
import type { AccessControl } from './types.js';

const ABOVE_PROJECTS = /^(folders|organizations)\/([1-9]\d*)$/;

/**
 * @param name a project's id or number, or `folders/N`, or `organizations/N`
 * @returns the project's id, or the name as it was given; undefined when there is none
 */
export async function findContainer(
  access: Pick<AccessControl, 'projects' | 'folders' | 'organizations'>,
  name: string,
): Promise<string | undefined> {
  const [, kind, id = ''] = ABOVE_PROJECTS.exec(name) ?? [];
  if (kind === undefined) return (await access.projects.get(name))?.projectId;
  const found = await (kind === 'folders' ? access.folders.get(id) : access.organizations.get(id));
  return found && name;
}

/** The full resource name of a container as findContainer() takes it. */
export function containerResource(name: string): ResourceName {
  return ABOVE_PROJECTS.test(name) ? `//cloudresourcemanager.googleapis.com/${name}` : projectName(name);
}
