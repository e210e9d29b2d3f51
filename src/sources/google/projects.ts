/** Projects, what is above them, and their APIs. */
import { type Absent, isUnknown, type Known, type ProjectFacts } from '../../checkpoint/index.js';
import {
  folderName,
  organizationName,
  projectOf,
  type ResourceName,
  splitResource,
} from '../../names/index.js';
import { type Fields, fieldsIn, listIn, textIn } from './fields.js';
import type { GoogleReader } from './reader.js';
import { notThereOrHidden, unknown } from './unknowns.js';

/** https://cloud.google.com/resource-manager/reference/rest/v3/projects/get, which hides what the caller may not see */
export async function readProject(
  reader: GoogleReader,
  idOrNumber: string,
): Promise<Known<ProjectFacts | Absent>> {
  const project = await reader.get('project', { project: idOrNumber });
  if (isUnknown(project)) return project;
  if (project === 'absent') return notThereOrHidden(`projects/${idOrNumber}`);
  const [, number] = /^projects\/(\d+)$/.exec(textIn(project, 'name') ?? '') ?? [];
  const projectId = textIn(project, 'projectId');
  if (number === undefined || projectId === undefined) return unknown(`projects/${idOrNumber} has no number`);
  return {
    projectId,
    number,
    active: textIn(project, 'state') === 'ACTIVE',
    above: textIn(project, 'parent') === undefined ? [] : await ancestors(reader, projectId),
  };
}

/** In one call, and by the permission on the project alone (projects.getAncestry of v1). */
async function ancestors(reader: GoogleReader, project: string): Promise<Known<readonly ResourceName[]>> {
  const answer = await reader.get('ancestry', { project });
  if (isUnknown(answer)) return answer;
  const ids =
    answer === 'absent' ? [] : listIn(answer, 'ancestor').map((each) => fieldsIn(each, 'resourceId'));
  const above = ids.flatMap(containerOf);
  if (above.length > 0 && above.length === ids.length - 1) return above;
  return unknown(`Google does not say what projects/${project} lies in`);
}

/** A folder may lie in ten others (https://cloud.google.com/resource-manager/docs/creating-managing-folders). */
const MAX_DEPTH = 12;

/**
 * What a folder lies in, nearest first, up to the organization
 * (https://cloud.google.com/resource-manager/reference/rest/v3/folders/get).
 */
export async function readAbove(
  reader: GoogleReader,
  container: ResourceName,
): Promise<Known<readonly ResourceName[]>> {
  const above: ResourceName[] = [];
  let place = container;
  while (place.startsWith(folderName('')) && above.length < MAX_DEPTH) {
    const { path } = splitResource(place);
    const folder = await reader.get('folder', { folder: path.slice('folders/'.length) });
    if (isUnknown(folder)) return folder;
    if (folder === 'absent') return notThereOrHidden(path);
    const parent = textIn(folder, 'parent');
    if (parent === undefined) return unknown(`Google does not say what ${path} lies in`);
    place = `//cloudresourcemanager.googleapis.com/${parent}`;
    above.push(place);
  }
  return above;
}

function containerOf(id: Fields): ResourceName[] {
  const number = textIn(id, 'id') ?? '';
  switch (textIn(id, 'type')) {
    case 'folder':
      return [folderName(number)];
    case 'organization':
      return [organizationName(number)];
    default:
      return [];
  }
}

/** The same resource with its project by the id; as it was where Google does not say which that is. */
export async function spelledById(reader: GoogleReader, resource: ResourceName): Promise<ResourceName> {
  const number = projectOf(resource) ?? '';
  if (!/^\d+$/.test(number)) return resource;
  const project = await readProject(reader, number);
  if (isUnknown(project) || project === 'absent') return resource;
  return resource.replace(`/projects/${number}`, `/projects/${project.projectId}`) as ResourceName;
}

/** https://cloud.google.com/service-usage/docs/reference/rest/v1/services/get */
export async function readApi(reader: GoogleReader, project: string, api: string): Promise<Known<boolean>> {
  const service = await reader.get('enabledApi', { project, api });
  if (isUnknown(service)) return service;
  if (service === 'absent') return notThereOrHidden(`${api} of projects/${project}`);
  return textIn(service, 'state') === 'ENABLED';
}
