/**
 * Real projects as an estate file: what decides about deploys in them, read and nothing else. What cannot be read, or
 * said in such a file, is told, for decisions may differ by it.
 */
import { isUnknown } from '../../checkpoint/index.js';
import type { DenyRules } from '../../iam/index.js';
import {
  folderName,
  organizationName,
  projectName,
  type ResourceName,
  splitResource,
} from '../../names/index.js';
import { boundaryDocuments } from './boundaries.js';
import {
  bindingsOf,
  type CopiedEstate,
  CopyError,
  type Copying,
  type CopyOptions,
  known,
} from './copying.js';
import type { ContainerCopy, EstateCopy, ProjectCopy } from './document.js';
import { Gaps } from './gaps.js';
import { copyGroups } from './groups.js';
import type { Gap } from './lists.js';
import { withNamedAccounts } from './named.js';
import { numberIn } from './number.js';
import { copyProject } from './project.js';
import { copyStrangers } from './strangers.js';
import { withTags } from './tags.js';

/** @throws CopyError for a project that is not there or cannot be seen; what the source throws */
export async function copyEstate({ lists, ...options }: CopyOptions): Promise<CopiedEstate> {
  const gaps = new Gaps();
  const gap = gaps.add;
  const bindings: Copying['bindings'] = (resource) => bindingsOf(resource, options.source, gap);
  const estate = await copyAll({ ...options, lists: lists(gap), gap, bindings });
  return { estate, gaps: gaps.sentences() };
}

async function copyAll(copying: Copying): Promise<EstateCopy> {
  const above: Above = new Map();
  const projects: ProjectCopy[] = [];
  for (const id of copying.projects) projects.push(await copyOne(id, above, copying));
  const bare = {
    ...(await copyOrganization([...above.keys()], projects, copying)),
    folders: await copyFolders(above, copying),
    projects,
  };
  const document = await withTags(bare, copying);
  const named = { ...document, projects: await withNamedAccounts(document, copying) };
  const whole = { ...named, projects: [...named.projects, ...(await copyStrangers(named, copying))] };
  return { ...whole, groups: await copyGroups(whole, copying) };
}

/** Folders and organizations, and what each lies in. */
type Above = Map<ResourceName, ResourceName | undefined>;

async function copyOne(id: string, above: Above, copying: Copying): Promise<ProjectCopy> {
  const { source, gap } = copying;
  const found = await source.project(id);
  if (isUnknown(found)) throw new CopyError(`The project ${id} cannot be copied: ${found.why}`);
  if (found === 'absent' || !found.active)
    throw new CopyError(`There is no project ${id} in ${source.name}.`);
  const { projectId } = found;
  const lineage = lineageOf(known(found.above, `what ${id} lies in`, [], gap), id, gap);
  for (const [index, each] of lineage.entries()) above.set(each, lineage[index + 1]);
  const container = await copyContainer(projectName(projectId), projectId, copying);
  const number = found.number ?? guessedNumber(container, copying);
  const [parent] = lineage;
  return {
    ...(await copyProject(projectId, number, copying)),
    ...container,
    ...(parent === undefined ? {} : { parent: splitResource(parent).path }),
  };
}

/** Folders without an organization hang in the air: nobody could say where they lie. */
function lineageOf(lineage: readonly ResourceName[], id: string, gap: Gap): readonly ResourceName[] {
  const [top] = lineage.slice(-1);
  if (top === undefined || top.startsWith(organizationName(''))) return lineage;
  gap(`what ${id} lies in`, 'the organization above its folders is not known');
  return [];
}

function guessedNumber({ id, iam = [] }: ContainerCopy, { gap }: Copying): string | undefined {
  const number = numberIn(iam);
  const instead = number === undefined ? 'another one' : `${number}, which its service agents have`;
  gap(`the number of ${id}`, `nothing tells it; in the rehearsal it is ${instead}`);
  return number;
}

async function copyContainer(
  resource: ResourceName,
  id: string,
  { source, bindings, gap }: Copying,
): Promise<ContainerCopy> {
  const what = `the deny policies of ${splitResource(resource).path}`;
  const denied: readonly DenyRules[] = known(await source.denyPolicies(resource), what, [], gap);
  const iam = await bindings(resource);
  return {
    id,
    ...(iam.length > 0 ? { iam } : {}),
    ...(denied.length > 0 ? { denyPolicies: denied } : {}),
  };
}

async function copyFolders(above: Above, copying: Copying): Promise<NonNullable<EstateCopy['folders']>> {
  const prefix = folderName('');
  const folders = [...above].flatMap(([name, parent]) =>
    parent === undefined ? [] : [{ name, parent, id: name.slice(prefix.length) }],
  );
  return Promise.all(
    folders.map(async ({ name, parent, id }) => ({
      ...(await copyContainer(name, id, copying)),
      parent: splitResource(parent).path,
    })),
  );
}

async function copyOrganization(
  above: readonly ResourceName[],
  projects: readonly ProjectCopy[],
  copying: Copying,
): Promise<Pick<EstateCopy, 'organization'>> {
  const prefix = organizationName('');
  const [name, ...others] = above.filter((each) => each.startsWith(prefix));
  if (name === undefined) return {};
  for (const other of others) {
    throw new CopyError(`${splitResource(other).path} and ${splitResource(name).path}: copy one at a time.`);
  }
  const id = name.slice(prefix.length);
  const { lists, source, gap } = copying;
  const customRoles = await lists.roles(`organizations/${id}`);
  const [first] = projects;
  const boundaries = first ? await source.boundaries(first.id) : { policies: [], bindings: [] };
  const facts = known(
    boundaries,
    `the principal access boundaries of organizations/${id}`,
    { policies: [], bindings: [] },
    gap,
  );
  return {
    organization: {
      defaults: false,
      ...(await copyContainer(name, id, copying)),
      ...(await lists.organization(id)),
      ...(customRoles.length > 0 ? { customRoles } : {}),
      principalAccessBoundaryPolicies: boundaryDocuments(facts),
    },
  };
}
