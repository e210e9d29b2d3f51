/** Deny policies and principal access boundaries of an estate: built, taken away and exported. */
import { isDeepStrictEqual } from 'node:util';
import type { DenyPolicy, KeptBoundaryPolicy, KeptPolicyBinding } from '../../access/index.js';
import type { BoundaryDocument, DenyPolicyDocument, PolicyBindingDocument } from '../../estate-file/index.js';
import {
  type DenyRule,
  type ProposedBoundaryPolicy,
  type ProposedDenyPolicy,
  type ProposedPolicyBinding,
  readTarget,
} from '../../iam/index.js';
import {
  folderName,
  organizationName,
  projectName,
  type ResourceName,
  splitResource,
  workloadPoolOf,
} from '../../names/index.js';
import type { BuildOptions } from './build-options.js';
import type { BoundaryEntry, DenyPolicyEntry, Estate, PolicyBindingEntry } from './estate.js';
import type { Rooms } from './rooms.js';

const NOTHING_MORE = () => [];

/** Last, for they name projects, groups and accounts. */
export async function buildGovernance(estate: Estate, rooms: Rooms, options: BuildOptions): Promise<void> {
  for (const { resource, entries } of denied(estate)) {
    for (const entry of entries) await buildDenyPolicy(entry, resource, rooms, options);
  }
  const { organization } = estate;
  for (const entry of organization?.boundaries ?? []) {
    await buildBoundary(entry, organization?.id ?? '', rooms, options);
  }
}

/** Takes away what an exact estate does not name. Before it is built. */
export async function pruneGovernance(estate: Estate, { store, access }: Rooms): Promise<void> {
  const named = new Map(denied(estate).map(({ resource, entries }) => [resource, entries]));
  for (const { key } of await store.list('deny-policies/')) {
    const resource = key.slice('deny-policies/'.length) as ResourceName;
    const kept = new Set((named.get(resource) ?? []).map(({ id }) => id));
    for (const { id } of await access.denyPolicies.list(resource)) {
      if (!kept.has(id)) await access.denyPolicies.remove(resource, id, undefined, NOTHING_MORE);
    }
  }
  const { organization } = estate;
  const bindings = new Set<string>();
  const policies = new Set<string>();
  for (const entry of organization?.boundaries ?? []) {
    policies.add(policyName(organization?.id ?? '', entry.id));
    for (const { id, target } of entry.policyBindings) {
      bindings.add(await bindingName(id, target, organization?.id ?? '', access));
    }
  }
  for (const { name, policy } of await access.boundaries.listBindings()) {
    if (!bindings.has(name) || !policies.has(policy)) {
      await access.boundaries.removeBinding(name, undefined, NOTHING_MORE);
    }
  }
  for (const { id } of await access.organizations.list()) {
    for (const { name } of await access.boundaries.listPolicies(id)) {
      if (policies.has(name)) continue;
      await access.boundaries.removePolicy(name, { etag: undefined, force: true }, NOTHING_MORE);
    }
  }
}

/** Everything that has deny policies in the estate. */
function denied({ organization, folders, projects }: Estate) {
  const on = (resource: ResourceName, entries: readonly DenyPolicyEntry[]) => ({ resource, entries });
  return [
    ...(organization ? [on(organizationName(organization.id), organization.denyPolicies)] : []),
    ...folders.map(({ id, denyPolicies }) => on(folderName(id), denyPolicies)),
    ...projects.map(({ id, denyPolicies }) => on(projectName(id), denyPolicies)),
  ];
}

async function buildDenyPolicy(
  entry: DenyPolicyEntry,
  resource: ResourceName,
  { access: { denyPolicies } }: Rooms,
  { time, exact, problems }: BuildOptions,
): Promise<void> {
  await problems.attempt(entry.place, async () => {
    const { id } = entry;
    const stored = (await denyPolicies.list(resource)).find((policy) => policy.id === id);
    const kept = exact ? undefined : stored;
    const wanted: ProposedDenyPolicy = {
      displayName: entry.displayName ?? kept?.displayName ?? '',
      annotations: { ...kept?.annotations, ...entry.annotations },
      rules: entry.rules.map(ruleOf),
    };
    if (stored && isDeepStrictEqual(proposedAgain(stored), wanted)) return;
    // Annotations are those that a policy was made with.
    const another = stored && !isDeepStrictEqual(stored.annotations, wanted.annotations);
    if (another) await denyPolicies.remove(resource, id, undefined, NOTHING_MORE);
    if (stored && !another) await denyPolicies.update(resource, id, wanted, undefined, time, NOTHING_MORE);
    else await denyPolicies.create(resource, id, wanted, time, NOTHING_MORE);
  });
}

function ruleOf({
  exceptionPrincipals = [],
  exceptionPermissions = [],
  denialCondition,
  ...rule
}: DenyPolicyDocument['rules'][number]): DenyRule {
  return {
    ...rule,
    exceptionPrincipals,
    exceptionPermissions,
    ...(denialCondition ? { denialCondition: { title: '', ...denialCondition } } : {}),
  };
}

const proposedAgain = ({ displayName, annotations, rules }: DenyPolicy): ProposedDenyPolicy => ({
  displayName,
  annotations,
  rules,
});

async function buildBoundary(
  entry: BoundaryEntry,
  organization: string,
  rooms: Rooms,
  options: BuildOptions,
): Promise<void> {
  const { boundaries } = rooms.access;
  const { time, exact, problems } = options;
  const name = policyName(organization, entry.id);
  await problems.attempt(entry.place, async () => {
    const stored = (await boundaries.listPolicies(organization)).find((policy) => policy.name === name);
    const kept = exact ? undefined : stored;
    const version = entry.enforcementVersion ?? kept?.details?.enforcementVersion ?? '';
    const wanted: ProposedBoundaryPolicy = {
      displayName: entry.displayName ?? kept?.displayName ?? '',
      annotations: { ...kept?.annotations, ...entry.annotations },
      ...(entry.rules.length === 0 ? {} : { details: { rules: entry.rules, enforcementVersion: version } }),
    };
    if (!stored) await boundaries.createPolicy(name, wanted, time, NOTHING_MORE);
    else if (!isSame(stored, wanted)) {
      await boundaries.updatePolicy(name, () => wanted, undefined, time, NOTHING_MORE);
    }
  });
  for (const binding of entry.policyBindings) {
    await problems.attempt(binding.place, () => buildBinding(binding, name, organization, rooms, options));
  }
}

function isSame(
  { displayName, annotations, details }: KeptBoundaryPolicy,
  { details: wanted, ...texts }: ProposedBoundaryPolicy,
): boolean {
  if (!isDeepStrictEqual({ displayName, annotations }, texts)) return false;
  const version = wanted?.enforcementVersion || details?.enforcementVersion;
  return isDeepStrictEqual(details, wanted && { ...wanted, enforcementVersion: version });
}

async function buildBinding(
  entry: PolicyBindingEntry,
  policy: string,
  organization: string,
  { access }: Rooms,
  { time, exact }: BuildOptions,
): Promise<void> {
  const { boundaries } = access;
  const name = await bindingName(entry.id, entry.target, organization, access);
  const stored = (await boundaries.listBindings()).find((binding) => binding.name === name);
  const kept = exact ? undefined : stored;
  const wanted: ProposedPolicyBinding = {
    displayName: entry.displayName ?? kept?.displayName ?? '',
    annotations: { ...kept?.annotations, ...entry.annotations },
    principalSet: entry.target,
    policy,
    ...(entry.condition ? { condition: { title: '', ...entry.condition } } : {}),
  };
  if (stored && isDeepStrictEqual(bindingAgain(stored, entry.target), wanted)) return;
  const target = await boundaries.canonicalTarget(entry.target);
  const another = stored && (stored.policy !== policy || stored.target !== target);
  if (another) await boundaries.removeBinding(name, undefined, NOTHING_MORE);
  if (stored && !another) await boundaries.updateBinding(name, () => wanted, undefined, time, NOTHING_MORE);
  else await boundaries.createBinding(name, wanted, time, NOTHING_MORE);
}

/** @param spelled the principal set as a file spells it, where it is the stored one */
function bindingAgain(
  { displayName, annotations, principalSet, policy, condition }: KeptPolicyBinding,
  spelled: string,
): ProposedPolicyBinding {
  const same = principalSet === spelled ? spelled : principalSet;
  return { displayName, annotations, principalSet: same, policy, ...(condition ? { condition } : {}) };
}

const policyName = (organization: string, id: string) =>
  `organizations/${organization}/locations/global/principalAccessBoundaryPolicies/${id}`;

/** A binding belongs to what its principal set is of, and to the organization where that is in no other place. */
async function bindingName(
  id: string,
  target: string,
  organization: string,
  { projects }: Rooms['access'],
): Promise<string> {
  const read = readTarget(target);
  const parent =
    read?.kind === 'container'
      ? read.container
      : read?.kind === 'workloadPool'
        ? `projects/${read.project}`
        : `organizations/${organization}`;
  const [, project] = /^projects\/(.+)$/.exec(parent) ?? [];
  const number = project === undefined ? undefined : (await projects.get(project))?.number;
  return `${number === undefined ? parent : `projects/${number}`}/locations/global/policyBindings/${id}`;
}

/** The deny policies of a resource, as a file lists them: without what names pools that are gone. */
export async function exportDenyPolicies(
  resource: ResourceName,
  { access, identity }: Rooms,
  notes: string[],
): Promise<{ readonly denyPolicies?: readonly DenyPolicyDocument[] }> {
  const denyPolicies: DenyPolicyDocument[] = [];
  for (const { id, rules, ...texts } of await access.denyPolicies.list(resource)) {
    const where = `${splitResource(resource).path}: deny policy ${id}`;
    const there = async (principals: readonly string[]) => {
      const gone = await ofMissingPools(principals, identity.pools);
      for (const each of gone) notes.push(`${where}: ${each} does not exist any more and is left out.`);
      return principals.filter((each) => !gone.has(each));
    };
    const exported: DenyPolicyDocument['rules'][number][] = [];
    for (const rule of rules) {
      const deniedPrincipals = await there(rule.deniedPrincipals);
      const exceptionPrincipals = await there(rule.exceptionPrincipals);
      if (deniedPrincipals.length > 0)
        exported.push(ruleDocument({ ...rule, deniedPrincipals, exceptionPrincipals }));
    }
    if (exported.length > 0) denyPolicies.push({ id, ...textsOf(texts), rules: exported });
  }
  return denyPolicies.length > 0 ? { denyPolicies } : {};
}

function ruleDocument({
  exceptionPrincipals,
  exceptionPermissions,
  denialCondition,
  ...rule
}: DenyRule): DenyPolicyDocument['rules'][number] {
  return {
    ...rule,
    ...(exceptionPrincipals.length > 0 ? { exceptionPrincipals } : {}),
    ...(exceptionPermissions.length > 0 ? { exceptionPermissions } : {}),
    ...(denialCondition ? { denialCondition: conditionOf(denialCondition) } : {}),
  };
}

/** Those that name a pool that is gone: a file that named them could not be applied. */
async function ofMissingPools(
  principals: readonly string[],
  pools: Rooms['identity']['pools'],
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  for (const principal of principals) {
    const pool = workloadPoolOf(principal);
    if (pool !== undefined && !(await pools.exists(pool))) gone.add(principal);
  }
  return gone;
}

/** @param organization its number */
export async function exportBoundaries(
  organization: string,
  { access: { boundaries }, identity }: Rooms,
  notes: string[],
): Promise<{ readonly principalAccessBoundaryPolicies?: readonly BoundaryDocument[] }> {
  const kept = await boundaries.listBindings();
  const targets = kept.map(({ target }) => target);
  const gone = await ofMissingPools(targets, identity.pools);
  const bindings = kept.filter(({ name, target }) => {
    if (gone.has(target)) notes.push(`${name}: ${target} does not exist any more and is left out.`);
    return !gone.has(target);
  });
  const policies = (await boundaries.listPolicies(organization)).map((policy): BoundaryDocument => {
    const own = bindings.filter((binding) => binding.policy === policy.name).map(bindingDocument);
    return {
      id: idOf(policy.name),
      ...textsOf(policy),
      rules: policy.details?.rules ?? [],
      ...(policy.details ? { enforcementVersion: policy.details.enforcementVersion } : {}),
      ...(own.length > 0 ? { policyBindings: own } : {}),
    };
  });
  return policies.length > 0 ? { principalAccessBoundaryPolicies: policies } : {};
}

function bindingDocument({
  name,
  principalSet,
  condition,
  ...texts
}: KeptPolicyBinding): PolicyBindingDocument {
  return {
    id: idOf(name),
    ...textsOf(texts),
    target: principalSet,
    ...(condition ? { condition: conditionOf(condition) } : {}),
  };
}

const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

function textsOf({ displayName, annotations }: Pick<DenyPolicy, 'displayName' | 'annotations'>) {
  return {
    ...(displayName === '' ? {} : { displayName }),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

const conditionOf = <T extends { readonly title: string }>({ title, ...rest }: T) => ({
  ...(title === '' ? {} : { title }),
  ...rest,
});
