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
import { bindingsOf, CopyError, type Copying, type CopyOptions, conditionCopy, known } from './copying.js';
import type { BoundaryCopy, ContainerCopy, EstateCopy, ProjectCopy } from './document.js';
import { copyGroups } from './groups.js';
import { copyProject } from './project.js';
import { copyStrangers } from './strangers.js';
import { copyTags, type TagsCopy } from './tags.js';

/** @throws CopyError for a project that is not there or cannot be seen; what the source throws */
export async function copyEstate(options: CopyOptions): Promise<EstateCopy> {
  const { source, gap, projects: ids } = options;
  const copying: Copying = { ...options, bindings: (resource) => bindingsOf(resource, source, gap) };
  const projects: ProjectCopy[] = [];
  const above = new Map<ResourceName, ResourceName | undefined>();
  for (const id of ids) {
    const found = await source.project(id);
    if (isUnknown(found)) throw new CopyError(`The project ${id} cannot be copied: ${found.why}`);
    if (found === 'absent' || !found.active)
      throw new CopyError(`There is no project ${id} in ${source.name}.`);
    const lineage = known(found.above, `what ${id} lies in`, [], gap);
    for (const [index, each] of lineage.entries()) above.set(each, lineage[index + 1]);
    const container = await copyContainer(projectName(found.projectId), found.projectId, copying);
    const [parent] = lineage;
    projects.push({
      ...(await copyProject(found.projectId, found.number ?? '', copying)),
      ...container,
      ...(parent === undefined ? {} : { parent: splitResource(parent).path }),
    });
  }
  const tags = await copyTags(
    projects.map(({ id }) => id),
    copying,
  );
  const tagged = projects.map((project) => ({ ...project, ...tags.of(project.id) }));
  const document = {
    ...(await copyOrganization([...above.keys()], projects, tags, copying)),
    folders: await copyFolders(above, copying),
    projects: tagged,
  };
  const strangers = await copyStrangers(document, copying);
  const whole = { ...document, projects: [...tagged, ...strangers] };
  return { ...whole, groups: await copyGroups(whole, copying) };
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

async function copyFolders(
  above: ReadonlyMap<ResourceName, ResourceName | undefined>,
  copying: Copying,
): Promise<NonNullable<EstateCopy['folders']>> {
  const prefix = folderName('');
  const folders = [...above].filter(([name]) => name.startsWith(prefix));
  // Those without anything above them hang in the air: nobody could say where they lie.
  const placed = folders.flatMap(([name, parent]) => (parent === undefined ? [] : [{ name, parent }]));
  return Promise.all(
    placed.map(async ({ name, parent }) => ({
      ...(await copyContainer(name, name.slice(prefix.length), copying)),
      parent: splitResource(parent).path,
    })),
  );
}

async function copyOrganization(
  above: readonly ResourceName[],
  projects: readonly ProjectCopy[],
  tags: TagsCopy,
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
  const { policies, bindings } = known(
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
      ...tags.of(id),
      principalAccessBoundaryPolicies: policies.map(
        ({ name: policy, rules, enforcementVersion }): BoundaryCopy => ({
          id: policy.slice(policy.lastIndexOf('/') + 1),
          rules,
          enforcementVersion,
          policyBindings: bindings
            .filter((binding) => binding.policy === policy)
            .map((binding) => ({
              id: binding.name.slice(binding.name.lastIndexOf('/') + 1),
              target: binding.target,
              ...(binding.condition ? { condition: conditionCopy(binding.condition) } : {}),
            })),
        }),
      ),
    },
  };
}
