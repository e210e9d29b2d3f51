/** What takes access away: deny policies and principal access boundaries. */
import { type BoundaryFacts, isUnknown, type Known } from '../../checkpoint/index.js';
import {
  type BoundaryBinding,
  type BoundaryPolicy,
  type DenyRule,
  type DenyRules,
  readTarget,
} from '../../iam/index.js';
import { projectName, type ResourceName, splitResource } from '../../names/index.js';
import { type Fields, fieldsIn, listIn, textIn, textsIn } from './fields.js';
import { conditionOf } from './policies.js';
import { readProject } from './projects.js';
import type { GoogleReader } from './reader.js';
import { notThereOrHidden, unknown } from './unknowns.js';

/** A list names policies without their rules: each is asked for (https://cloud.google.com/iam/docs/deny-access#list). */
export async function readDenyPolicies(
  reader: GoogleReader,
  resource: ResourceName,
): Promise<Known<readonly DenyRules[]>> {
  const attachment = resource.slice(2);
  const { path } = splitResource(resource);
  const listed = await reader.list('denyPolicies', { attachment }, 'policies');
  if (isUnknown(listed)) return listed;
  if (listed === 'absent') return notThereOrHidden(path);
  const policies = await Promise.all(
    listed.map(async (policy): Promise<Known<DenyRules>> => {
      const id = (textIn(policy, 'name') ?? '').split('/').at(-1) ?? '';
      if (id === '') return unknown(`Google lists a deny policy of ${path} without its name`);
      const read = await reader.get('denyPolicy', { attachment, id });
      if (isUnknown(read)) return read;
      // Deleted since it was listed.
      if (read === 'absent') return { id, rules: [] };
      return denyRules(id, read) ?? unknown(`Google answered for deny policy ${id} of ${path} what is none`);
    }),
  );
  return allKnown(policies);
}

function denyRules(id: string, policy: Fields): DenyRules | undefined {
  const rules = listIn(policy, 'rules').map(denyRule);
  const known = rules.filter((rule) => rule !== undefined);
  return known.length === rules.length ? { id, rules: known } : undefined;
}

function denyRule(given: Fields): DenyRule | undefined {
  const rule = fieldsIn(given, 'denyRule');
  const { denialCondition } = rule;
  const condition = denialCondition === undefined ? undefined : conditionOf(denialCondition);
  if (condition === undefined && denialCondition !== undefined) return undefined;
  const description = textIn(given, 'description');
  return {
    ...(description === undefined ? {} : { description }),
    deniedPrincipals: textsIn(rule, 'deniedPrincipals'),
    exceptionPrincipals: textsIn(rule, 'exceptionPrincipals'),
    deniedPermissions: textsIn(rule, 'deniedPermissions'),
    exceptionPermissions: textsIn(rule, 'exceptionPermissions'),
    ...(condition === undefined ? {} : { denialCondition: condition }),
  };
}

const NONE: BoundaryFacts = { policies: [], bindings: [] };

/**
 * The boundaries of the project's organization, with all that they are bound to. A project without an organization has
 * none; those of another organization, to which a principal may belong, are its own affair and not seen.
 */
export async function readBoundaries(reader: GoogleReader, place: string): Promise<Known<BoundaryFacts>> {
  const [, named] = /^organizations\/(\d+)$/.exec(place) ?? [];
  if (named !== undefined) return boundariesOf(reader, named);
  const project = await readProject(reader, place);
  if (isUnknown(project)) return project;
  if (project === 'absent') return NONE;
  if (isUnknown(project.above)) return project.above;
  const [, organization] = /\/organizations\/(\d+)$/.exec(project.above.at(-1) ?? '') ?? [];
  return organization === undefined ? NONE : boundariesOf(reader, organization);
}

async function boundariesOf(reader: GoogleReader, organization: string): Promise<Known<BoundaryFacts>> {
  const field = 'principalAccessBoundaryPolicies';
  const listed = await reader.list('boundaryPolicies', { organization }, field);
  if (isUnknown(listed)) return listed;
  if (listed === 'absent') return notThereOrHidden(`organizations/${organization}`);
  const policies = allKnown(await Promise.all(listed.map((policy) => boundaryPolicy(reader, policy))));
  if (isUnknown(policies)) return policies;
  const bindings = allKnown(
    await Promise.all(policies.map(({ name }) => bindingsOf(reader, organization, name))),
  );
  return isUnknown(bindings) ? bindings : { policies, bindings: bindings.flat() };
}

async function boundaryPolicy(reader: GoogleReader, policy: Fields): Promise<Known<BoundaryPolicy>> {
  const name = textIn(policy, 'name') ?? '';
  const details = fieldsIn(policy, 'details');
  const enforcementVersion = textIn(details, 'enforcementVersion') ?? '';
  if (!/^\d+$/.test(enforcementVersion)) return unknown(`${name} is of no version that is known`);
  const rules = await Promise.all(
    listIn(details, 'rules').map(async (rule) => {
      const description = textIn(rule, 'description');
      const resources = await Promise.all(textsIn(rule, 'resources').map((each) => byId(reader, each)));
      return { ...(description === undefined ? {} : { description }), resources };
    }),
  );
  return { name, rules, enforcementVersion };
}

/** A project by its id; one that nobody may look at stays as it is, and is then no project that is asked about. */
async function byId(reader: GoogleReader, resource: string): Promise<ResourceName> {
  const [, number] = /\/projects\/(\d+)$/.exec(resource) ?? [];
  const project = number === undefined ? 'absent' : await readProject(reader, number);
  if (project === 'absent' || isUnknown(project)) return resource as ResourceName;
  return projectName(project.projectId);
}

async function bindingsOf(
  reader: GoogleReader,
  organization: string,
  policy: string,
): Promise<Known<readonly BoundaryBinding[]>> {
  const id = policy.split('/').at(-1) ?? '';
  const listed = await reader.list('boundaryBindings', { organization, id }, 'policyBindings');
  if (isUnknown(listed)) return listed;
  // Deleted since it was listed.
  if (listed === 'absent') return [];
  return allKnown(await Promise.all(listed.map((binding) => boundaryBinding(reader, binding, policy))));
}

async function boundaryBinding(
  reader: GoogleReader,
  binding: Fields,
  policy: string,
): Promise<Known<BoundaryBinding>> {
  const name = textIn(binding, 'name') ?? '';
  const written = textIn(fieldsIn(binding, 'target'), 'principalSet') ?? '';
  const { condition } = binding;
  const read = condition === undefined ? undefined : conditionOf(condition);
  if (!readTarget(written) || (condition !== undefined && read === undefined)) {
    return unknown(`${name} is bound to ${written}, in a way that is not understood`);
  }
  const target = await byNumber(reader, written);
  if (isUnknown(target)) return target;
  return { name, target, policy, ...(read === undefined ? {} : { condition: read }) };
}

/** A principal set with its project by number. */
async function byNumber(reader: GoogleReader, target: string): Promise<Known<string>> {
  const [, id] = /\/projects\/([^/]+)/.exec(target) ?? [];
  if (id === undefined || /^\d+$/.test(id)) return target;
  const project = await readProject(reader, id);
  if (isUnknown(project)) return project;
  if (project === 'absent' || project.number === undefined) return target;
  return target.replace(`/projects/${id}`, `/projects/${project.number}`);
}

/** All of them, or why the first that is not known is not. */
function allKnown<T>(found: readonly Known<T>[]): Known<readonly T[]> {
  return found.find(isUnknown) ?? (found as readonly T[]);
}
